"""Download a file from the camera, in parts if possible, to distinguish a slow cable from a broken one."""

from __future__ import annotations

from collections.abc import Callable

from config.image_file import DECODE_ERRORS, open_image
from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraFile, CameraHandle
from hardware.cameras.gphoto.other_formats import problem_of_contents

MAX_SHOT_PIXELS = 200_000_000
"""Limit for reading the header of a shot: medium format has 150 MP. The photo engine decides what is too large."""

DownloadCallback = Callable[[int, int, bool], None]
"""Called with (bytes done, total bytes, whether the next part is the whole file) before each part."""


def download(handle: CameraHandle, file: CameraFile, chunk: int, on_progress: DownloadCallback) -> bytes:
    """Return the bytes of `file` as they are on the card; `chunk` bytes at a time, 0: in one piece.

    Raises camera.unreadable if the file is empty or shorter than its size, and what CameraHandle raises.
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
    """Read in parts; None if this camera only transfers complete files."""
    data = bytearray(size)
    done = 0
    with memoryview(data) as buffer:
        while done < size:
            on_progress(done, size, False)
            count = handle.read_part(file, done, buffer[done : done + chunk])
            if count is None:
                return None
            if count == 0:
                raise CameraProblem("camera.unreadable")  # the camera has fewer bytes than it reported
            done += count
    on_progress(size, size, False)
    return bytes(data)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG. For other data, raise the problem that names the setting to change, or
    camera.unreadable."""
    try:
        with open_image(data, ("JPEG",), MAX_SHOT_PIXELS) as picture:
            return picture.size
    except DECODE_ERRORS as error:
        raise problem_of_contents(data) from error
