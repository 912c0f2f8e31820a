"""The first seconds of a webcam: black frames, then exposure and colour that still adjust."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from config.arrays import Doubles
from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam import mjpeg as jpeg
from hardware.cameras.webcam.stream import MAX_FAILED_READS, Picture, Stream

_STABLE_FRAMES: Final = 6  # frames in a row
_STABLE_TOLERANCE: Final = 0.03  # share of the mean brightness within which each colour stays
_FIRST_READ_ATTEMPTS: Final = 20  # cameras begin with a few empty frames


def wait_until_stable(
    stream: Stream, timeout: float, clock: Callable[[], float], min_duration: float = 0.0
) -> tuple[Picture, bool]:
    """Read until brightness and colour are stable, for at least `min_duration` and at most `timeout` seconds; return
    the last valid picture and whether they became stable.

    Raises CameraProblem lost or hung, as the stream does; unreadable if no valid picture came.
    """
    began, colours = clock(), deque[Doubles](maxlen=_STABLE_FRAMES)
    last_picture, tries = None, _FIRST_READ_ATTEMPTS
    while True:
        picture = stream.read(tries)
        tries = MAX_FAILED_READS
        colour = _mean_colour(picture)
        if colour is not None:
            last_picture = picture
            colours.append(colour)
        elapsed = clock() - began
        if last_picture is not None and elapsed >= min_duration and _is_stable(colours):
            return last_picture, True
        if elapsed >= timeout:
            return _require_picture(last_picture), False


def mean_brightness(picture: Picture) -> float | None:
    """Return the mean code value; None for a damaged picture."""
    colour = _mean_colour(picture)
    return None if colour is None else float(colour.mean())


def _mean_colour(picture: Picture) -> Doubles | None:
    """Return the mean code values of blue, green and red."""
    small = picture.thumbnail()
    return None if small is None else small.reshape(-1, 3).mean(axis=0)


def _is_stable(colours: deque[Doubles]) -> bool:
    if len(colours) < _STABLE_FRAMES:
        return False
    colour_history = np.array(colours)
    brightness = float(colour_history.mean())
    return (
        not jpeg.is_black(float(colour_history.mean(axis=1).min()))
        and float(np.ptp(colour_history, axis=0).max()) <= _STABLE_TOLERANCE * brightness
    )


def _require_picture(picture: Picture | None) -> Picture:
    if picture is None:
        raise CameraProblem("camera.unreadable")
    return picture
