"""Brings a file out of the camera, part by part where the camera can, so that a slow cable is told from a dead one."""

from __future__ import annotations

from collections.abc import Callable

from config.image_file import DECODE_ERRORS, open_image
from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraFile, CameraHandle
from hardware.cameras.gphoto.other_formats import problem_of_contents

MAX_SHOT_PIXELS = 200_000_000
"""Of a shot whose header alone is read here: medium format has 150 MP. The photo engine says what is too large."""

DownloadCallback = Callable[[int, int, bool], None]
"""Called with (bytes done, bytes in all, whether what comes now comes in one piece) before each part."""


def download(handle: CameraHandle, file: CameraFile, chunk: int, on_progress: DownloadCallback) -> bytes:
    """The bytes of `file` as they are on the card; `chunk` bytes at once, 0: whole.

    Raises camera.unreadable where the file is empty or ends before its size, and what Tether raises.
    """
    on_progress(0, 0, False)
    size = handle.file_size(file)
    data = _download_in_parts(handle, file, size, chunk, on_progress) if chunk and size else None
    if data is None:
        on_progress(0, size, True)
        data = handle.read_file(file)
    if not data or len(data) < size:
        raise CameraProblem("camera.unreadable")
    return data


def _download_in_parts(
    handle: CameraHandle, file: CameraFile, size: int, chunk: int, on_progress: DownloadCallback
) -> bytes | None:
    """None: this camera gives its files only whole."""
    data = bytearray(size)
    done = 0
    with memoryview(data) as buffer:
        while done < size:
            on_progress(done, size, False)
            got = handle.read_part(file, done, buffer[done : done + chunk])
            if got is None:
                return None
            if got == 0:
                raise CameraProblem("camera.unreadable")  # the camera has less than it said
            done += got
    on_progress(size, size, False)
    return bytes(data)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG. Where it is none, raises what the camera has to be set to instead, or
    camera.unreadable."""
    try:
        with open_image(data, ("JPEG",), MAX_SHOT_PIXELS) as picture:
            return picture.size
    except DECODE_ERRORS as error:
        raise problem_of_contents(data) from error
