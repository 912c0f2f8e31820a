"""Paired kiosks and the API they speak."""
