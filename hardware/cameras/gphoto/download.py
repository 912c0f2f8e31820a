"""Brings a file out of the camera, part by part where the camera can, so that a slow cable is told from a dead one."""

from __future__ import annotations

from collections.abc import Callable

from config.image_file import UNREADABLE, open_image
from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import Stored, Tether
from hardware.cameras.gphoto.other_formats import problem_of_contents

MOST_PIXELS = 200_000_000
"""Of a shot whose header alone is read here: medium format has 150 MP. The photo engine says what is too large."""

Told = Callable[[int, int, bool], None]
"""Called with (bytes done, bytes in all, whether what comes now comes in one piece) before each part."""


def fetch(tether: Tether, stored: Stored, chunk: int, told: Told) -> bytes:
    """The bytes of `stored` as they are on the card; `chunk` bytes at once, 0: whole.

    Raises camera.unreadable where the file is empty or ends before its size, and what Tether raises.
    """
    told(0, 0, False)
    size = tether.size(stored)
    data = _in_parts(tether, stored, size, chunk, told) if chunk and size else None
    if data is None:
        told(0, size, True)
        data = tether.whole(stored)
    if not data or len(data) < size:
        raise CameraProblem("camera.unreadable")
    return data


def _in_parts(tether: Tether, stored: Stored, size: int, chunk: int, told: Told) -> bytes | None:
    """None: this camera gives its files only whole."""
    data = bytearray(size)
    done = 0
    with memoryview(data) as room:
        while done < size:
            told(done, size, False)
            got = tether.read(stored, done, room[done : done + chunk])
            if got is None:
                return None
            if got == 0:
                raise CameraProblem("camera.unreadable")  # the camera has less than it said
            done += got
    told(size, size, False)
    return bytes(data)


def size_of_picture(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG. Where it is none, raises what the camera has to be set to instead, or
    camera.unreadable."""
    try:
        with open_image(data, ("JPEG",), MOST_PIXELS) as picture:
            return picture.size
    except UNREADABLE as error:
        raise problem_of_contents(data) from error
