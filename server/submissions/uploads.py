"""Upload handler that deletes its temporary file when the disk fills up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler


class DiskUploadHandler(TemporaryFileUploadHandler):
    """A handler that deletes its file after an error: Django's leaves it to the garbage collector, so a full disk stays
    full."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._remove_on_error():
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        with self._remove_on_error():
            return super().file_complete(file_size)

    @contextmanager
    def _remove_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            with suppress(OSError):  # closing flushes and fails as writing did; the file is removed anyway
                self.file.close()
            raise
