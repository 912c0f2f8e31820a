"""The first seconds of a webcam: black frames, then an exposure and a colour that grope for their place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from hardware.cameras.camera import CameraProblem
from hardware.cameras.webcam import jpeg
from hardware.cameras.webcam.stream import Picture, Stream

_AT_REST: Final = 6  # frames in a row
_BAND: Final = 0.03  # of their mean brightness within which they lie
_FIRST_READS: Final = 20  # cameras begin with a few empty frames


def settle(stream: Stream, within: float, clock: Callable[[], float]) -> tuple[Picture, bool]:
    """The last sound picture, and whether brightness came to rest `within` so many seconds.

    Raises CameraProblem lost or hung, as the stream does; unreadable where no sound picture came.
    """
    until, levels = clock() + within, deque[float](maxlen=_AT_REST)
    last, first = None, True
    while True:
        picture = stream.read(_FIRST_READS) if first else stream.read()
        first = False
        brightness = brightness_of(picture)
        if brightness is not None:
            last = picture
            levels.append(brightness)
        if last is not None and _rests(levels):
            return last, True
        if clock() >= until:
            return _sound(last), False


def brightness_of(picture: Picture) -> float | None:
    """The mean code value; None of a broken picture."""
    small = picture.thumbnail()
    return None if small is None else float(small.mean())


def _rests(levels: deque[float]) -> bool:
    if len(levels) < _AT_REST or jpeg.is_black(min(levels)):
        return False
    return float(np.ptp(levels)) <= _BAND * float(np.mean(levels))


def _sound(picture: Picture | None) -> Picture:
    if picture is None:
        raise CameraProblem("camera.unreadable")
    return picture
