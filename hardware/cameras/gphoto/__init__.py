"""Tethered cameras through libgphoto2: the only package that imports gphoto2."""
