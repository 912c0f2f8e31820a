"""The outbox: every visit is recorded here first, and stays until the server has it.

The result of every method survives a power cut. Every method is one short transaction and may be called from any
thread, and from several processes on the same file. A row that cannot be read is reported and left out; the others
are processed.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.backup import Backups, BackupSchedule
from kiosk.upload.outbox.database import OutboxDatabase
from kiosk.upload.outbox.models import OutboxState, VisitDraft
from kiosk.upload.outbox.private_data import Cipher, PrivateColumn
from kiosk.upload.outbox.rows import parse_verdicts, stored_file_to_json, to_json
from kiosk.upload.outbox.send_queue import SendQueue

_NEWEST_SHOT: Final = "SELECT max(seq) AS seq FROM shots"


class Outbox(SendQueue):
    """The visits of a station, in the SQLite file `path`. The methods here serve the states open > ready, those of
    SendQueue the states after them.

    `clock` returns seconds since 1970, as time.time does. The files of the visits are in folders next to the database.
    `cipher` encrypts the characters of an ID number. `monotonic` is a clock that is never adjusted; see SendQueue.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.time,
        cipher: Cipher | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self.path = path.absolute()
        database, self._private = OutboxDatabase(path), PrivateColumn(cipher)
        backups = Backups(self.path.parent / "outbox-backups")
        self._backups = BackupSchedule(backups, database.connection)
        on_sent = self._backups.count_change
        super().__init__(database, self.path.parent, self._private, clock, monotonic, on_sent)

    def close(self) -> None:
        self._backups.close()
        self.database.close()

    def back_up(self) -> None:
        """Copy the database to the folder of backups, and verify the copy."""
        self._backups.back_up()

    def create(self, draft: VisitDraft, shot: StoredFile, camera: Mapping[str, Any] | None = None) -> str:
        """Record a visit and its first shot in one transaction; return the id under which the visit will be sent.

        Record a shot here before its file is written: a file without a record would be a lost visit."""
        visit = uuid.uuid4().hex
        with self.database.transaction():
            self.database.insert_visit(self.visit_row(visit, draft, float(self._clock())))
            self._insert_shot(visit, shot, draft.taken_at, camera)
        return visit

    def add_shot(self, visit: str, shot: StoredFile, camera: Mapping[str, Any] | None = None) -> None:
        """Record a retake. The newest shot is the chosen one; the earlier ones stay until the server has the visit."""
        with self.database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            first = self.database.shot_rows(visit)[0]
            zone = datetime.fromisoformat(first["taken_at"]).tzinfo
            self._insert_shot(visit, shot, datetime.fromtimestamp(self._clock(), zone), camera)

    def choose_shot(self, visit: str, shot: StoredFile) -> None:
        """Choose one of several shots of the visit, as if it were the newest."""
        with self.database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            newest = self.database.rows(_NEWEST_SHOT)[0]["seq"]  # of all visits: seq is unique in the table
            where = "visit = :visit AND original = :original"
            self.database.update("shots", {"seq": newest + 1}, where, visit=visit, original=stored_file_to_json(shot))

    def remove_shot(self, visit: str, shot: StoredFile) -> bool:
        """Remove a shot whose file was never written, and the visit if it has no other shot.

        Returns whether the visit has another shot.
        """
        with self.database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            self.database.shots.delete_where("visit = ? AND original = ?", [visit, stored_file_to_json(shot)])
            has_shots = bool(self.database.shot_rows(visit))
            if not has_shots:
                self.database.visits.delete_where("id = ?", [visit])
        return has_shots

    def record_result(
        self,
        visit: str,
        portrait: StoredFile | None,
        recipe: Mapping[str, Any] | None,
        verdicts: Sequence[Mapping[str, Any]],
        error: str = "",
        shot: StoredFile | None = None,
    ) -> None:
        """Record the result of the photo engine for `shot` (default: the newest). Without a portrait, `error` gives the
        reason. May be repeated."""
        values = {
            "portrait": stored_file_to_json(portrait) if portrait else None,
            "recipe": to_json(recipe) if recipe else None,
            "verdicts": to_json(list(verdicts)),
            "error": error,
        }
        parse_verdicts(str(values["verdicts"]))  # raises here for verdicts that the server would reject
        with self.database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            rows = self.database.shot_rows(visit)
            original = stored_file_to_json(shot) if shot else rows[-1]["original"]
            for row in rows:
                if row["original"] == original:
                    self.database.update_shot(row, values)

    def mark_ready(self, visit: str, outcome: VisitOutcome) -> None:
        """Record the end of the visit; it may be sent now."""
        now = self._clock()
        with self.database.transaction():
            self._require_state(visit, OutboxState.OPEN)
            self._set_state(visit, OutboxState.READY, outcome=outcome.value, ready_at=now, retry_at=0.0)
        self._backups.count_change()

    def visit_row(self, visit: str, draft: VisitDraft, started_at: float) -> dict[str, Any]:
        """Return the row of an open visit."""
        return {
            "id": visit,
            "student": draft.student,
            "campaign": draft.campaign,
            "name": draft.name,
            "identified_by": draft.identified_by,
            "consent": draft.consent.model_dump_json(),
            "simulated": int(draft.simulated),
            "started_at": started_at,
            "progress_token": draft.progress_token,
            "private": self._private.encrypt(draft),
        }

    def _insert_shot(self, visit: str, shot: StoredFile, taken_at: datetime, camera: Mapping[str, Any] | None) -> None:
        row = {"visit": visit, "taken_at": taken_at.isoformat(), "original": stored_file_to_json(shot)}
        self.database.insert_shot({**row, "error": "", "camera": to_json(camera or {})})
