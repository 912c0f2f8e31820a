"""Drivers and ports of the station's devices, from the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from config.settings.station import CameraSettings, LightSettings, StationSettings
from hardware.cameras.api import Camera
from hardware.cameras.registry import open_driver
from hardware.cameras.webcam import WebcamSettings
from hardware.lights.api import Lamp
from hardware.lights.registry import open_lights
from kiosk.studio.lights import StudioLamps


def camera_driver(settings: CameraSettings, framing: Path) -> Callable[[str], Camera]:
    """Return a function that opens the camera; it is pickled for the camera process. `framing` is the file with the
    registration of a dual camera. Raises Problem if the station's webcam settings cannot be read."""
    webcam = WebcamSettings.read(Path(settings.webcam)) if settings.webcam else None
    return partial(open_driver, webcam=webcam, framing=framing)


def is_dual_camera(settings: CameraSettings) -> bool:
    """Return whether one camera delivers the live view and another the shot, so that their framing must be
    registered."""
    return settings.driver.strip().startswith("dual:")


def studio_lamps(settings: LightSettings, levels_file: Path) -> StudioLamps | None:
    """Return the lamps that the station may dim; `levels_file` stores their levels."""
    if settings.driver == "none":
        return None
    lamps = tuple(Lamp(**lamp.model_dump()) for lamp in settings.lamps)
    return StudioLamps(lambda: open_lights(settings.driver, settings.port, lamps), levels_file)


def reserved_ports(settings: StationSettings) -> tuple[str, ...]:
    """Return the serial ports of other devices; the search for the card reader must not write to them."""
    paper = settings.printer.driver.strip().removeprefix("escpos:file:")
    return tuple(port for port in (settings.codes.serial_port, settings.lights.port, paper) if port)
