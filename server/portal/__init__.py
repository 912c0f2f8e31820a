"""The student's progress page."""
