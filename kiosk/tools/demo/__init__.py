"""The demo: a server, a paired station, a simulated studio and card reader, and one visit."""
