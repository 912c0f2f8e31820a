"""The outbox: every visit is written here before anything else happens to it, and stays until the server has it.

What a method has returned from survives a power cut. Every method is one short transaction and may be called from any
thread, and from several processes on the same file. A row that cannot be read is reported and left out; the others
go on.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.upload.envelope import Rejection, SubmissionReceipt, VisitOutcome
from kiosk.upload.outbox.backup import Backups, BackupSchedule
from kiosk.upload.outbox.database import OutboxDatabase
from kiosk.upload.outbox.models import OutboxState, OutboxVisit, QueueEntry, QueueStats, VisitDraft
from kiosk.upload.outbox.private_data import Cipher, PrivateColumn
from kiosk.upload.outbox.reader import VisitReader
from kiosk.upload.outbox.rows import (
    ROW_ERRORS,
    Row,
    parse_hashes,
    parse_verdicts,
    stored_file_to_json,
    to_json,
)
from kiosk.upload.outbox.sent_log import SentLog

__all__ = ["Outbox", "OutboxState", "OutboxVisit", "QueueEntry", "QueueStats", "VisitDraft"]

log = logging.getLogger(__name__)

MAX_WAIT_S: Final = 3600.0
"""Seconds. No lease and no pause is longer; a time further ahead than that is a clock that was set back."""

_DUE: Final = """
SELECT * FROM visits
WHERE state IN ('ready', 'leased')
  AND NOT (coalesce(leased_until, retry_at) > :now AND coalesce(leased_until, retry_at) <= :horizon)
