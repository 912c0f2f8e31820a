"""The simulated studio: a camera that sees one real photograph of a real person, before a painted backdrop."""
