"""The camera's status: battery and card, and warnings for the operator."""

from __future__ import annotations

import re
from typing import Final

from hardware.cameras.api import CameraHealth, CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraHandle
from hardware.cameras.gphoto.profile import WarningThresholds

_BATTERY_LEVELS: Final = {"low": 5, "empty": 0, "full": 100}  # Canon reports Low shortly before it stops


def read_battery(handle: CameraHandle) -> int | None:
    """Return percent; None if the camera does not report it, or runs on mains power."""
    text = handle.get_text("batterylevel").casefold()
    number = re.match(r"\d+", text)
    return min(100, int(number[0])) if number else _BATTERY_LEVELS.get(text)


def read_card_free(handle: CameraHandle) -> int | None:
    """Return how many pictures fit on the card, as the camera counts them; else as libgphoto2 does."""
    text = handle.get_text("availableshots")
    if text.isdecimal():
        return int(text)
    try:
        return handle.free_pictures()
    except CameraProblem:
        if handle.dead:
            raise
        return None


def read_health(handle: CameraHandle, thresholds: WarningThresholds, other_warnings: tuple[str, ...]) -> CameraHealth:
    """Query the camera, which sends no frame for some milliseconds. `other_warnings` are added to its warnings."""
    power, free = read_battery(handle), read_card_free(handle)
    warnings = [
        *(["battery_low"] if power is not None and power <= thresholds.battery_low_percent else []),
        *(["card_low"] if free is not None and free <= thresholds.card_low_pictures else []),
        *other_warnings,
    ]
    return CameraHealth(power, free, tuple(warnings))
