"""The migration of an outbox of an earlier version loses nothing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.repair import OutboxRepair
from kiosk.upload.outbox.schema import MIGRATIONS
from tests.kiosk.upload.samples import REJECTION, SHOT, ManualClock, stored_file

OLD = Path(__file__).with_name("outbox_v1.sql")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "outbox.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.close()
    return path


def test_every_visit_of_version_1_is_still_there(path: Path) -> None:
    outbox = Outbox(path, ManualClock(2_000_000_000.0))
    states = {outbox.get(queued.id).draft.student: queued.state for queued in outbox.entries()}
    old_names = {OutboxState.REJECTED: "refused"}  # the name of the state in version 1, and of its student
    assert states == {old_names.get(state, state.value): state for state in OutboxState}
    assert [queued.rejection for queued in outbox.entries() if queued.state is OutboxState.REJECTED] == [REJECTION]
    due = [outbox.lease(60), outbox.lease(60), outbox.lease(60)]
    assert [item.submission().student if item else None for item in due] == ["leased", "ready", None]
    [item] = outbox.open_visits()
    assert (item.shot_file.sha256, item.error) == (stored_file(b"retake").sha256, "no face")
    outbox.mark_ready(item.id, VisitOutcome.INTERRUPTED)
    outbox.close()


def test_it_is_brought_up_to_date_once(path: Path) -> None:
    for _ in range(2):
        outbox = Outbox(path)
        assert outbox.database.rows("PRAGMA user_version")[0]["user_version"] == len(MIGRATIONS)
        outbox.close()


def test_old_paths_become_relative_to_the_data_folder(path: Path) -> None:
    """86a4649 stored the path of the folder as it was passed at the start."""
    name = f"{'a' * 16}-{'b' * 32}.jpg"
    old = ("/gone/station/files/", "c/files/", "../x/files/", "/x/../x/files/", "")
    connection = sqlite3.connect(path)
    for number, place in enumerate(old):
        original = json.dumps({"path": place + name, "name": "a.jpg", "size": 1, "sha256": "0" * 64})
        connection.execute("UPDATE shots SET original = ? WHERE seq = ?", [original, number + 1])
    connection.commit()
    connection.close()
    outbox = Outbox(path)
    files = {file.name: file for file in outbox.files()}
    assert files[name] == path.parent / "files" / name
    shots = outbox.database.rows("SELECT original FROM shots WHERE seq <= 5")
    assert {json.loads(shot["original"])["path"] for shot in shots} == {f"files/{name}"}
    outbox.close()


def test_files_that_version_1_had_sent_are_confirmed(path: Path) -> None:
    outbox = Outbox(path)
    [row] = outbox.database.rows("SELECT confirmed_sha256 FROM visits WHERE state = 'sent'")
    assert stored_file(SHOT).sha256 in json.loads(row["confirmed_sha256"])
    outbox.close()


def test_a_damaged_row_is_still_detected_after_its_columns_are_renamed(path: Path) -> None:
    """The renaming must not compute new digests, which would match the damaged row."""
    db = Database(sqlite3.connect(path, isolation_level=None))
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    for step in MIGRATIONS[version:3]:
        step(db)
    db.execute("PRAGMA user_version = 3")
    db.execute("UPDATE visits SET begun_at = begun_at + 1 WHERE student = 'ready'")
    db.execute("UPDATE shots SET trouble = 'x' WHERE visit = (SELECT id FROM visits WHERE student = 'leased')")
    db.close()
    outbox = Outbox(path)
    names = {row["id"]: row["student"] for row in outbox.database.rows("SELECT id, student FROM visits")}
    damaged = {names[row.id] for row in OutboxRepair(outbox).find_damaged()}
    assert damaged == {"ready", "leased"}
    outbox.close()
