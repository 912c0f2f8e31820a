"""Many visits through the real conductor, with faults at random moments: is all kept, and under the right name?

Real are the conductor, the camera's process and supervisor, the mailbox and tray, originals (encrypted), outbox, roster
and the card reader's driver on a pseudo-terminal. The camera writes into each picture who sat there when it was
exposed, so that from the bytes alone it is seen under whose name they lie. Two things are doubles: guidance (whoever
sits poses well) and the photo engine (it hands back a few bytes), because neither knows a device.
"""
