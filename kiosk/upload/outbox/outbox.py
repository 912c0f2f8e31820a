"""The outbox: every visit is written here before anything else happens to it, and stays until the server has it.

What a method has returned from survives a power cut. Every method is one short transaction and may be called from any
thread, and from several processes on the same file. A row that cannot be read is reported and left out; the others
go on.
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from config.errors import Problem
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.upload.envelope import Rejection, SubmissionReceipt, VisitOutcome
from kiosk.upload.outbox.backup import Backups, copy_database
from kiosk.upload.outbox.database import OutboxDatabase
from kiosk.upload.outbox.models import OutboxState, OutboxVisit, QueueEntry, QueueStats, VisitDraft
from kiosk.upload.outbox.rows import (
    ROW_ERRORS,
    Row,
    entry_from_row,
    parse_hashes,
    parse_verdicts,
    shot_digest,
    stored_file_from_json,
    stored_file_to_json,
    stored_path_of,
    to_json,
    visit_digest,
    visit_from_row,
)
from kiosk.upload.outbox.sent_log import SentLog

__all__ = ["Outbox", "OutboxState", "OutboxVisit", "QueueEntry", "QueueStats", "VisitDraft"]

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_WAIT_S: Final = 3600.0
"""Seconds. No lease and no pause is longer; a time further ahead than that is a clock that was set back."""
BACKUP_EVERY_VISITS: Final = 10
"""So many finished or sent visits after which the outbox is copied."""
MIN_BACKUP_INTERVAL_S: Final = 60.0
"""Seconds between two copies at least."""
BACKUP_PAUSE_FACTOR: Final = 100.0
"""A copy of a very long queue takes seconds: the pause is so many times as long."""

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
_NEWEST_SHOT: Final = "SELECT max(seq) AS seq FROM shots"
_FILES: Final = "SELECT {0} FROM shots WHERE {0} IS NOT NULL"
_UNPURGED: Final = "SELECT id, seq, confirmed_sha256 FROM visits WHERE state = 'sent' AND purged_at IS NULL"


class Cipher(Protocol):
    """What the outbox needs of kiosk.upload.encryption.FileCipher."""

    def encrypt(self, data: bytes) -> bytes: ...

    def decrypt(self, encrypted: bytes) -> bytes: ...


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
        self._clock, self._cipher, self._monotonic = clock, cipher, monotonic
        self.path = path.absolute()
        self._folder = self.path.parent
        self._database = OutboxDatabase(path)
        self._sent_log = SentLog(self._folder / "sent-visits.jsonl")
        self._backups = Backups(self._folder / "outbox-backups")
        self._changes = 0
        self._next_backup = -inf
        self._leases: dict[str, float] = {}
        self._unreadable: set[str] = set()

    def close(self) -> None:
        if self._changes:
            self.back_up()
        self._database.close()

    def back_up(self) -> None:
        """Copies the database, whole and checked, to the folder of copies."""
        began = time.monotonic()
        with self._database.connection() as connection:
            self._backups.make(connection)
        ended = time.monotonic()
        self._changes, self._next_backup = 0, ended + max(MIN_BACKUP_INTERVAL_S, BACKUP_PAUSE_FACTOR * (ended - began))

    def copy_to(self, path: Path) -> None:
        """Keeps the database as it is, before damaged rows are replaced."""
        try:
            with self._database.connection() as connection:
                copy_database(connection, path)
        except (OSError, sqlite3.Error) as error:
            log.error("the damaged outbox was not copied: %s", error)

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
            "private": self.encrypt_private(draft),
        }
        with self._database.transaction():
            self._database.insert("visits", row)
            self._update_visit_digest(visit)
            self._insert_shot(visit, shot, draft.taken_at, camera)
        return visit

    def add_shot(self, visit: str, shot: StoredFile, camera: Mapping[str, Any] | None = None) -> None:
        """A retake: the newest shot is the chosen one, the earlier ones stay until the server has the visit."""
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            first = self._shots(visit)[0]
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
            self._database.delete(
                "shots", "visit = :visit AND original = :original", visit=visit, original=stored_file_to_json(shot)
            )
            left = bool(self._shots(visit))
            if not left:
                self._database.delete("visits", "id = :id", id=visit)
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
            original = stored_file_to_json(shot) if shot else self._shots(visit)[-1]["original"]
            where = "visit = :visit AND original = :original"
            self._database.update("shots", values, where, visit=visit, original=original)
            self._update_shot_digest(visit, original)

    def mark_ready(self, visit: str, outcome: VisitOutcome) -> None:
        """The visit is over and may be sent."""
        now = self._clock()
        with self._database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            self._set_state(visit, OutboxState.READY, outcome=outcome.value, ready_at=now, retry_at=0.0)
        self._back_up_if_due()

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
            self._database.update("visits", changes, "seq = :seq", seq=row["seq"])
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
            item = self._get(visit)
            if not receipt.matches(item.submission()):
                raise Problem("upload.wrong_hash")
            # Earlier shots are not sent, but the envelope that the server has names them as retaken.
            hashes = sorted(_file_hashes(item))
            self._sent_log.add(visit, hashes, self._clock())
            now = {"sent_at": self._clock(), "confirmed_sha256": json.dumps(hashes)}
            self._set_state(visit, OutboxState.SENT, **now, last_error="", rejection=None)
        self._leases.pop(visit, None)
        self._back_up_if_due()

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
            unreadable=len(self._unreadable),
            oldest_waiting_since=min((at for at in waiting if isinstance(at, float)), default=None),
            last_error=str(error[0]["last_error"]) if error else "",
        )

    def open_visits(self) -> list[OutboxVisit]:
        """Visits that a crash left open, oldest first. Only for the start, before the first new visit."""
        with self._database.reading():
            rows = self._database.rows("SELECT * FROM visits WHERE state = 'open' ORDER BY seq")
            return self._read_all(rows, self._visit_from_row)

    def entries(self) -> list[QueueEntry]:
        """All visits for the operator's list, newest first."""
        with self._database.reading():
            return self._read_all(self._database.rows("SELECT * FROM visits ORDER BY seq DESC"), entry_from_row)

    def unsent_entries(self, limit: int) -> list[QueueEntry]:
        """The newest visits that the server does not have yet, for the operator's page."""
        wanted = "SELECT * FROM visits WHERE state != 'sent' ORDER BY seq DESC LIMIT :most"
        with self._database.reading():
            return self._read_all(self._database.rows(wanted, most=limit), entry_from_row)

    def get(self, visit: str) -> OutboxVisit:
        """One visit. Raises KeyError for an id that is not here."""
        with self._database.reading():
            return self._get(visit)

    def waiting_students(self) -> set[str]:
        """Ids of the students whose visit the server does not have yet."""
        with self._database.reading():
            return set(map(str, self._database.column("SELECT student FROM visits WHERE state != 'sent'")))

    def files(self) -> set[Path]:
        """Every file that a visit still needs, also one that only a damaged row names."""
        return {self._folder / place for place in self._relative_paths()}

    def file_names(self) -> set[str]:
        """As `files`, the names alone."""
        return {place.rpartition("/")[2] for place in self._relative_paths()}

    def purge_sent(self, originals: FileStore) -> int:
        """Deletes the pictures of visits that the server has, then what the row says of the person; returns how many.

        A file goes only where the server has confirmed its hash. In this order: after a crash in between, the files are
        dropped once more, which is harmless.
        """
        with self._database.reading():
            visits = self._database.rows(_UNPURGED)
        for visit in visits:
            confirmed = parse_hashes(visit["confirmed_sha256"])
            for file in self._files_of(visit["id"]):
                if file.sha256 in confirmed:
                    originals.delete(file)
            with self._database.transaction():
                self._database.delete("shots", "visit = :visit", visit=visit["id"])
                person = {"name": "", "student": "", "consent": None, "private": None, "progress_token": None}
                self._database.update("visits", {**person, "purged_at": self._clock()}, "seq = :seq", seq=visit["seq"])
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
        return frozenset(self._unreadable)

    def _relative_paths(self) -> set[str]:
        with self._database.reading():
            texts = [
                text for column in ("original", "portrait") for text in self._database.column(_FILES.format(column))
            ]
        return {stored_path_of(text) for text in texts} - {""}

    def _files_of(self, visit: str) -> list[StoredFile]:
        """The files that the rows of a visit name, as far as they can be read."""
        with self._database.reading():
            texts = [row[column] for row in self._shots(visit) for column in ("original", "portrait") if row[column]]
        return self._read_all(texts, lambda text: stored_file_from_json(text, self._folder))

    def _insert_shot(self, visit: str, shot: StoredFile, taken_at: datetime, camera: Mapping[str, Any] | None) -> None:
        row = {"visit": visit, "taken_at": taken_at.isoformat(), "original": stored_file_to_json(shot)}
        self._database.insert("shots", {**row, "camera": to_json(camera or {})})
        self._update_shot_digest(visit, row["original"])

    def _set_state(self, visit: str, state: OutboxState, **changes: object) -> None:
        values = {"leased_until": None, **changes, "state": state.value}
        self._database.update("visits", values, "id = :id", id=visit)

    def _shots(self, visit: str) -> list[dict[str, Any]]:
        return self._database.rows("SELECT * FROM shots WHERE visit = :visit ORDER BY seq", visit=visit)

    def _get(self, visit: str) -> OutboxVisit:
        rows = self._database.rows("SELECT * FROM visits WHERE id = :id", id=visit)
        if not rows:
            raise KeyError(visit)
        return self._visit_from_row(rows[0])

    def _visit_from_row(self, row: Row) -> OutboxVisit:
        return visit_from_row(row, self._shots(row["id"]), self._folder, self._decrypt_private(row["private"]))

    def encrypt_private(self, draft: VisitDraft) -> str | None:
        """What is stored of an ID number and of other enrolments, encrypted; None where there is nothing."""
        if draft.last_four is None and not draft.last_four_confirmed and not draft.also_for:
            return None
        if self._cipher is None:
            raise ValueError("An outbox without a vault stores nothing of an ID number.")
        names = ("last_four", "last_four_confirmed", "also_for")
        text = json.dumps({name: getattr(draft, name) for name in names})
        return base64.b64encode(self._cipher.encrypt(text.encode())).decode("ascii")

    def _decrypt_private(self, private: str | None) -> Mapping[str, Any]:
        if not private or self._cipher is None:
            return {}
        try:
            return dict(json.loads(self._cipher.decrypt(base64.b64decode(private))))
        except Problem as problem:
            raise ValueError(str(problem)) from problem

    def _update_visit_digest(self, visit: str) -> None:
        """Notes the digest of the row as the database has it."""
        for row in self._database.rows("SELECT * FROM visits WHERE id = :id", id=visit):
            self._database.update("visits", {"digest": visit_digest(row)}, "seq = :seq", seq=row["seq"])

    def _update_shot_digest(self, visit: str, original: str) -> None:
        wanted = "SELECT * FROM shots WHERE visit = :visit AND original = :original"
        for row in self._database.rows(wanted, visit=visit, original=original):
            self._database.update("shots", {"digest": shot_digest(row)}, "seq = :seq", seq=row["seq"])

    def _read_all(self, rows: Iterable[Any], read: Callable[[Any], T]) -> list[T]:
        """What can be read; the others are counted, and logged once."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except ROW_ERRORS as error:
                self._report_unreadable(row, error)
        return found

    def mark_repaired(self, visits: Collection[str]) -> None:
        """The rows of these visits can be read again."""
        self._unreadable -= set(visits)

    def _report_unreadable(self, row: Row | str, error: Exception) -> None:
        visit = str(row["id"]) if isinstance(row, Mapping) else ""
        if visit not in self._unreadable:
            log.error("a row of the outbox cannot be read (visit %s): %s", visit or "?", type(error).__name__)
        if visit:
            self._unreadable.add(visit)

    def _read_leased(self, row: Row) -> OutboxVisit:
        try:
            with self._database.reading():
                return self._visit_from_row(row)
        except ROW_ERRORS as error:
            self._report_unreadable(row, error)
            problem = Problem("upload.unreadable_row", visit=row["id"])
            now = self._clock()
            values = {"state": OutboxState.READY.value, "leased_until": None, "retry_at": now + MAX_WAIT_S}
            with self._database.transaction():
                reported = {"last_error": str(problem), "failed_at": now}
                self._database.update("visits", {**values, **reported}, "seq = :seq", seq=row["seq"])
            self._leases.pop(row["id"], None)
            raise problem from error

    def _is_leased_here(self, visit: str) -> bool:
        """Whether this process handed the visit out and its time is not over, whatever the clock says."""
        return self._monotonic is not None and self._monotonic() < self._leases.get(visit, -inf)

    def _back_up_if_due(self) -> None:
        self._changes += 1
        if self._changes >= BACKUP_EVERY_VISITS and time.monotonic() >= self._next_backup:
            self.back_up()

    def _state_of(self, visit: str) -> OutboxState:
        rows = self._database.rows("SELECT state FROM visits WHERE id = :id", id=visit)
        if not rows:
            raise KeyError(visit)
        return OutboxState(rows[0]["state"])

    def _require_state(self, visit: str, *states: OutboxState) -> None:
        state = self._state_of(visit)
        if state not in states:
            raise ValueError(f"Visit {visit} is {state}, not {' or '.join(states)}.")


def _file_hashes(item: OutboxVisit) -> set[str]:
    """Of every file of the visit."""
    return {file.sha256 for shot in item.shots for file in (shot.original, shot.portrait) if file is not None}
