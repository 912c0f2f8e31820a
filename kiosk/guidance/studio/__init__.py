"""The studio without a sitter: checks with instructions and measured ratios at set-up, then monitoring for drift."""
