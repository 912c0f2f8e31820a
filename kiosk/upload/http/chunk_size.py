"""How much of a file is sent at once: about three seconds of the line, and less where the line breaks often.

A piece that breaks is sent again whole, because the server stores a piece when all of it has come. So a piece may be at
most a sixteenth of the file, and, on a line that breaks, an eighth of what goes through between two failures.
"""

from __future__ import annotations

from typing import Final

SMALLEST: Final = 32 << 10
LARGEST: Final = 2 << 20
FIRST: Final = 64 << 10
_SECONDS: Final = 3.0
_SHARE: Final = 16
_LOSS: Final = 8


class PieceSize:
    """`total` is the size of the file in bytes."""

    def __init__(self, total: int) -> None:
        self._ceiling = min(LARGEST, max(SMALLEST, total // _SHARE))
        self._size = min(FIRST, self._ceiling)
        self._delivered = 0
        self._failures = 0

    def next(self) -> int:
        return max(SMALLEST, min(self._size, self._ceiling, self._by_losses()))

    def delivered(self, size: int, seconds: float) -> None:
        """Grows at most to the double, towards three seconds of the line."""
        self._delivered += size
        wanted = int(size / max(seconds, 0.001) * _SECONDS)
        self._size = max(SMALLEST, min(wanted, self._size * 2, self._ceiling))

    def failed(self, size: int) -> None:
        self._failures += 1
        self._size = max(SMALLEST, size // 2)

    def refused(self, size: int) -> bool:
        """Something on the way lets no piece of this size through; whether a smaller one is worth a try."""
        self._ceiling = max(SMALLEST, size // 2)
        return size > SMALLEST

    def _by_losses(self) -> int:
        return self._delivered // (_LOSS * self._failures) if self._failures else LARGEST
