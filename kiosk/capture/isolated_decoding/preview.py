"""What is told of a picture file from outside, with a small copy of it to look at. Imports no decoder, so that the
server's own process can use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.capture.image_io.file_type import FileKind

_DAMAGED: Final = frozenset({"photo.truncated", "photo.unreadable"})


@dataclass(frozen=True)
class Preview:
    """`size` is (width, height) as stored. `jpeg` is empty where nothing can be shown, and `problem` the key of what
    keeps the file from being a good photograph, empty for one that is."""

    kind: FileKind
    size: tuple[int, int]
    problem: str
    jpeg: bytes = field(repr=False)

    @property
    def damaged(self) -> bool:
        """Whether a part of the picture is missing."""
        return self.problem in _DAMAGED
