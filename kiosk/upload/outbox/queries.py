"""Read-only queries of the outbox: the visits, their files, and how many wait."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from kiosk.upload.outbox.database import OutboxDatabase
from kiosk.upload.outbox.models import OutboxState, OutboxVisit, QueueEntry, QueueStats
from kiosk.upload.outbox.private_data import PrivateColumn
from kiosk.upload.outbox.reader import VisitReader

_NEXT_DUE: Final = "SELECT min(coalesce(leased_until, retry_at)) AS at FROM visits WHERE state IN ('ready', 'leased')"
_COUNTS: Final = "SELECT state, count(*) AS n, min(ready_at) AS oldest FROM visits GROUP BY state"
_LAST_ERROR: Final = """
SELECT last_error FROM visits WHERE state IN ('ready', 'leased', 'rejected') AND last_error != ''
ORDER BY failed_at DESC LIMIT 1
"""


class OutboxQueries:
    """Every method reads one consistent state of the database and changes nothing in it.

    `folder` is the data folder: it holds the database and the folders of files.
    """

    def __init__(self, database: OutboxDatabase, folder: Path, private: PrivateColumn) -> None:
        self.database, self.folder = database, folder
        self._reader = VisitReader(database, folder, private)

    def next_due(self) -> float | None:
        """Return when the next visit may be sent, in the clock's seconds, past or future; None if none waits."""
        with self.database.reading():
            return self.database.rows(_NEXT_DUE)[0]["at"]  # type: ignore[no-any-return]

    def stats(self) -> QueueStats:
        with self.database.reading():
            by_state = {row["state"]: row for row in self.database.rows(_COUNTS)}
            error = self.database.rows(_LAST_ERROR)
        numbers = {state.value: by_state[state]["n"] if state in by_state else 0 for state in OutboxState}
        waiting = [row["oldest"] for state, row in by_state.items() if state in (OutboxState.READY, OutboxState.LEASED)]
        return QueueStats(
            **numbers,
            unreadable=len(self._reader.unreadable),
            oldest_waiting_since=min((at for at in waiting if isinstance(at, float)), default=None),
            last_error=str(error[0]["last_error"]) if error else "",
        )

    def open_visits(self) -> list[OutboxVisit]:
        """Return the visits that a crash left open, oldest first. Call it at start, before the first new visit."""
        with self.database.reading():
            return self._reader.visits(self.database.visits.rows_where("state = 'open'", order_by="seq"))

    def entries(self) -> list[QueueEntry]:
        """Return all visits for the operator's list, newest first."""
        with self.database.reading():
            return self._reader.entries(self.database.visits.rows_where(order_by="seq DESC"))

    def unsent_entries(self, limit: int) -> list[QueueEntry]:
        """Return the newest visits that the server does not have yet, for the operator's page."""
        with self.database.reading():
            newest = self.database.visits.rows_where("state != 'sent'", order_by="seq DESC", limit=limit)
            return self._reader.entries(newest)

    def get(self, visit: str) -> OutboxVisit:
        """Return one visit. Raises KeyError for an unknown id."""
        with self.database.reading():
            return self._reader.visit(visit)

    def waiting_students(self) -> set[str]:
        """Return the ids of the students whose visit the server does not have yet."""
        with self.database.reading():
            return set(map(str, self.database.column("SELECT student FROM visits WHERE state != 'sent'")))

    def files(self) -> set[Path]:
        """Return every file that a visit still needs, also one that only a damaged row names."""
        return {self.folder / place for place in self._reader.relative_paths()}

    def file_names(self) -> set[str]:
        """Return the names of `files`."""
        return {place.rpartition("/")[2] for place in self._reader.relative_paths()}

    @property
    def unreadable(self) -> frozenset[str]:
        """The ids of the visits whose rows were read and are damaged."""
        return self._reader.unreadable

    def mark_repaired(self, visits: Collection[str]) -> None:
        """Record that the rows of these visits can be read again."""
        self._reader.mark_repaired(visits)
