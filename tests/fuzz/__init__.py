"""Damaged bytes for every parser of bytes from outside. `python -m tests.fuzz --seconds N [TARGET ...]` runs long."""
