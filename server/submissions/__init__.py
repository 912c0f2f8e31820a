"""Submissions of stations and phones: intake, files, states."""
