"""Checks of the studio without a sitter: instructions with measured values at set-up, then monitoring for drift."""