ORDER BY seq LIMIT :most
"""
_NEXT_DUE: Final = "SELECT min(coalesce(leased_until, retry_at)) AS at FROM visits WHERE state IN ('ready', 'leased')"
_COUNTS: Final = "SELECT state, count(*) AS n, min(ready_at) AS oldest FROM visits GROUP BY state"
_LAST_ERROR: Final = """
SELECT last_error FROM visits WHERE state IN ('ready', 'leased', 'rejected') AND last_error != ''
ORDER BY failed_at DESC LIMIT 1
"""
_UNPURGED: Final = "state = 'sent' AND purged_at IS NULL"
_NEWEST_SHOT: Final = "SELECT max(seq) AS seq FROM shots"


class Outbox:
    """`path` is the database file; `clock` tells seconds since 1970, as time.time does.

    The files of the visits lie in a folder beside the database, wherever both are today. `cipher` encrypts what is
    stored of an ID number. With `monotonic`, a clock that is never set (time.monotonic), a visit that this process is
    sending is not handed out again because the clock was set.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        cipher: Cipher | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._clock, self._monotonic = clock, monotonic
        self.path = path.absolute()
        self._folder = self.path.parent
        self._database = OutboxDatabase(path)
        self._sent_log = SentLog(self._folder / "sent-visits.jsonl")
        self._backups = BackupSchedule(Backups(self._folder / "outbox-backups"), self._database.connection)
        self._private = PrivateColumn(cipher)
        self._reader = VisitReader(self._database, self._folder, self._private)
        self._leases: dict[str, float] = {}

    def close(self) -> None:
        self._backups.close()
        self._database.close()

    def back_up(self) -> None:
        """Copies the database, whole and checked, to the folder of copies."""
        self._backups.back_up()

    def create(self, draft: VisitDraft, shot: StoredFile, camera: Mapping[str, Any] | None = None) -> str:
        """Binds a shot to its student, in one transaction; returns the id under which the visit will be sent.

        Note a shot here before its file is written: a file that nobody knows of would be a visit lost.
        """
        visit = uuid.uuid4().hex
        row = {
            "id": visit,
            "student": draft.student,
            "campaign": draft.campaign,
            "name": draft.name,
            "identified_by": draft.identified_by,
            "consent": draft.consent.model_dump_json(),
            "simulated": int(draft.simulated),
            "started_at": self._clock(),
            "progress_token": draft.progress_token,
            "private": self._private.encrypt(draft),
        }
        with self._database.transaction():
            self._database.visits.insert(row)
            self._database.update_visit_digest(visit)
            self._insert_shot(visit, shot, draft.taken_at, camera)
        return visit

    def add_shot(self, visit: str, shot: StoredFile, camera: Mapping[str, Any] | None = None) -> None:
        """A retake: the newest shot is the chosen one, the earlier ones stay until the server has the visit."""
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            first = self._reader.shots(visit)[0]
            zone = datetime.fromisoformat(first["taken_at"]).tzinfo
            self._insert_shot(visit, shot, datetime.fromtimestamp(self._clock(), zone), camera)

    def choose_shot(self, visit: str, shot: StoredFile) -> None:
        """Of several shots of the visit this one is the chosen one from now on, as if it were the newest."""
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            newest = self._database.rows(_NEWEST_SHOT)[0]["seq"]  # of all visits: a number belongs to one shot only
            where = "visit = :visit AND original = :original"
            self._database.update("shots", {"seq": newest + 1}, where, visit=visit, original=stored_file_to_json(shot))

    def remove_shot(self, visit: str, shot: StoredFile) -> bool:
        """Forgets a shot whose file never came to be, and the visit with it if it has no other; whether it has."""
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            self._database.shots.delete_where("visit = ? AND original = ?", [visit, stored_file_to_json(shot)])
            left = bool(self._reader.shots(visit))
            if not left:
                self._database.visits.delete_where("id = ?", [visit])
        return left

    def record_result(
        self,
        visit: str,
        portrait: StoredFile | None,
        recipe: Mapping[str, Any] | None,
        verdicts: Sequence[Mapping[str, Any]],
        error: str = "",
        shot: StoredFile | None = None,
    ) -> None:
        """What the photo engine made of `shot` (of the newest where none is named); without a portrait, `error` gives
        the reason. May be repeated."""
        values = {
            "portrait": stored_file_to_json(portrait) if portrait else None,
            "recipe": to_json(recipe) if recipe else None,
            "verdicts": to_json(list(verdicts)),
            "error": error,
        }
        parse_verdicts(
            str(values["verdicts"])
        )  # what the server would not understand is refused here, where it was made
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            original = stored_file_to_json(shot) if shot else self._reader.shots(visit)[-1]["original"]
            where = "visit = :visit AND original = :original"
            self._database.update("shots", values, where, visit=visit, original=original)
            self._database.update_shot_digests("visit = ? AND original = ?", [visit, original])

    def mark_ready(self, visit: str, outcome: VisitOutcome) -> None:
        """The visit is over and may be sent."""
        now = self._clock()
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            self._set_state(visit, OutboxState.READY, outcome=outcome.value, ready_at=now, retry_at=0.0)
        self._backups.count_change()

    def lease(self, seconds: float) -> OutboxVisit | None:
        """Hands the oldest visit that is due to one worker for so many seconds; None when nothing is due.

        Raises Problem (upload.unreadable_row) for a visit that cannot be understood; it is put off, so that the next
        call hands out the one behind it.
        """
        now = self._clock()
        seconds = min(seconds, MAX_WAIT_S)
        with self._database.transaction():
            most = len(self._leases) + 1
            rows = self._database.rows(_DUE, now=now, horizon=now + MAX_WAIT_S, most=most)
            row = next((row for row in rows if not self._is_leased_here(row["id"])), None)
            if row is None:
                return None
            attempts = row["attempts"] + 1 if isinstance(row["attempts"], int) else 1
            changes = {"state": OutboxState.LEASED.value, "leased_until": now + seconds, "attempts": attempts}
            self._database.visits.update(row["seq"], changes)
            row = {**row, **changes}
        if self._monotonic is not None:
            self._leases[row["id"]] = self._monotonic() + seconds
        return self._read_leased(row)

    def mark_sent(self, visit: str, receipt: SubmissionReceipt) -> None:
        """The server has it. Raises Problem (upload.wrong_hash), changing nothing, unless it has what we have."""
        with self._database.transaction():
            if self._state_of(visit) is OutboxState.SENT:
                return
            self._require_state(visit, OutboxState.READY, OutboxState.LEASED, OutboxState.REJECTED)
            item = self._reader.visit(visit)
            if not receipt.matches(item.submission()):
                raise Problem("upload.wrong_hash")
            # Earlier shots are not sent, but the envelope that the server has names them as retaken.
            hashes = sorted(_file_hashes(item))
            self._sent_log.add(visit, hashes, self._clock())
            now = {"sent_at": self._clock(), "confirmed_sha256": json.dumps(hashes)}
            self._set_state(visit, OutboxState.SENT, **now, last_error="", rejection=None)
        self._leases.pop(visit, None)
        self._backups.count_change()

    def mark_rejected(self, visit: str, rejection: Rejection) -> None:
        """The server's no: the visit stays, seen by the operator, until `retry`. Without a lease nothing changes."""
        with self._database.transaction():
            if self._state_of(visit) is OutboxState.LEASED:
                values = {
                    "rejection": rejection.model_dump_json(),
                    "last_error": rejection.en,
                    "failed_at": self._clock(),
                }
                self._set_state(visit, OutboxState.REJECTED, **values)
        self._leases.pop(visit, None)

    def mark_failed(self, visit: str, error: str, retry_in: float) -> None:
        """It did not work this time. Without a lease (another worker sent it meanwhile) this changes nothing."""
        now = self._clock()
        with self._database.transaction():
            if self._state_of(visit) is OutboxState.LEASED:
                retry_at = now + min(max(retry_in, 0.0), MAX_WAIT_S)
                self._set_state(visit, OutboxState.READY, retry_at=retry_at, last_error=error, failed_at=now)
        self._leases.pop(visit, None)

    def retry(self, visit: str) -> None:
        """A person resolved the refusal."""
        with self._database.transaction():
            self._require_state(visit, OutboxState.REJECTED)
            self._set_state(visit, OutboxState.READY, rejection=None, retry_at=0.0, last_error="")

    def release_leases(self) -> None:
        """Makes every leased visit due again. Only for the start, when nobody else can be sending from this outbox."""
        with self._database.transaction():
            values = {"state": OutboxState.READY.value, "leased_until": None, "retry_at": 0.0}
            self._database.update("visits", values, "state = 'leased'")
        self._leases.clear()

    def next_due(self) -> float | None:
        """When the next visit may be sent, in the clock's seconds, past or future; None when none waits."""
        with self._database.reading():
            return self._database.rows(_NEXT_DUE)[0]["at"]  # type: ignore[no-any-return]

    def stats(self) -> QueueStats:
        with self._database.reading():
            by_state = {row["state"]: row for row in self._database.rows(_COUNTS)}
            error = self._database.rows(_LAST_ERROR)
        numbers = {state.value: by_state[state]["n"] if state in by_state else 0 for state in OutboxState}
        waiting = [row["oldest"] for state, row in by_state.items() if state in (OutboxState.READY, OutboxState.LEASED)]
        return QueueStats(
            **numbers,
            unreadable=len(self._reader.unreadable),
            oldest_waiting_since=min((at for at in waiting if isinstance(at, float)), default=None),
            last_error=str(error[0]["last_error"]) if error else "",
        )

    def open_visits(self) -> list[OutboxVisit]:
        """Visits that a crash left open, oldest first. Only for the start, before the first new visit."""
        with self._database.reading():
            return self._reader.visits(self._database.visits.rows_where("state = 'open'", order_by="seq"))

    def entries(self) -> list[QueueEntry]:
        """All visits for the operator's list, newest first."""
        with self._database.reading():
            return self._reader.entries(self._database.visits.rows_where(order_by="seq DESC"))

    def unsent_entries(self, limit: int) -> list[QueueEntry]:
        """The newest visits that the server does not have yet, for the operator's page."""
        with self._database.reading():
            newest = self._database.visits.rows_where("state != 'sent'", order_by="seq DESC", limit=limit)
            return self._reader.entries(newest)

    def get(self, visit: str) -> OutboxVisit:
        """One visit. Raises KeyError for an id that is not here."""
        with self._database.reading():
            return self._reader.visit(visit)

    def waiting_students(self) -> set[str]:
        """Ids of the students whose visit the server does not have yet."""
        with self._database.reading():
            return set(map(str, self._database.column("SELECT student FROM visits WHERE state != 'sent'")))

    def files(self) -> set[Path]:
        """Every file that a visit still needs, also one that only a damaged row names."""
        return {self._folder / place for place in self._reader.relative_paths()}

    def file_names(self) -> set[str]:
        """As `files`, the names alone."""
        return {place.rpartition("/")[2] for place in self._reader.relative_paths()}

    def purge_sent(self, originals: FileStore) -> int:
        """Deletes the pictures of visits that the server has, then what the row says of the person; returns how many.

        A file goes only where the server has confirmed its hash. In this order: after a crash in between, the files are
        dropped once more, which is harmless.
        """
        with self._database.reading():
            visits = list(self._database.visits.rows_where(_UNPURGED, select="id, seq, confirmed_sha256"))
        for visit in visits:
            confirmed = parse_hashes(visit["confirmed_sha256"])
            with self._database.reading():
                files = self._reader.files_of(visit["id"])
            for file in files:
                if file.sha256 in confirmed:
                    originals.delete(file)
            with self._database.transaction():
                self._database.shots.delete_where("visit = ?", [visit["id"]])
                person = {"name": "", "student": "", "consent": None, "private": None, "progress_token": None}
                self._database.visits.update(visit["seq"], {**person, "purged_at": self._clock()})
        return len(visits)

    @property
    def database(self) -> OutboxDatabase:
        """The database, for kiosk.upload.outbox.repair."""
        return self._database

    @property
    def folder(self) -> Path:
        """The data folder: where the database is, and the folders of files."""
        return self._folder

    @property
    def sent_log(self) -> SentLog:
        return self._sent_log

    @property
    def unreadable(self) -> frozenset[str]:
        """Ids of the visits whose rows are damaged, as far as anybody has tried to read them."""
        return self._reader.unreadable

    def mark_repaired(self, visits: Collection[str]) -> None:
        """The rows of these visits can be read again."""
        self._reader.mark_repaired(visits)

    def encrypt_private(self, draft: VisitDraft) -> str | None:
        """The content of the column `private`; None where there is nothing to encrypt."""
        return self._private.encrypt(draft)

    def _insert_shot(self, visit: str, shot: StoredFile, taken_at: datetime, camera: Mapping[str, Any] | None) -> None:
        row = {"visit": visit, "taken_at": taken_at.isoformat(), "original": stored_file_to_json(shot)}
        self._database.shots.insert({**row, "camera": to_json(camera or {})})
        self._database.update_shot_digests("visit = ? AND original = ?", [visit, row["original"]])

    def _set_state(self, visit: str, state: OutboxState, **changes: object) -> None:
        values = {"leased_until": None, **changes, "state": state.value}
        self._database.update("visits", values, "id = :id", id=visit)

    def _read_leased(self, row: Row) -> OutboxVisit:
        try:
            with self._database.reading():
                return self._reader.visit_from_row(row)
        except ROW_ERRORS as error:
            self._reader.report_unreadable(row, error)
            problem = Problem("upload.unreadable_row", visit=row["id"])
            now = self._clock()
            values = {"state": OutboxState.READY.value, "leased_until": None, "retry_at": now + MAX_WAIT_S}
            with self._database.transaction():
                reported = {"last_error": str(problem), "failed_at": now}
                self._database.visits.update(row["seq"], {**values, **reported})
            self._leases.pop(row["id"], None)
            raise problem from error

    def _is_leased_here(self, visit: str) -> bool:
        """Whether this process handed the visit out and its time is not over, whatever the clock says."""
        return self._monotonic is not None and self._monotonic() < self._leases.get(visit, -inf)

    def _state_of(self, visit: str) -> OutboxState:
        return OutboxState(self._database.visit_row(visit)["state"])

    def _require_state(self, visit: str, *states: OutboxState) -> None:
        state = self._state_of(visit)
        if state not in states:
            raise ValueError(f"Visit {visit} is {state}, not {' or '.join(states)}.")


def _file_hashes(item: OutboxVisit) -> set[str]:
    """Of every file of the visit."""
    return {file.sha256 for shot in item.shots for file in (shot.original, shot.portrait) if file is not None}
