"""Webcams: `webcam` with an optional address; see devices.py for the forms."""

from hardware.cameras.webcam.driver import WebcamCamera
from hardware.cameras.webcam.settings import WebcamSettings

__all__ = ["WebcamCamera", "WebcamSettings"]
