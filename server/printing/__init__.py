"""Printed photos: sheets for each student or class, the list that goes with them, and labels for envelopes."""
