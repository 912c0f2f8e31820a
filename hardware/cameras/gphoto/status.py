"""How the camera is: battery and card, and what the operator should be told."""

from __future__ import annotations

import re
from typing import Final

from hardware.cameras.api import CameraHealth, CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraHandle
from hardware.cameras.gphoto.profile import WarningThresholds

_BATTERY_LEVELS: Final = {"low": 5, "empty": 0, "full": 100}  # Canon says Low when it is about to stop


def read_battery(handle: CameraHandle) -> int | None:
    """Percent; None where the camera does not say, or runs on the mains."""
    text = handle.get_text("batterylevel").casefold()
    number = re.match(r"\d+", text)
    return min(100, int(number[0])) if number else _BATTERY_LEVELS.get(text)


def read_card_free(handle: CameraHandle) -> int | None:
    """Pictures that the card still takes, as the camera counts them; else as libgphoto2 does."""
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
    """Asks the camera: some thousandths of a second, during which no frame comes. `other_warnings`: other warnings."""
    power, free = read_battery(handle), read_card_free(handle)
    warnings = [
        *(["battery_low"] if power is not None and power <= thresholds.battery_low_percent else []),
        *(["card_low"] if free is not None and free <= thresholds.card_low_pictures else []),
        *other_warnings,
    ]
    return CameraHealth(power, free, tuple(warnings))
