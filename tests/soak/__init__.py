"""Many visits through the real controller, with faults at random moments: is everything stored under the right name?

Real are the controller, the camera's process and supervisor, the frame and shot buffers, originals (encrypted), outbox,
roster and the card reader's driver on a pseudo-terminal. The camera writes the present sitter into each picture, so
that the bytes alone show to whom they belong. Two things are doubles: guidance (every sitter poses well) and the photo
engine (it returns a few bytes), because neither uses a device.
"""
