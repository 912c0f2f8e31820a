"""Changes to the outbox that only the start and `outbox rebuild` make: rows that are damaged or missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kiosk.capture.storage import Kept
from kiosk.upload.envelope import Ending
from kiosk.upload.outbox.models import Shot, State, VisitDraft
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rows import (
    UNREADABLE,
    hashes_of,
    is_damaged,
    kept_of,
    kept_to_json,
    names_in,
    shot_digest,
    to_json,
    visit_digest,
)
from kiosk.upload.outbox.salvage import WholeVisit
from kiosk.upload.outbox.sent_log import Confirmation

_UNSENT_SHOTS: Final = """
SELECT shots.*, visits.id AS owner FROM shots LEFT JOIN visits ON visits.id = shots.visit
WHERE coalesce(visits.state, '') != 'sent'
"""


@dataclass(frozen=True)
class Damaged:
    """A visit whose rows cannot be read as they were written: its id as the rows have it, and the files they name."""

    id: str
    names: frozenset[str]


class OutboxRepair:
    """Not while a visit is open: the rows are then still being written."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox, self._store = outbox, outbox.store

    def damaged(self) -> list[Damaged]:
        """The visits that the server does not have and whose rows are damaged, and shots without a visit."""
        names: dict[str, set[str]] = {}
        bad: dict[str, None] = {}
        with self._store.reading():
            for shot in self._store.each(_UNSENT_SHOTS):
                of_visit = names.setdefault(str(shot["visit"]), set())
                of_visit |= names_in(shot["original"], shot["portrait"])
                if not shot["owner"] or shot["digest"] != shot_digest(shot):
                    bad[str(shot["visit"])] = None
            for row in self._store.each("SELECT * FROM visits WHERE state != 'sent' ORDER BY seq"):
                if str(row["id"]) not in names or is_damaged(row):
                    bad[str(row["id"])] = None
        return [Damaged(visit, frozenset(names.get(visit, ()))) for visit in bad]

    def state_of(self, visit: str) -> State | None:
        """None for a visit that has no row, or one whose state is damaged."""
        with self._store.reading():
            rows = self._store.rows("SELECT state FROM visits WHERE id = :id", id=visit)
        try:
            return State(rows[0]["state"]) if rows else None
        except ValueError:
            return None

    def confirmed(self, visit: str) -> frozenset[str]:
        """The hashes of this visit that the server has confirmed."""
        with self._store.reading():
            rows = self._store.rows("SELECT confirmed FROM visits WHERE id = :id AND state = 'sent'", id=visit)
        return hashes_of(rows[0]["confirmed"]) if rows else frozenset()

    def mark_sent(self, sent: Mapping[str, Confirmation]) -> int:
        """Notes as sent what the list of sent visits says was sent after this outbox was copied; how many."""
        with self._store.reading():
            waiting = self._store.rows("SELECT id, ending FROM visits WHERE state != 'sent'")
        count = 0
        for row in waiting:
            confirmation = sent.get(str(row["id"]))
            if confirmation is not None and self._hashes(row["id"]) & confirmation.hashes:
                self._note_sent(row["id"], row["ending"], confirmation)
                count += 1
        return count

    def restore(self, visit: str, draft: VisitDraft, shots: Sequence[Shot], begun_at: float) -> None:
        """Writes the rows of a visit anew, as one that is open; the last shot is the chosen one. What its damaged rows
        still say of how it ended is kept."""
        with self._store.transaction():
            state, ending = self._ending_of(visit)
            self._store.delete("shots", "visit = :visit", visit=visit)
            self._store.delete("visits", "id = :visit", visit=visit)
            row: dict[str, Any] = {
                "id": visit,
                "student": draft.student,
                "campaign": draft.campaign,
                "name": draft.name,
                "identified_by": draft.identified_by,
                "consent": draft.consent.model_dump_json(),
                "simulated": int(draft.simulated),
                "begun_at": begun_at,
                "progress_token": draft.progress_token,
                "private": self._outbox.private_of(draft),
            }
            if state is not State.OPEN:
                row |= {"state": State.READY.value, "ending": ending, "ready_at": begun_at}
            self._store.insert("visits", row)
            for shot in shots:
                self._store.insert("shots", self._shot_row(visit, shot))
            self._sign(visit)
        self._outbox.repaired([visit])

    def take_over(self, whole: WholeVisit) -> bool:
        """Writes a visit that was read from a damaged outbox, where this one does not know it, or not yet how it ended;
        whether it did."""
        visit, here = dict(whole.visit), self.state_of(str(whole.visit["id"]))
        if here is not None and not (here is State.OPEN and visit["state"] != "open"):
            return False
        if visit["state"] == State.LEASED:
            visit |= {"state": State.READY.value, "leased_until": None, "next_at": 0.0}
        with self._store.transaction():
            self._store.delete("shots", "visit = :visit", visit=visit["id"])
            self._store.delete("visits", "id = :visit", visit=visit["id"])
            self._store.insert("visits", visit)
            for shot in whole.shots:
                self._store.insert("shots", shot)
            self._sign(str(visit["id"]))
        return True

    def add_shot(self, visit: str, shot: Shot, chosen: bool) -> None:
        """A shot that the rows of the visit do not name: as the newest, or as one of the earlier ones."""
        row = self._shot_row(visit, shot)
        with self._store.transaction():
            if not chosen:
                row["seq"] = self._store.column("SELECT min(seq) FROM shots")[0] - 1
            self._store.insert("shots", row)
            self._sign(visit)

    def attach(self, visit: str, shot: Kept, made: Shot) -> None:
        """A portrait that was made of `shot`, and that the kiosk had not noted yet when it ended."""
        values = {column: self._shot_row(visit, made)[column] for column in ("portrait", "recipe", "verdicts")}
        with self._store.transaction():
            where = "visit = :visit AND original = :original"
            self._store.update("shots", values, where, visit=visit, original=kept_to_json(shot))
            self._sign(visit)

    def _shot_row(self, visit: str, shot: Shot) -> dict[str, Any]:
        return {
            "visit": visit,
            "taken_at": shot.taken_at.isoformat(),
            "original": kept_to_json(shot.original),
            "portrait": kept_to_json(shot.portrait) if shot.portrait else None,
            "recipe": to_json(shot.recipe) if shot.recipe is not None else None,
            "verdicts": json.dumps([verdict.model_dump() for verdict in shot.verdicts]),
            "trouble": shot.trouble,
            "camera": to_json(shot.camera),
        }

    def _sign(self, visit: str) -> None:
        for row in self._store.rows("SELECT * FROM visits WHERE id = :id", id=visit):
            self._store.update("visits", {"digest": visit_digest(row)}, "seq = :seq", seq=row["seq"])
        for row in self._store.rows("SELECT * FROM shots WHERE visit = :id", id=visit):
            self._store.update("shots", {"digest": shot_digest(row)}, "seq = :seq", seq=row["seq"])

    def _ending_of(self, visit: str) -> tuple[State, str | None]:
        """How a damaged visit had ended; open where that cannot be read."""
        rows = self._store.rows("SELECT state, ending FROM visits WHERE id = :id", id=visit)
        try:
            return State(rows[0]["state"]), Ending(rows[0]["ending"]).value
        except UNREADABLE:
            return State.OPEN, None

    def forget(self, damaged: Damaged) -> None:
        """Removes damaged shots whose files are named by sound rows now."""
        with self._store.transaction():
            for row in self._store.rows("SELECT * FROM shots WHERE visit = :id", id=damaged.id):
                if row["digest"] != shot_digest(row):
                    self._store.delete("shots", "seq = :seq", seq=row["seq"])

    def remove_empty(self) -> int:
        """Removes visits of which no shot is left, because another row or nothing names their files; how many."""
        empty = "state != 'sent' AND id NOT IN (SELECT visit FROM shots)"
        with self._store.transaction():
            ids = [str(visit) for visit in self._store.column(f"SELECT id FROM visits WHERE {empty}")]
            self._store.delete("visits", empty)
        self._outbox.repaired(ids)
        return len(ids)

    def _hashes(self, visit: str) -> set[str]:
        found = set()
        with self._store.reading():
            rows = self._store.rows("SELECT original FROM shots WHERE visit = :visit", visit=visit)
        for row in rows:
            try:
                found.add(kept_of(row["original"], self._outbox.folder).sha256)
            except UNREADABLE:
                continue
        return found

    def _note_sent(self, visit: str, ending: str | None, confirmation: Confirmation) -> None:
        values = {
            "state": State.SENT.value,
            "ending": ending or Ending.INTERRUPTED.value,
            "leased_until": None,
            "refused": None,
            "sent_at": confirmation.at,
            "confirmed": json.dumps(sorted(confirmation.hashes)),
        }
        with self._store.transaction():
            self._store.update("visits", values, "id = :id", id=visit)
