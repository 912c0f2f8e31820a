"""How the camera is: battery and card, and what the operator should be told."""

from __future__ import annotations

import re
from typing import Final

from hardware.cameras.api import CameraHealth, CameraProblem
from hardware.cameras.gphoto.camera_handle import Tether
from hardware.cameras.gphoto.profile import Low

_WORDS: Final = {"low": 5, "empty": 0, "full": 100}  # Canon says Low when it is about to stop


def battery(tether: Tether) -> int | None:
    """Percent; None where the camera does not say, or runs on the mains."""
    told = tether.text("batterylevel").casefold()
    number = re.match(r"\d+", told)
    return min(100, int(number[0])) if number else _WORDS.get(told)


def card_free(tether: Tether) -> int | None:
    """Pictures that the card still takes, as the camera counts them; else as libgphoto2 does."""
    told = tether.text("availableshots")
    if told.isdecimal():
        return int(told)
    try:
        return tether.pictures_left()
    except CameraProblem:
        if tether.dead:
            raise
        return None


def health(tether: Tether, low: Low, also: tuple[str, ...]) -> CameraHealth:
    """Asks the camera: some thousandths of a second, during which no frame comes. `also`: other warnings."""
    power, free = battery(tether), card_free(tether)
    warnings = [
        *(["battery_low"] if power is not None and power <= low.battery else []),
        *(["card_low"] if free is not None and free <= low.card else []),
        *also,
    ]
    return CameraHealth(power, free, tuple(warnings))
