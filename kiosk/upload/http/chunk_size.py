"""The size of the chunks of a file: about three seconds of upload, and less if the connection often fails.

An interrupted chunk is sent again completely, because the server stores only complete chunks. So a chunk is at most a
sixteenth of the file, and, after failures, an eighth of the data sent between two of them.
"""

from __future__ import annotations

from typing import Final

MIN_CHUNK_BYTES: Final = 32 << 10
MAX_CHUNK_BYTES: Final = 2 << 20
INITIAL_CHUNK_BYTES: Final = 64 << 10
_TARGET_SECONDS: Final = 3.0
_MIN_CHUNKS_PER_FILE: Final = 16
_CHUNKS_PER_FAILURE: Final = 8


class ChunkSize:
    """`total` is the size of the file in bytes."""

    def __init__(self, total: int) -> None:
        self._ceiling = min(MAX_CHUNK_BYTES, max(MIN_CHUNK_BYTES, total // _MIN_CHUNKS_PER_FILE))
        self._size = min(INITIAL_CHUNK_BYTES, self._ceiling)
        self._delivered = 0
        self._failures = 0

    def next_size(self) -> int:
        return max(MIN_CHUNK_BYTES, min(self._size, self._ceiling, self._loss_limit()))

    def on_delivered(self, size: int, seconds: float) -> None:
        """Set the size to three seconds of upload, at most twice the present one."""
        self._delivered += size
        target = int(size / max(seconds, 0.001) * _TARGET_SECONDS)
        self._size = max(MIN_CHUNK_BYTES, min(target, self._size * 2, self._ceiling))

    def on_failed(self, size: int) -> None:
        self._failures += 1
        self._size = max(MIN_CHUNK_BYTES, size // 2)

    def on_rejected(self, size: int) -> bool:
        """Reduce the size after a proxy rejected it; return whether a smaller one should be tried."""
        self._ceiling = max(MIN_CHUNK_BYTES, size // 2)
        return size > MIN_CHUNK_BYTES

    def _loss_limit(self) -> int:
        return self._delivered // (_CHUNKS_PER_FAILURE * self._failures) if self._failures else MAX_CHUNK_BYTES
