"""The part of the outbox for the upload: leases of visits that are due, and the result of each upload."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Final

from config.errors import Problem
from kiosk.capture.storage import FileStore
from kiosk.upload.envelope import Rejection, SubmissionReceipt
from kiosk.upload.outbox.database import OutboxDatabase
from kiosk.upload.outbox.models import OutboxState, OutboxVisit
from kiosk.upload.outbox.private_data import PrivateColumn
from kiosk.upload.outbox.queries import OutboxQueries
from kiosk.upload.outbox.rows import ROW_ERRORS, Row, parse_hashes
from kiosk.upload.outbox.sent_log import SentLog

MAX_WAIT_S: Final = 3600.0
"""Seconds. No lease and no pause is longer; a time further ahead than that shows that the clock was set back."""

_DUE: Final = """
SELECT * FROM visits
WHERE state IN ('ready', 'leased')
  AND NOT (coalesce(leased_until, retry_at) > :now AND coalesce(leased_until, retry_at) <= :horizon)
ORDER BY seq LIMIT :most
"""
_UNPURGED: Final = "state = 'sent' AND purged_at IS NULL"


class SendQueue(OutboxQueries):
    """The states ready > leased > sent | rejected of a visit.

    `clock` returns seconds since 1970, as time.time does. With `monotonic`, a clock that is never adjusted
    (time.monotonic), a visit that this process is sending is not leased again if `clock` is adjusted. `on_sent` is
    called after each visit that the server confirmed.
    """

    def __init__(
        self,
        database: OutboxDatabase,
        folder: Path,
        private: PrivateColumn,
        clock: Callable[[], float],
        monotonic: Callable[[], float] | None,
        on_sent: Callable[[], None],
    ) -> None:
        super().__init__(database, folder, private)
        self.sent_log = SentLog(folder / "sent-visits.jsonl")
        self._clock, self._monotonic, self._on_sent = clock, monotonic, on_sent
        self._leases: dict[str, float] = {}

    def lease(self, seconds: float) -> OutboxVisit | None:
        """Lease the oldest visit that is due to one worker for `seconds`; return None if nothing is due.

        Raises Problem (upload.unreadable_row) for a visit that cannot be read; it is rescheduled, so that the next call
        leases the one after it."""
        now = self._clock()
        seconds = min(seconds, MAX_WAIT_S)
        with self.database.transaction():
            most = len(self._leases) + 1
            rows = self.database.rows(_DUE, now=now, horizon=now + MAX_WAIT_S, most=most)
            row = next((row for row in rows if not self._is_leased_here(row["id"])), None)
            if row is None:
                return None
            attempts = row["attempts"] + 1 if isinstance(row["attempts"], int) else 1
            changes = {"state": OutboxState.LEASED.value, "leased_until": now + seconds, "attempts": attempts}
            self.database.update("visits", changes, "seq = :seq", seq=row["seq"])
            row = {**row, **changes}
        if self._monotonic is not None:
            self._leases[row["id"]] = self._monotonic() + seconds
        return self._read_leased(row)

    def mark_sent(self, visit: str, receipt: SubmissionReceipt) -> None:
        """Record the server's receipt. Raises Problem (upload.wrong_hash) and changes nothing if the hashes differ."""
        with self.database.transaction():
            row = self.database.visit_row(visit)
            state = OutboxState(row["state"])
            if state is OutboxState.SENT:
                return
            _require(visit, state, OutboxState.READY, OutboxState.LEASED, OutboxState.REJECTED)
            item = self._reader.visit_from_row(row)
            if not receipt.matches(item.submission()):
                raise Problem("upload.wrong_hash")
            # Earlier shots are not sent, but the envelope that the server has lists them as discarded.
            hashes = sorted(_file_hashes(item))
            self.sent_log.add(visit, hashes, self._clock())
            now = {"sent_at": self._clock(), "confirmed_sha256": json.dumps(hashes)}
            self._set_state(visit, OutboxState.SENT, **now, last_error="", rejection=None)
        self._leases.pop(visit, None)
        self._on_sent()

    def mark_rejected(self, visit: str, rejection: Rejection) -> None:
        """Keep a visit that the server rejected, for the operator, until `retry`. Without a lease nothing changes."""
        with self.database.transaction():
            if self._state_of(visit) is OutboxState.LEASED:
                values = {
                    "rejection": rejection.model_dump_json(),
                    "last_error": rejection.en,
                    "failed_at": self._clock(),
                }
                self._set_state(visit, OutboxState.REJECTED, **values)
        self._leases.pop(visit, None)

    def mark_failed(self, visit: str, error: str, retry_in: float) -> None:
        """Record a failed attempt. Without a lease (another worker sent it meanwhile) this changes nothing."""
        now = self._clock()
        with self.database.transaction():
            if self._state_of(visit) is OutboxState.LEASED:
                retry_at = now + min(max(retry_in, 0.0), MAX_WAIT_S)
                self._set_state(visit, OutboxState.READY, retry_at=retry_at, last_error=error, failed_at=now)
        self._leases.pop(visit, None)

    def retry(self, visit: str) -> None:
        """Queue a rejected visit again: a person resolved the rejection."""
        with self.database.transaction():
            self._require_state(visit, OutboxState.REJECTED)
            self._set_state(visit, OutboxState.READY, rejection=None, retry_at=0.0, last_error="")

    def release_leases(self) -> None:
        """Make every leased visit due again. Call it at start only, when no other process sends from this outbox."""
        with self.database.transaction():
            values = {"state": OutboxState.READY.value, "leased_until": None, "retry_at": 0.0}
            self.database.update("visits", values, "state = 'leased'")
        self._leases.clear()

    def purge_sent(self, originals: FileStore) -> int:
        """Delete the pictures of visits that the server has, then the personal data in the row; return how many.

        A file is deleted only if the server has confirmed its hash. In this order: after a crash in between, the files
        are deleted once more, which is harmless."""
        with self.database.reading():
            visits = list(self.database.visits.rows_where(_UNPURGED, select="id, seq, confirmed_sha256"))
        for visit in visits:
            confirmed = parse_hashes(visit["confirmed_sha256"])
            with self.database.reading():
                files = self._reader.files_of(visit["id"])
            for file in files:
                if file.sha256 in confirmed:
                    originals.delete(file)
            with self.database.transaction():
                self.database.shots.delete_where("visit = ?", [visit["id"]])
                person = {"name": "", "student": "", "consent": None, "private": None, "progress_token": None}
                values = {**person, "purged_at": self._clock()}
                self.database.update("visits", values, "seq = :seq", seq=visit["seq"])
        return len(visits)

    def _set_state(self, visit: str, state: OutboxState, **changes: object) -> None:
        values = {"leased_until": None, **changes, "state": state.value}
        self.database.update("visits", values, "id = :id", id=visit)

    def _read_leased(self, row: Row) -> OutboxVisit:
        try:
            with self.database.reading():
                return self._reader.visit_from_row(row)
        except ROW_ERRORS as error:
            self._reader.report_unreadable(row, error)
            problem = Problem("upload.unreadable_row", visit=row["id"])
            now = self._clock()
            values = {"state": OutboxState.READY.value, "leased_until": None, "retry_at": now + MAX_WAIT_S}
            with self.database.transaction():
                report = {"last_error": str(problem), "failed_at": now}
                self.database.update("visits", {**values, **report}, "seq = :seq", seq=row["seq"])
            self._leases.pop(row["id"], None)
            raise problem from error

    def _is_leased_here(self, visit: str) -> bool:
        """Return whether this process holds a lease of the visit that has not expired, even if the clock was set."""
        return self._monotonic is not None and self._monotonic() < self._leases.get(visit, -inf)

    def _state_of(self, visit: str) -> OutboxState:
        return OutboxState(self.database.visit_row(visit, "state")["state"])

    def _require_state(self, visit: str, *states: OutboxState) -> None:
        _require(visit, self._state_of(visit), *states)


def _require(visit: str, state: OutboxState, *states: OutboxState) -> None:
    if state not in states:
        raise ValueError(f"Visit {visit} is {state}, not {' or '.join(states)}.")


def _file_hashes(item: OutboxVisit) -> set[str]:
    """Return the hash of every file of the visit."""
    return {file.sha256 for shot in item.shots for file in (shot.original, shot.portrait) if file is not None}
