"""Many visits through the real controller, with faults at random moments: is everything stored under the right name?

Real are the controller, the camera's process and supervisor, the frame and shot buffers, originals (encrypted), outbox,
roster and the card reader's driver on a pseudo-terminal. The camera writes into each picture who sat there when it was
exposed, so that the bytes alone show under whose name they are stored. Two things are doubles: guidance (whoever sits
poses well) and the photo engine (it hands back a few bytes), because neither uses a device.
"""
