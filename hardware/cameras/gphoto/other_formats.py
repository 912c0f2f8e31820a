"""Identify what a camera wrote instead of a JPEG, by file name or first bytes, and which setting has to change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraFile
from hardware.cameras.gphoto.file_choice import is_raw

_SIGNATURE_BYTES: Final = 64
_HEIF: Final = frozenset({".hif", ".heif", ".heic", ".avif", ".avci"})
_VIDEO: Final = frozenset(
    {".mov", ".mp4", ".m4v", ".avi", ".mts", ".m2ts", ".mxf", ".crm", ".nev", ".r3d", ".mpg", ".3gp"}
)
_COMPANION: Final = frozenset({".thm", ".xmp", ".wav", ".lrv", ".xml", ".cpi"})  # next to a picture or a video

# By first bytes, whatever the file name; kiosk.capture.image_io.file_type decides for the portrait.
_SIGNATURES: Final = (
    (rb"....ftypcrx |FUJIFILMCCD-RAW|II[RU]\0|IIR[OS]|II\*\0....CR\x02|FOVb|\0MRM", "camera.raw_only", ""),
    (rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|avif)", "camera.heif_only", ""),
    (rb"....ftyp|....(?:moov|mdat|wide)|RIFF....AVI |\x1aE\xdf\xa3|\0\0\x01[\xb3\xba]", "camera.video_only", ""),
    (rb"II[*+]\0|MM\0[*+]", "camera.other_format", "TIFF"),
    (rb"\x89PNG", "camera.other_format", "PNG"),
    (rb"\0\0\0\x0cJXL |\xff\x0a", "camera.other_format", "JPEG XL"),
    (rb"BM.{4}\0{4}", "camera.other_format", "BMP"),
)


def problem_of_files(files: Sequence[CameraFile]) -> CameraProblem:
    """Return why there is no picture among the files of a shot."""
    endings = {PurePosixPath(file.name).suffix.lower() for file in files} - _COMPANION
    if any(is_raw(file) for file in files):
        return CameraProblem("camera.raw_only")
    if endings & _HEIF:
        return CameraProblem("camera.heif_only")
    if endings & _VIDEO:
        return CameraProblem("camera.video_only")
    known = sorted(ending.lstrip(".").upper() for ending in endings if ending)
    return CameraProblem("camera.other_format", format=known[0]) if known else CameraProblem("camera.unreadable")


def problem_of_contents(data: bytes) -> CameraProblem:
    """Return why `data` is not a JPEG."""
    for beginning, key, name in _SIGNATURES:
        if re.match(beginning, data[:_SIGNATURE_BYTES], re.DOTALL):
            return CameraProblem(key, format=name) if name else CameraProblem(key)
    return CameraProblem("camera.unreadable")
