"""The properties of a foreign picture file and a small copy of it.

Imports no decoder, so that the server's own process can use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.capture.image_io.file_type import FileKind

_DAMAGED: Final = frozenset({"photo.truncated", "photo.unreadable"})


@dataclass(frozen=True)
class Preview:
    """`size` is (width, height) as stored. `jpeg` is empty if nothing can be shown. `problem` is the message id of
    the reason why the file is no good photograph, empty for a good one."""

    kind: FileKind
    size: tuple[int, int]
    problem: str
    jpeg: bytes = field(repr=False)

    @property
    def damaged(self) -> bool:
        """Whether a part of the picture is missing."""
        return self.problem in _DAMAGED
