"""The outbox: every visit is written here before anything else happens to it, and stays until the server has it.

What a method has returned from survives a power cut. Every method is one short transaction and may be called from any
thread, and from several processes on the same file.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.problem import Problem
from kiosk.capture.originals import Kept, Originals
from kiosk.upload.envelope import Accepted, Ending, Refused
from kiosk.upload.outbox_rows import item_of, kept_of, kept_to_json, queued_of, to_json, verdicts_of
from kiosk.upload.outbox_store import Store
from kiosk.upload.visit import Counts, Item, QueuedVisit, State, VisitDraft

__all__ = ["Counts", "Item", "Outbox", "QueuedVisit", "State", "VisitDraft"]

LONGEST_WAIT: Final = 3600.0
"""Seconds. No lease and no pause is longer; a time further ahead than that is a clock that was set back."""

_DUE: Final = """
SELECT * FROM visits
WHERE state IN ('ready', 'leased')
  AND NOT (coalesce(leased_until, next_at) > :now AND coalesce(leased_until, next_at) <= :horizon)
ORDER BY seq LIMIT 1
"""
_NEXT_DUE: Final = "SELECT min(coalesce(leased_until, next_at)) AS at FROM visits WHERE state IN ('ready', 'leased')"
_COUNTS: Final = "SELECT state, count(*) AS n, min(ready_at) AS oldest FROM visits GROUP BY state"
_LAST_ERROR: Final = """
SELECT last_error FROM visits WHERE state IN ('ready', 'leased', 'refused') AND last_error != ''
ORDER BY failed_at DESC LIMIT 1
"""


class Outbox:
    """`path` is the database file; `clock` tells seconds since 1970, as time.time does."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._store = Store(path)

    def close(self) -> None:
        self._store.close()

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
        }
        with self._store.transaction():
            self._store.insert("visits", row)
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
            newest = max(row["seq"] for row in self._shots(visit))
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

    def ready(self, visit: str, ending: Ending) -> None:
        """The visit is over and may be sent."""
        now = self._clock()
        with self._store.transaction():
            self._must_be(visit, State.OPEN)
            self._move(visit, State.READY, ending=ending.value, ready_at=now, next_at=0.0)

    def lease(self, seconds: float) -> Item | None:
        """Hands the oldest visit that is due to one worker for so many seconds; None when nothing is due.

        Raises Problem (upload.unreadable_row) for a visit that cannot be understood; it is put off, so that the next
        call hands out the one behind it.
        """
        now = self._clock()
        with self._store.transaction():
            rows = self._store.rows(_DUE, now=now, horizon=now + LONGEST_WAIT)
            if not rows:
                return None
            visit, attempts = rows[0]["id"], rows[0]["attempts"] + 1
            until = now + min(seconds, LONGEST_WAIT)
            self._move(visit, State.LEASED, leased_until=until, attempts=attempts)
        return self._readable(visit)

    def sent(self, visit: str, accepted: Accepted) -> None:
        """The server has it. Raises Problem (upload.wrong_hash), changing nothing, unless it has what we have."""
        with self._store.transaction():
            if self._state(visit) is State.SENT:
                return
            self._must_be(visit, State.READY, State.LEASED, State.REFUSED)
            if not accepted.confirms(self._item(visit).submission()):
                raise Problem("upload.wrong_hash")
            self._move(visit, State.SENT, sent_at=self._clock(), last_error="", refused=None)

    def refused(self, visit: str, refused: Refused) -> None:
        """The server's no: the visit stays, seen by the operator, until `resend`. Without a lease nothing changes."""
        with self._store.transaction():
            if self._state(visit) is State.LEASED:
                values = {"refused": refused.model_dump_json(), "last_error": refused.en, "failed_at": self._clock()}
                self._move(visit, State.REFUSED, **values)

    def failed(self, visit: str, words: str, retry_in: float) -> None:
        """It did not work this time. Without a lease (another worker sent it meanwhile) this changes nothing."""
        now = self._clock()
        with self._store.transaction():
            if self._state(visit) is State.LEASED:
                next_at = now + min(max(retry_in, 0.0), LONGEST_WAIT)
                self._move(visit, State.READY, next_at=next_at, last_error=words, failed_at=now)

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
            oldest_waiting_since=min(waiting, default=None),
            last_error=error[0]["last_error"] if error else "",
        )

    def interrupted(self) -> list[Item]:
        """Visits that a crash left open, oldest first. Only for the start, before the first new visit."""
        with self._store.reading():
            return [
                self._item(row["id"])
                for row in self._store.rows("SELECT id FROM visits WHERE state = 'open' ORDER BY seq")
            ]

    def items(self) -> list[QueuedVisit]:
        """All visits for the operator's list, newest first."""
        with self._store.reading():
            return [queued_of(row) for row in self._store.rows("SELECT * FROM visits ORDER BY seq DESC")]

    def unsent(self, most: int) -> list[QueuedVisit]:
        """The newest visits that the server does not have yet, for the operator's page."""
        wanted = "SELECT * FROM visits WHERE state != 'sent' ORDER BY seq DESC LIMIT :most"
        with self._store.reading():
            return [queued_of(row) for row in self._store.rows(wanted, most=most)]

    def item(self, visit: str) -> Item:
        """One visit. Raises KeyError for an id that is not here."""
        with self._store.reading():
            return self._item(visit)

    def waiting_students(self) -> set[str]:
        """Ids of the students whose visit the server does not have yet."""
        with self._store.reading():
            return {row["student"] for row in self._store.rows("SELECT student FROM visits WHERE state != 'sent'")}

    def files(self) -> set[Path]:
        """Every file that a visit still needs; what else lies in the folder of originals is a stray."""
        with self._store.reading():
            rows = self._store.rows("SELECT original, portrait FROM shots")
        return {kept_of(text).path for row in rows for text in (row["original"], row["portrait"]) if text}

    def purge_sent(self, originals: Originals) -> int:
        """Deletes the pictures of visits that the server has, then what the row says of the person; returns how many.

        In this order: after a crash in between, the files are dropped once more, which is harmless.
        """
        with self._store.reading():
            visits = [
                r["id"] for r in self._store.rows("SELECT id FROM visits WHERE state = 'sent' AND purged_at IS NULL")
            ]
        for visit in visits:
            for shot in self.item(visit).shots:
                originals.drop(shot.original)
                if shot.portrait:
                    originals.drop(shot.portrait)
            with self._store.transaction():
                self._store.delete("shots", "visit = :visit", visit=visit)
                blank = {"name": "", "student": "", "consent": None, "purged_at": self._clock()}
                self._store.update("visits", blank, "id = :id", id=visit)
        return len(visits)

    def _insert_shot(self, visit: str, shot: Kept, taken_at: datetime, camera: Mapping[str, Any] | None) -> None:
        row = {"visit": visit, "taken_at": taken_at.isoformat(), "original": kept_to_json(shot)}
        self._store.insert("shots", {**row, "camera": to_json(camera or {})})

    def _move(self, visit: str, state: State, **changes: object) -> None:
        values = {"leased_until": None, **changes, "state": state.value}
        self._store.update("visits", values, "id = :id", id=visit)

    def _shots(self, visit: str) -> list[dict[str, Any]]:
        return self._store.rows("SELECT * FROM shots WHERE visit = :visit ORDER BY seq", visit=visit)

    def _item(self, visit: str) -> Item:
        rows = self._store.rows("SELECT * FROM visits WHERE id = :id", id=visit)
        if not rows:
            raise KeyError(visit)
        return item_of(rows[0], self._shots(visit))

    def _readable(self, visit: str) -> Item:
        try:
            return self.item(visit)
        except (ValueError, TypeError, LookupError) as error:
            problem = Problem("upload.unreadable_row", visit=visit)
            self.failed(visit, str(problem), LONGEST_WAIT)
            raise problem from error

    def _state(self, visit: str) -> State:
        rows = self._store.rows("SELECT state FROM visits WHERE id = :id", id=visit)
        if not rows:
            raise KeyError(visit)
        return State(rows[0]["state"])

    def _must_be(self, visit: str, *states: State) -> None:
        state = self._state(visit)
        if state not in states:
            raise ValueError(f"Visit {visit} is {state}, not {' or '.join(states)}.")
