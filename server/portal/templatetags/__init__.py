"""Template tags of the student's page."""
