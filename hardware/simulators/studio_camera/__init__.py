"""The simulated studio: a camera that shows one real photograph of a real person in front of a painted backdrop."""
