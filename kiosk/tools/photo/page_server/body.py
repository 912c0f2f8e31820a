"""The body of a request."""

from __future__ import annotations

from io import BufferedIOBase
from typing import Final

_MAX_SKIPPED_BYTES: Final = 1_000_000_000
_BLOCK_BYTES: Final = 1 << 18


class IncompleteBody(Exception):
    """The connection ended before the whole body arrived."""


class Body:
    """Reads at most `length` bytes from a connection; `length` is None if the request does not state it."""

    def __init__(self, connection: BufferedIOBase, length: int | None) -> None:
        self._connection = connection
        self.has_length = length is not None
        self.length = length or 0
        self._remaining = self.length

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end. Raises IncompleteBody."""
        size = min(size, self._remaining)
        if not size:
            return b""
        try:
            block = self._connection.read(size)
        except OSError as error:  # a timeout, or a connection that was reset
            raise IncompleteBody from error
        if not block:
            raise IncompleteBody
        self._remaining -= len(block)
        return block

    def skip_rest(self) -> bool:
        """Read the rest of the body; return whether the connection can be used for another request.

        If the connection ends before, a browser may report an error instead of showing the response.
        """
        if not self.has_length or self._remaining > _MAX_SKIPPED_BYTES:
            return False
        try:
            while self.read(_BLOCK_BYTES):
                pass
        except IncompleteBody:
            return False
        return True
