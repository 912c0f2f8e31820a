"""Submissions of stations: intake, files, states."""
