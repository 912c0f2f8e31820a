"""Repair of damaged or missing rows in the outbox, at start and by `outbox rebuild`."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.backup import copy_database
from kiosk.upload.outbox.models import OutboxShot, OutboxState, VisitDraft
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rows import (
    ROW_ERRORS,
    file_names_in,
    is_damaged,
    parse_hashes,
    shot_digest,
    stored_file_from_json,
    stored_file_to_json,
    to_json,
)
from kiosk.upload.outbox.salvage import SalvagedVisit
from kiosk.upload.outbox.sent_log import Confirmation

log = logging.getLogger(__name__)
_UNSENT_SHOTS: Final = """
SELECT shots.*, visits.id AS owner FROM shots LEFT JOIN visits ON visits.id = shots.visit
WHERE coalesce(visits.state, '') != 'sent'
"""


@dataclass(frozen=True)
class DamagedVisit:
    """A visit whose rows are damaged: its id, and the names of the files in these rows."""

    id: str
    names: frozenset[str]


class OutboxRepair:
    """Must not be used while a visit is open, because its rows are still being written."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox, self._database = outbox, outbox.database

    def find_damaged(self) -> list[DamagedVisit]:
        """Return the visits that the server does not have and whose rows are damaged, and shots without a visit."""
        names: dict[str, set[str]] = {}
        bad: dict[str, None] = {}
        with self._database.reading():
            for shot in self._database.each(_UNSENT_SHOTS):
                of_visit = names.setdefault(str(shot["visit"]), set())
                of_visit |= file_names_in(shot["original"], shot["portrait"])
                if not shot["owner"] or shot["digest"] != shot_digest(shot):
                    bad[str(shot["visit"])] = None
            for row in self._database.each("SELECT * FROM visits WHERE state != 'sent' ORDER BY seq"):
                if str(row["id"]) not in names or is_damaged(row):
                    bad[str(row["id"])] = None
        return [DamagedVisit(visit, frozenset(names.get(visit, ()))) for visit in bad]

    def state_of(self, visit: str) -> OutboxState | None:
        """Return the state of a visit; None if it has no row or its state is damaged."""
        with self._database.reading():
            rows = self._database.rows("SELECT state FROM visits WHERE id = :id", id=visit)
        try:
            return OutboxState(rows[0]["state"]) if rows else None
        except ValueError:
            return None

    def confirmed_hashes(self, visit: str) -> frozenset[str]:
        """Return the hashes of this visit that the server has confirmed."""
        with self._database.reading():
            rows = self._database.rows(
                "SELECT confirmed_sha256 FROM visits WHERE id = :id AND state = 'sent'", id=visit
            )
        return parse_hashes(rows[0]["confirmed_sha256"]) if rows else frozenset()

    def mark_sent(self, sent: Mapping[str, Confirmation]) -> int:
        """Mark the visits of the list of sent visits as sent in this restored outbox; return how many."""
        with self._database.reading():
            waiting = self._database.rows("SELECT id, outcome FROM visits WHERE state != 'sent'")
        count = 0
        for row in waiting:
            confirmation = sent.get(str(row["id"]))
            if confirmation is not None and self._shot_hashes(row["id"]) & confirmation.hashes:
                self._mark_sent(row["id"], row["outcome"], confirmation)
                count += 1
        return count

    def restore(self, visit: str, draft: VisitDraft, shots: Sequence[OutboxShot], started_at: float) -> None:
        """Write the rows of a visit again. The last shot is the chosen one. If the damaged rows still contain the state
        and outcome, these are kept; otherwise the visit is open."""
        with self._database.transaction():
            state, outcome = self._outcome_of(visit)
            self._database.shots.delete_where("visit = ?", [visit])
            self._database.visits.delete_where("id = ?", [visit])
            row = self._outbox.visit_row(visit, draft, started_at)
            if state is not OutboxState.OPEN:
                row |= {"state": OutboxState.READY.value, "outcome": outcome, "ready_at": started_at}
            self._database.visits.insert(row)
            for shot in shots:
                self._database.shots.insert(self._shot_row(visit, shot))
            self._database.update_digests(visit)
        self._outbox.mark_repaired([visit])

    def import_salvaged(self, salvaged: SalvagedVisit) -> bool:
        """Write a visit from a damaged outbox if this outbox lacks it or its outcome; return whether it did."""
        visit, state = dict(salvaged.visit), self.state_of(str(salvaged.visit["id"]))
        if state is not None and not (state is OutboxState.OPEN and visit["state"] != "open"):
            return False
        if visit["state"] == OutboxState.LEASED:
            visit |= {"state": OutboxState.READY.value, "leased_until": None, "retry_at": 0.0}
        with self._database.transaction():
            self._database.shots.delete_where("visit = ?", [visit["id"]])
            self._database.visits.delete_where("id = ?", [visit["id"]])
            self._database.visits.insert(visit)
            for shot in salvaged.shots:
                self._database.shots.insert(shot)
            self._database.update_digests(str(visit["id"]))
        return True

    def add_shot(self, visit: str, shot: OutboxShot, chosen: bool) -> None:
        """Add a shot that the rows of the visit do not list, as the chosen one or as one of the earlier ones."""
        row = self._shot_row(visit, shot)
        with self._database.transaction():
            if not chosen:
                row["seq"] = self._database.column("SELECT min(seq) FROM shots")[0] - 1
            self._database.shots.insert(row)
            self._database.update_digests(visit)

    def attach_portrait(self, visit: str, shot: StoredFile, result: OutboxShot) -> None:
        """Record a portrait of `shot` that the kiosk had not recorded yet when it ended."""
        values = {column: self._shot_row(visit, result)[column] for column in ("portrait", "recipe", "verdicts")}
        with self._database.transaction():
            where = "visit = :visit AND original = :original"
            self._database.update("shots", values, where, visit=visit, original=stored_file_to_json(shot))
            self._database.update_digests(visit)

    def _shot_row(self, visit: str, shot: OutboxShot) -> dict[str, Any]:
        return {
            "visit": visit,
            "taken_at": shot.taken_at.isoformat(),
            "original": stored_file_to_json(shot.original),
            "portrait": stored_file_to_json(shot.portrait) if shot.portrait else None,
            "recipe": to_json(shot.recipe) if shot.recipe is not None else None,
            "verdicts": json.dumps([verdict.model_dump() for verdict in shot.verdicts]),
            "error": shot.error,
            "camera": to_json(shot.camera),
        }

    def _outcome_of(self, visit: str) -> tuple[OutboxState, str | None]:
        """Return how a damaged visit had ended; open if that cannot be read."""
        rows = self._database.rows("SELECT state, outcome FROM visits WHERE id = :id", id=visit)
        try:
            return OutboxState(rows[0]["state"]), VisitOutcome(rows[0]["outcome"]).value
        except ROW_ERRORS:
            return OutboxState.OPEN, None

    def copy_database(self, path: Path) -> None:
        """Copy the database before damaged rows are replaced."""
        try:
            with self._database.connection() as connection:
                copy_database(connection, path)
        except (OSError, sqlite3.Error) as error:
            log.error("the damaged outbox was not copied: %s", error)

    def remove_damaged_shots(self, damaged: DamagedVisit) -> None:
        """Remove damaged shots whose files are listed in sound rows now."""
        with self._database.transaction():
            for row in list(self._database.shots.rows_where("visit = ?", [damaged.id])):
                if row["digest"] != shot_digest(row):
                    self._database.shots.delete(row["seq"])

    def remove_empty(self) -> int:
        """Remove visits without shots; return how many."""
        empty = "state != 'sent' AND id NOT IN (SELECT visit FROM shots)"
        with self._database.transaction():
            ids = [str(visit) for visit in self._database.column(f"SELECT id FROM visits WHERE {empty}")]
            self._database.visits.delete_where(empty)
        self._outbox.mark_repaired(ids)
        return len(ids)

    def _shot_hashes(self, visit: str) -> set[str]:
        hashes = set()
        with self._database.reading():
            rows = self._database.rows("SELECT original FROM shots WHERE visit = :visit", visit=visit)
        for row in rows:
            try:
                hashes.add(stored_file_from_json(row["original"], self._outbox.folder).sha256)
            except ROW_ERRORS:
                continue
        return hashes

    def _mark_sent(self, visit: str, outcome: str | None, confirmation: Confirmation) -> None:
        values = {
            "state": OutboxState.SENT.value,
            "outcome": outcome or VisitOutcome.INTERRUPTED.value,
            "leased_until": None,
            "rejection": None,
            "sent_at": confirmation.at,
            "confirmed_sha256": json.dumps(sorted(confirmation.hashes)),
        }
        with self._database.transaction():
            self._database.update("visits", values, "id = :id", id=visit)
