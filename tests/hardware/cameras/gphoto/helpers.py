"""Helpers of the tests of the tethered camera: numbers on the test card, sizes, reasons, messages."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from hardware.cameras.api import CameraHealth, CameraProblem, Shot
from hardware.cameras.gphoto.driver import DslrCamera
from tests.waiting import eventually


def reason_of(call: Callable[[], object]) -> str:
    with pytest.raises(CameraProblem) as caught:
        call()
    return caught.value.reason


def size_of(shot: Shot) -> tuple[int, int]:
    with Image.open(io.BytesIO(shot.data)) as picture:
        picture.load()
        return picture.size


def number_on(pixels: Pixels) -> int:
    """Return the number of a test card, from the sixteen squares in its corner."""
    side = max(8, pixels.shape[1] // 40)
    bits = [pixels[side // 2, bit * side + side // 2].mean() > 127 for bit in range(16)]
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def number_of(shot: Shot) -> int:
    with Image.open(io.BytesIO(shot.data)) as picture:
        return number_on(np.asarray(picture.convert("RGB")))


def poll_until(camera: DslrCamera, until: Callable[[list[Shot | CameraHealth]], object]) -> list[Shot | CameraHealth]:
    """Collect the camera's events until the condition is true."""
    events: list[Shot | CameraHealth] = []
    eventually(lambda: until(events), meanwhile=lambda: events.extend(camera.poll_events()))
    return events


def shots_in(events: list[Shot | CameraHealth]) -> list[Shot]:
    return [event for event in events if isinstance(event, Shot)]


def healths_in(events: list[Shot | CameraHealth]) -> list[CameraHealth]:
    return [event for event in events if isinstance(event, CameraHealth)]
