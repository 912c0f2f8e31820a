"""Conversion of the outbox's rows to visits. A row that cannot be read is counted, reported once and left out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from kiosk.capture.storage import StoredFile
from kiosk.upload.outbox.database import OutboxDatabase
from kiosk.upload.outbox.models import OutboxVisit, QueueEntry
from kiosk.upload.outbox.private_data import PrivateColumn
from kiosk.upload.outbox.rows import (
    ROW_ERRORS,
    Row,
    entry_from_row,
    stored_file_from_json,
    stored_path_of,
    visit_from_row,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

_FILES: Final = "SELECT {0} FROM shots WHERE {0} IS NOT NULL"


class VisitReader:
    """Call the methods inside a transaction of `database`; only `relative_paths` opens its own."""

    def __init__(self, database: OutboxDatabase, folder: Path, private: PrivateColumn) -> None:
        self._database, self._folder, self._private = database, folder, private
        self._unreadable: set[str] = set()

    @property
    def unreadable(self) -> frozenset[str]:
        return frozenset(self._unreadable)

    def mark_repaired(self, visits: Collection[str]) -> None:
        self._unreadable -= set(visits)

    def visit(self, visit: str) -> OutboxVisit:
        """Return one visit. Raises KeyError for an unknown id."""
        return self.visit_from_row(self._database.visit_row(visit))

    def visit_from_row(self, row: Row) -> OutboxVisit:
        return visit_from_row(
            row, self._database.shot_rows(row["id"]), self._folder, self._private.decrypt(row["private"])
        )

    def visits(self, rows: Iterable[Row]) -> list[OutboxVisit]:
        return self._read_all(rows, self.visit_from_row)

    def entries(self, rows: Iterable[Row]) -> list[QueueEntry]:
        return self._read_all(rows, entry_from_row)

    def files_of(self, visit: str) -> list[StoredFile]:
        """Return the files that the readable rows of a visit name."""
        texts = [
            row[column] for row in self._database.shot_rows(visit) for column in ("original", "portrait") if row[column]
        ]
        return self._read_all(texts, lambda text: stored_file_from_json(text, self._folder))

    def relative_paths(self) -> set[str]:
        """Return the path of every file that a row names, relative to the data folder. Opens its own transaction."""
        with self._database.reading():
            texts = [
                text for column in ("original", "portrait") for text in self._database.column(_FILES.format(column))
            ]
        return {stored_path_of(text) for text in texts} - {""}

    def report_unreadable(self, row: Row | str, error: Exception) -> None:
        visit = str(row["id"]) if isinstance(row, Mapping) else ""
        if visit not in self._unreadable:
            log.error("a row of the outbox cannot be read (visit %s): %s", visit or "?", type(error).__name__)
        if visit:
            self._unreadable.add(visit)

    def _read_all(self, rows: Iterable[Any], read: Callable[[Any], T]) -> list[T]:
        results = []
        for row in rows:
            try:
                results.append(read(row))
            except ROW_ERRORS as error:
                self.report_unreadable(row, error)
        return results
