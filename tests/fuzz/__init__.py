"""Damaged bytes for every parser of bytes from outside, and generated requests for the station API.

`python -m tests.fuzz --seconds N [TARGET ...]` is a long run.
"""
