"""What the settings say of the devices, as the parts of the station want it."""

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
    """Makes a driver of a camera's setting; it crosses to the camera process by pickle. `framing` is where a pair of
    cameras keeps how they fit together. Raises Problem where the station's own webcam settings cannot be read."""
    webcam = WebcamSettings.read(Path(settings.webcam)) if settings.webcam else None
    return partial(open_driver, webcam=webcam, framing=framing)


def is_dual_camera(settings: CameraSettings) -> bool:
    """Whether one camera gives the live view and another the shot, so that their framing has to be found."""
    return settings.driver.strip().startswith("dual:")


def studio_lamps(settings: LightSettings, levels_file: Path) -> StudioLamps | None:
    """The lamps that the station may dim; their levels are remembered in `levels_file`."""
    if settings.driver == "none":
        return None
    lamps = tuple(Lamp(**lamp.model_dump()) for lamp in settings.lamps)
    return StudioLamps(lambda: open_lights(settings.driver, settings.port, lamps), levels_file)


def reserved_ports(settings: StationSettings) -> tuple[str, ...]:
    """Serial ports that belong to something else than the card reader, which must not be asked whether it is there."""
    paper = settings.printer.driver.strip().removeprefix("escpos:file:")
    return tuple(port for port in (settings.codes.serial_port, settings.lights.port, paper) if port)
