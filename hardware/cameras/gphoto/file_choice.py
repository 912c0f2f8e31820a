"""Decide which file of a shot is the picture, and which are companions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from hardware.cameras.gphoto.camera_handle import CameraFile

_JPEG_SUFFIXES: Final = frozenset({".jpg", ".jpeg"})
_RAW_SUFFIX: Final = re.compile(r"\.(?:arw|cr[23w]|dng|nef|nrw|orf|pef|raf|raw|rw2|sr[2fw]|x3f)")


@dataclass(frozen=True)
class ShotFiles:
    """`picture` is the JPEG of a shot; `raw` its RAW files; `extra_pictures` are other pictures, each a separate
    shot."""

    picture: CameraFile | None
    raw: tuple[CameraFile, ...]
    extra_pictures: tuple[CameraFile, ...]


def is_picture(file: CameraFile) -> bool:
    return _suffix(file) in _JPEG_SUFFIXES


def is_raw(file: CameraFile) -> bool:
    return _RAW_SUFFIX.fullmatch(_suffix(file)) is not None


def classify_files(files: Sequence[CameraFile]) -> ShotFiles:
    """Sort `files`, which are in the order in which the camera reported them, the RAW often first (pibooth issue 53).

    The same name on a second card is a copy of the same picture and counts once.
    """
    by_name = {file.name: file for file in reversed(files)}
    unique = [file for file in files if by_name[file.name] is file]
    pictures = [file for file in unique if is_picture(file)]
    raw = tuple(file for file in unique if is_raw(file))
    return ShotFiles(pictures[0] if pictures else None, raw, tuple(pictures[1:]))


def _suffix(file: CameraFile) -> str:
    return PurePosixPath(file.name).suffix.lower()
