"""The body of a request."""

from __future__ import annotations

from io import BufferedIOBase
from typing import Final

_MAX_SKIPPED_BYTES: Final = 1_000_000_000
_BLOCK_BYTES: Final = 1 << 18


class IncompleteBody(Exception):
    """The connection ended before the whole body arrived."""


class Body:
    """Reads at most the announced length of a connection; `length` is None where none was announced."""

    def __init__(self, connection: BufferedIOBase, length: int | None) -> None:
        self._connection = connection
        self.has_length = length is not None
        self.length = length or 0
        self._rest = self.length

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end. Raises IncompleteBody."""
        size = min(size, self._rest)
        if not size:
            return b""
        try:
            block = self._connection.read(size)
        except OSError as error:  # a time-out, or a connection that was reset
            raise IncompleteBody from error
        if not block:
            raise IncompleteBody
        self._rest -= len(block)
        return block

    def skip_rest(self) -> bool:
        """Read what nobody has read: a browser may report a connection that ends before as an error, instead of showing
        the answer. Return whether the connection can be used for another request."""
        if not self.has_length or self._rest > _MAX_SKIPPED_BYTES:
            return False
        try:
            while self.read(_BLOCK_BYTES):
                pass
        except IncompleteBody:
            return False
        return True
