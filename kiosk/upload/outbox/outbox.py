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
from kiosk.capture.storage import Kept, Originals
from kiosk.upload.envelope import Accepted, Ending, Refused
from kiosk.upload.outbox.backup import Backups, copy_database
from kiosk.upload.outbox.database import Store
from kiosk.upload.outbox.models import Counts, Item, QueuedVisit, State, VisitDraft
from kiosk.upload.outbox.rows import (
    UNREADABLE,
    Row,
    hashes_of,
    item_of,
    kept_of,
    kept_to_json,
    place_of,
    queued_of,
    shot_digest,
    to_json,
    verdicts_of,
    visit_digest,
)
from kiosk.upload.outbox.sent_log import SentLog

__all__ = ["Counts", "Item", "Outbox", "QueuedVisit", "State", "VisitDraft"]

log = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_WAIT: Final = 3600.0
"""Seconds. No lease and no pause is longer; a time further ahead than that is a clock that was set back."""
BACKUP_AFTER: Final = 10
"""So many finished or sent visits after which the outbox is copied."""
BACKUP_PAUSE: Final = 60.0
"""Seconds between two copies at least."""
BACKUP_SHARE: Final = 100.0
"""A copy of a very long queue takes seconds: the pause is so many times as long."""

_DUE: Final = """
SELECT * FROM visits
WHERE state IN ('ready', 'leased')
  AND NOT (coalesce(leased_until, next_at) > :now AND coalesce(leased_until, next_at) <= :horizon)
ORDER BY seq LIMIT :most
"""
_NEXT_DUE: Final = "SELECT min(coalesce(leased_until, next_at)) AS at FROM visits WHERE state IN ('ready', 'leased')"
_COUNTS: Final = "SELECT state, count(*) AS n, min(ready_at) AS oldest FROM visits GROUP BY state"
_LAST_ERROR: Final = """
SELECT last_error FROM visits WHERE state IN ('ready', 'leased', 'refused') AND last_error != ''
ORDER BY failed_at DESC LIMIT 1
"""
_NEWEST_SHOT: Final = "SELECT max(seq) AS seq FROM shots"
_FILES: Final = "SELECT {0} FROM shots WHERE {0} IS NOT NULL"
_UNPURGED: Final = "SELECT id, seq, confirmed FROM visits WHERE state = 'sent' AND purged_at IS NULL"


