"""Which of the files that a shot leaves is the picture, and which are its companions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from hardware.cameras.gphoto.camera_handle import Stored

_JPEG: Final = frozenset({".jpg", ".jpeg"})
_RAW: Final = re.compile(r"\.(?:arw|cr[23w]|dng|nef|nrw|orf|pef|raf|raw|rw2|sr[2fw]|x3f)")


@dataclass(frozen=True)
class Chosen:
    """`picture` is the JPEG of a shot; `raw` its RAW files; `more` are other pictures, each a shot of its own."""

    picture: Stored | None
    raw: tuple[Stored, ...]
    more: tuple[Stored, ...]


def is_picture(stored: Stored) -> bool:
    return _suffix(stored) in _JPEG


def is_raw(stored: Stored) -> bool:
    return _RAW.fullmatch(_suffix(stored)) is not None


def choose(files: Sequence[Stored]) -> Chosen:
    """Sorts `files`, in the order in which the camera told of them, the RAW often first (pibooth issue 53).

    The same name on a second card is a copy of the same picture, and only counted once.
    """
    once = {stored.name: stored for stored in reversed(files)}
    first = [stored for stored in files if once[stored.name] is stored]
    pictures = [stored for stored in first if is_picture(stored)]
    raw = tuple(stored for stored in first if is_raw(stored))
    return Chosen(pictures[0] if pictures else None, raw, tuple(pictures[1:]))


def _suffix(stored: Stored) -> str:
    return PurePosixPath(stored.name).suffix.lower()
