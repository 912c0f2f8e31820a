"""The first seconds of a webcam: black frames, then an exposure and a colour that grope for their place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam import mjpeg as jpeg
from hardware.cameras.webcam.stream import FAILED_READS, Picture, Stream

Floats = NDArray[np.float64]

_AT_REST: Final = 6  # frames in a row
_BAND: Final = 0.03  # of the mean brightness, within which each colour lies
_FIRST_READS: Final = 20  # cameras begin with a few empty frames


def settle(stream: Stream, within: float, clock: Callable[[], float], at_least: float = 0.0) -> tuple[Picture, bool]:
    """The last sound picture, and whether brightness and colour came to rest `within` so many seconds, but not before
    `at_least` of them.

    Raises CameraProblem lost or hung, as the stream does; unreadable where no sound picture came.
    """
    began, colours = clock(), deque[Floats](maxlen=_AT_REST)
    last, tries = None, _FIRST_READS
    while True:
        picture = stream.read(tries)
        tries = FAILED_READS
        colour = _colour(picture)
        if colour is not None:
            last = picture
            colours.append(colour)
        took = clock() - began
        if last is not None and took >= at_least and _rests(colours):
            return last, True
        if took >= within:
            return _sound(last), False


def brightness_of(picture: Picture) -> float | None:
    """The mean code value; None of a broken picture."""
    colour = _colour(picture)
    return None if colour is None else float(colour.mean())


def _colour(picture: Picture) -> Floats | None:
    """The mean code value of blue, green and red."""
    small = picture.thumbnail()
    return None if small is None else small.reshape(-1, 3).mean(axis=0)


def _rests(colours: deque[Floats]) -> bool:
    if len(colours) < _AT_REST:
        return False
    seen = np.array(colours)
    brightness = float(seen.mean())
    return not jpeg.is_black(float(seen.mean(axis=1).min())) and float(np.ptp(seen, axis=0).max()) <= _BAND * brightness


def _sound(picture: Picture | None) -> Picture:
    if picture is None:
        raise CameraProblem("camera.unreadable")
    return picture