class Seals(Protocol):
    """What the outbox needs of kiosk.upload.encryption.Vault."""

    def seal(self, data: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes: ...


class Outbox:
    """`path` is the database file; `clock` tells seconds since 1970, as time.time does.

    The files of the visits lie in a folder beside the database, wherever both are today. `vault` encrypts what is
    stored of an ID number. With `steady`, a clock that is never set (time.monotonic), a visit that this process is
    sending is not handed out again because the clock was set.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        vault: Seals | None = None,
        steady: Callable[[], float] | None = None,
    ) -> None:
        self._clock, self._vault, self._steady = clock, vault, steady
        self.path = path.absolute()
        self._folder = self.path.parent
        self._store = Store(path)
        self._sent_log = SentLog(self._folder / "sent-visits.jsonl")
        self._backups = Backups(self._folder / "outbox-backups")
        self._changes = 0
        self._next_backup = -inf
        self._sending: dict[str, float] = {}
        self._unreadable: set[str] = set()

    def close(self) -> None:
        if self._changes:
            self.back_up()
        self._store.close()

    def back_up(self) -> None:
        """Copies the database, whole and checked, to the folder of copies."""
        began = time.monotonic()
        with self._store.connection() as connection:
            self._backups.make(connection)
        ended = time.monotonic()
        self._changes, self._next_backup = 0, ended + max(BACKUP_PAUSE, BACKUP_SHARE * (ended - began))

    def copy_to(self, path: Path) -> None:
        """Keeps the database as it is, before damaged rows are replaced."""
        try:
            with self._store.connection() as connection:
                copy_database(connection, path)
        except (OSError, sqlite3.Error) as error:
            log.error("the damaged outbox was not copied: %s", error)

    def begin(self, draft: VisitDraft, shot: Kept, camera: Mapping[str, Any] | None = None) -> str:
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
            "begun_at": self._clock(),
            "progress_token": draft.progress_token,
            "private": self.private_of(draft),
        }
        with self._store.transaction():
            self._store.insert("visits", row)
            self._sign_visit(visit)
            self._insert_shot(visit, shot, draft.taken_at, camera)
        return visit

    def add_shot(self, visit: str, shot: Kept, camera: Mapping[str, Any] | None = None) -> None:
        """A retake: the newest shot is the chosen one, the earlier ones stay until the server has the visit."""
        with self._store.transaction():
            self._must_be(visit, State.OPEN)
            first = self._shots(visit)[0]
            zone = datetime.fromisoformat(first["taken_at"]).tzinfo
            self._insert_shot(visit, shot, datetime.fromtimestamp(self._clock(), zone), camera)

    def choose(self, visit: str, shot: Kept) -> None:
        """Of several shots of the visit this one is the chosen one from now on, as if it were the newest."""
        with self._store.transaction():
            self._must_be(visit, State.OPEN)
            newest = self._store.rows(_NEWEST_SHOT)[0]["seq"]  # of all visits: a number belongs to one shot only
            where = "visit = :visit AND original = :original"
            self._store.update("shots", {"seq": newest + 1}, where, visit=visit, original=kept_to_json(shot))

    def drop_shot(self, visit: str, shot: Kept) -> bool:
        """Forgets a shot whose file never came to be, and the visit with it if it has no other; whether it has."""
        with self._store.transaction():
            self._must_be(visit, State.OPEN)
            self._store.delete(
                "shots", "visit = :visit AND original = :original", visit=visit, original=kept_to_json(shot)
            )
            left = bool(self._shots(visit))
            if not left:
                self._store.delete("visits", "id = :id", id=visit)
        return left

    def portrait(
        self,
        visit: str,
        portrait: Kept | None,
        recipe: Mapping[str, Any] | None,
        verdicts: Sequence[Mapping[str, Any]],
        trouble: str = "",
        shot: Kept | None = None,
    ) -> None:
        """What the photo engine made of `shot` (of the newest where none is named); without a portrait, `trouble` says
        why. May be said again."""
        values = {
            "portrait": kept_to_json(portrait) if portrait else None,
            "recipe": to_json(recipe) if recipe else None,
            "verdicts": to_json(list(verdicts)),
            "trouble": trouble,
        }
        verdicts_of(str(values["verdicts"]))  # what the server would not understand is refused here, where it was made
        with self._store.transaction():
            self._must_be(visit, State.OPEN)
            original = kept_to_json(shot) if shot else self._shots(visit)[-1]["original"]
            where = "visit = :visit AND original = :original"
            self._store.update("shots", values, where, visit=visit, original=original)
            self._sign_shot(visit, original)

    def ready(self, visit: str, ending: Ending) -> None:
        """The visit is over and may be sent."""
        now = self._clock()
        with self._store.transaction():
            self._must_be(visit, State.OPEN)
            self._move(visit, State.READY, ending=ending.value, ready_at=now, next_at=0.0)
        self._count_change()

    def lease(self, seconds: float) -> Item | None:
        """Hands the oldest visit that is due to one worker for so many seconds; None when nothing is due.

        Raises Problem (upload.unreadable_row) for a visit that cannot be understood; it is put off, so that the next
        call hands out the one behind it.
        """
        now = self._clock()
        seconds = min(seconds, LONGEST_WAIT)
        with self._store.transaction():
            most = len(self._sending) + 1
            rows = self._store.rows(_DUE, now=now, horizon=now + LONGEST_WAIT, most=most)
            row = next((row for row in rows if not self._is_sending(row["id"])), None)
            if row is None:
                return None
            attempts = row["attempts"] + 1 if isinstance(row["attempts"], int) else 1
            changes = {"state": State.LEASED.value, "leased_until": now + seconds, "attempts": attempts}
            self._store.update("visits", changes, "seq = :seq", seq=row["seq"])
            row = {**row, **changes}
        if self._steady is not None:
            self._sending[row["id"]] = self._steady() + seconds
        return self._readable(row)

    def sent(self, visit: str, accepted: Accepted) -> None:
        """The server has it. Raises Problem (upload.wrong_hash), changing nothing, unless it has what we have."""
        with self._store.transaction():
            if self._state(visit) is State.SENT:
                return
            self._must_be(visit, State.READY, State.LEASED, State.REFUSED)
            item = self._item(visit)
            if not accepted.confirms(item.submission()):
                raise Problem("upload.wrong_hash")
            # Earlier shots are not sent, but the envelope that the server has names them as retaken.
            hashes = sorted(_hashes(item))
            self._sent_log.add(visit, hashes, self._clock())
            now = {"sent_at": self._clock(), "confirmed": json.dumps(hashes)}
            self._move(visit, State.SENT, **now, last_error="", refused=None)
        self._sending.pop(visit, None)
        self._count_change()

    def refused(self, visit: str, refused: Refused) -> None:
        """The server's no: the visit stays, seen by the operator, until `resend`. Without a lease nothing changes."""
        with self._store.transaction():
            if self._state(visit) is State.LEASED:
                values = {"refused": refused.model_dump_json(), "last_error": refused.en, "failed_at": self._clock()}
                self._move(visit, State.REFUSED, **values)
        self._sending.pop(visit, None)

    def failed(self, visit: str, words: str, retry_in: float) -> None:
        """It did not work this time. Without a lease (another worker sent it meanwhile) this changes nothing."""
        now = self._clock()
        with self._store.transaction():
            if self._state(visit) is State.LEASED:
                next_at = now + min(max(retry_in, 0.0), LONGEST_WAIT)
                self._move(visit, State.READY, next_at=next_at, last_error=words, failed_at=now)
        self._sending.pop(visit, None)

    def resend(self, visit: str) -> None:
        """A person resolved the refusal."""
        with self._store.transaction():
            self._must_be(visit, State.REFUSED)
            self._move(visit, State.READY, refused=None, next_at=0.0, last_error="")

    def reclaim(self) -> None:
        """Makes every leased visit due again. Only for the start, when nobody else can be sending from this outbox."""
        with self._store.transaction():
            values = {"state": State.READY.value, "leased_until": None, "next_at": 0.0}
            self._store.update("visits", values, "state = 'leased'")
        self._sending.clear()

    def next_due(self) -> float | None:
        """When the next visit may be sent, in the clock's seconds, past or future; None when none waits."""
        with self._store.reading():
            return self._store.rows(_NEXT_DUE)[0]["at"]  # type: ignore[no-any-return]

    def counts(self) -> Counts:
        with self._store.reading():
            by_state = {row["state"]: row for row in self._store.rows(_COUNTS)}
            error = self._store.rows(_LAST_ERROR)
        numbers = {state.value: by_state[state]["n"] if state in by_state else 0 for state in State}
        waiting = [row["oldest"] for state, row in by_state.items() if state in (State.READY, State.LEASED)]
        return Counts(
            **numbers,
            unreadable=len(self._unreadable),
            oldest_waiting_since=min((at for at in waiting if isinstance(at, float)), default=None),
            last_error=str(error[0]["last_error"]) if error else "",
        )

    def interrupted(self) -> list[Item]:
        """Visits that a crash left open, oldest first. Only for the start, before the first new visit."""
        with self._store.reading():
            rows = self._store.rows("SELECT * FROM visits WHERE state = 'open' ORDER BY seq")
            return self._each(rows, self._item_of)

    def items(self) -> list[QueuedVisit]:
        """All visits for the operator's list, newest first."""
        with self._store.reading():
            return self._each(self._store.rows("SELECT * FROM visits ORDER BY seq DESC"), queued_of)

    def unsent(self, most: int) -> list[QueuedVisit]:
        """The newest visits that the server does not have yet, for the operator's page."""
        wanted = "SELECT * FROM visits WHERE state != 'sent' ORDER BY seq DESC LIMIT :most"
        with self._store.reading():
            return self._each(self._store.rows(wanted, most=most), queued_of)

    def item(self, visit: str) -> Item:
        """One visit. Raises KeyError for an id that is not here."""
        with self._store.reading():
            return self._item(visit)

    def waiting_students(self) -> set[str]:
        """Ids of the students whose visit the server does not have yet."""
        with self._store.reading():
            return set(map(str, self._store.column("SELECT student FROM visits WHERE state != 'sent'")))

    def files(self) -> set[Path]:
        """Every file that a visit still needs, also one that only a damaged row names."""
        return {self._folder / place for place in self._places()}

    def file_names(self) -> set[str]:
        """As `files`, the names alone."""
        return {place.rpartition("/")[2] for place in self._places()}

    def purge_sent(self, originals: Originals) -> int:
        """Deletes the pictures of visits that the server has, then what the row says of the person; returns how many.

        A file goes only where the server has confirmed its hash. In this order: after a crash in between, the files are
        dropped once more, which is harmless.
        """
        with self._store.reading():
            visits = self._store.rows(_UNPURGED)
        for visit in visits:
            confirmed = hashes_of(visit["confirmed"])
            for file in self._files_of(visit["id"]):
                if file.sha256 in confirmed:
                    originals.drop(file)
            with self._store.transaction():
                self._store.delete("shots", "visit = :visit", visit=visit["id"])
                person = {"name": "", "student": "", "consent": None, "private": None, "progress_token": None}
                self._store.update("visits", {**person, "purged_at": self._clock()}, "seq = :seq", seq=visit["seq"])
        return len(visits)

    @property
    def store(self) -> Store:
        """The database, for kiosk.upload.outbox.repair."""
        return self._store

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

    def _places(self) -> set[str]:
        with self._store.reading():
            texts = [text for column in ("original", "portrait") for text in self._store.column(_FILES.format(column))]
        return {place_of(text) for text in texts} - {""}

    def _files_of(self, visit: str) -> list[Kept]:
        """The files that the rows of a visit name, as far as they can be read."""
        with self._store.reading():
            texts = [row[column] for row in self._shots(visit) for column in ("original", "portrait") if row[column]]
        return self._each(texts, lambda text: kept_of(text, self._folder))

    def _insert_shot(self, visit: str, shot: Kept, taken_at: datetime, camera: Mapping[str, Any] | None) -> None:
        row = {"visit": visit, "taken_at": taken_at.isoformat(), "original": kept_to_json(shot)}
        self._store.insert("shots", {**row, "camera": to_json(camera or {})})
        self._sign_shot(visit, row["original"])

    def _move(self, visit: str, state: State, **changes: object) -> None:
        values = {"leased_until": None, **changes, "state": state.value}
        self._store.update("visits", values, "id = :id", id=visit)

    def _shots(self, visit: str) -> list[dict[str, Any]]:
        return self._store.rows("SELECT * FROM shots WHERE visit = :visit ORDER BY seq", visit=visit)

    def _item(self, visit: str) -> Item:
        rows = self._store.rows("SELECT * FROM visits WHERE id = :id", id=visit)
        if not rows:
            raise KeyError(visit)
        return self._item_of(rows[0])

    def _item_of(self, row: Row) -> Item:
        return item_of(row, self._shots(row["id"]), self._folder, self._opened(row["private"]))

    def private_of(self, draft: VisitDraft) -> str | None:
        """What is stored of an ID number and of other enrolments, encrypted; None where there is nothing."""
        if draft.last_four is None and not draft.last_four_confirmed and not draft.also_for:
            return None
        if self._vault is None:
            raise ValueError("An outbox without a vault stores nothing of an ID number.")
        names = ("last_four", "last_four_confirmed", "also_for")
        text = json.dumps({name: getattr(draft, name) for name in names})
        return base64.b64encode(self._vault.seal(text.encode())).decode("ascii")

    def _opened(self, private: str | None) -> Mapping[str, Any]:
        if not private or self._vault is None:
            return {}
        try:
            return dict(json.loads(self._vault.open(base64.b64decode(private))))
        except Problem as problem:
            raise ValueError(str(problem)) from problem

    def _sign_visit(self, visit: str) -> None:
        """Notes the digest of the row as the database has it."""
        for row in self._store.rows("SELECT * FROM visits WHERE id = :id", id=visit):
            self._store.update("visits", {"digest": visit_digest(row)}, "seq = :seq", seq=row["seq"])

    def _sign_shot(self, visit: str, original: str) -> None:
        wanted = "SELECT * FROM shots WHERE visit = :visit AND original = :original"
        for row in self._store.rows(wanted, visit=visit, original=original):
            self._store.update("shots", {"digest": shot_digest(row)}, "seq = :seq", seq=row["seq"])

    def _each(self, rows: Iterable[Any], read: Callable[[Any], T]) -> list[T]:
        """What can be read; the others are counted, and logged once."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except UNREADABLE as error:
                self._report(row, error)
        return found

    def repaired(self, visits: Collection[str]) -> None:
        """The rows of these visits can be read again."""
        self._unreadable -= set(visits)

    def _report(self, row: Row | str, error: Exception) -> None:
        visit = str(row["id"]) if isinstance(row, Mapping) else ""
        if visit not in self._unreadable:
            log.error("a row of the outbox cannot be read (visit %s): %s", visit or "?", type(error).__name__)
        if visit:
            self._unreadable.add(visit)

    def _readable(self, row: Row) -> Item:
        try:
            with self._store.reading():
                return self._item_of(row)
        except UNREADABLE as error:
            self._report(row, error)
            problem = Problem("upload.unreadable_row", visit=row["id"])
            now = self._clock()
            values = {"state": State.READY.value, "leased_until": None, "next_at": now + LONGEST_WAIT}
            with self._store.transaction():
                told = {"last_error": str(problem), "failed_at": now}
                self._store.update("visits", {**values, **told}, "seq = :seq", seq=row["seq"])
            self._sending.pop(row["id"], None)
            raise problem from error

    def _is_sending(self, visit: str) -> bool:
        """Whether this process handed the visit out and its time is not over, whatever the clock says."""
        return self._steady is not None and self._steady() < self._sending.get(visit, -inf)

    def _count_change(self) -> None:
        self._changes += 1
        if self._changes >= BACKUP_AFTER and time.monotonic() >= self._next_backup:
            self.back_up()

    def _state(self, visit: str) -> State:
        rows = self._store.rows("SELECT state FROM visits WHERE id = :id", id=visit)
        if not rows:
            raise KeyError(visit)
        return State(rows[0]["state"])

    def _must_be(self, visit: str, *states: State) -> None:
        state = self._state(visit)
        if state not in states:
            raise ValueError(f"Visit {visit} is {state}, not {' or '.join(states)}.")


def _hashes(item: Item) -> set[str]:
    """Of every file of the visit."""
    return {file.sha256 for shot in item.shots for file in (shot.original, shot.portrait) if file is not None}
