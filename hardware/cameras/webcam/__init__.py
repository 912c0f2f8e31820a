"""Webcams: `webcam` and what may follow it; see devices.py for the ways to name one."""

from hardware.cameras.webcam.driver import WebcamCamera
from hardware.cameras.webcam.settings import WebcamSettings

__all__ = ["WebcamCamera", "WebcamSettings"]
