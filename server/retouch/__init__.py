"""Retouching: faults of the matte and stained clothes are repaired, never the face."""
