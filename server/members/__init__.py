"""Which schools and collections a person works for."""
