"""One visit to try: an own server, a paired station, a simulated studio and card reader."""
