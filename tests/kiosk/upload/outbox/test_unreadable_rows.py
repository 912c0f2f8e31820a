"""One damaged row of the outbox is reported and left out; every list and every lease continues with the others."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.capture.storage import FileStore
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.data_folder import DataFolder, photos, start_station
from tests.kiosk.upload.samples import ManualClock, add_ready, draft, mark_sent, stored_file

VISITS = {
    "consent is no JSON": "consent = '{'",
    "consent lacks a key": "consent = '{}'",
    "consent is NULL": "consent = NULL",
    "consent is a list": "consent = '[]'",
    "another student": "student = 'somebody else'",
    "another campaign": "campaign = 'x'",
    "unknown identification": "identified_by = 'guess'",
    "bytes for text": "student = X'FFFE'",
    "attempts are text": "attempts = 'many'",
    "start is out of range": "started_at = 1e300",
    "another id": "id = 'x' || substr(id, 2)",
}
SHOTS = {
    "original is no JSON": "original = 'x'",
    "original lacks a key": 'original = \'{"path": "a"}\'',
    "original is a number": "original = '7'",
    "another hash": "original = replace(original, 'sha256', 'sha255')",
    "no time": "taken_at = 'noon'",
    "recipe is cut off": "recipe = '{\"a\": '",
    "verdicts are no list": "verdicts = '7'",
    "camera is no JSON": "camera = '{'",
    "portrait is bytes": "portrait = X'00FF'",
}
CHANGES = [("visits", change) for change in VISITS.values()] + [("shots", change) for change in SHOTS.values()]
ALL = [f"UPDATE {table} SET {change} WHERE seq = 2" for table, change in CHANGES]
UNKNOWN_STATES = [
    "UPDATE visits SET state = 'rebdy' WHERE seq = 2",
    "UPDATE visits SET state = 'ready', outcome = 'xccepted' WHERE seq = 2",
    "UPDATE visits SET state = 'rejected', rejection = '{' WHERE seq = 2",
    "DELETE FROM shots WHERE seq = 2",
]


def damage(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("statement", ALL + UNKNOWN_STATES)
def test_every_method_works_next_to_a_damaged_row(
    tmp_path: Path, outbox: Outbox, originals: FileStore, statement: str
) -> None:
    visits = [add_ready(outbox, f"s{number}") for number in range(3)]
    damage(tmp_path / "outbox.db", statement)
    outbox.stats()
    outbox.files()
    outbox.open_visits()
    assert {queued.id for queued in outbox.entries()} >= {visits[0], visits[2]}
    assert {queued.id for queued in outbox.unsent_entries(10)} >= {visits[0], visits[2]}
    assert {"s0", "s2"} <= outbox.waiting_students()
    assert {item.id for item in leased(outbox)} == {visits[0], visits[2]} | (
        {visits[1]} if "attempts" in statement or "outcome" in statement else set()
    ) - ({visits[1]} if "outcome" in statement else set())
    assert outbox.purge_sent(originals) == 0


def leased(outbox: Outbox) -> list[OutboxVisit]:
    """Lease as a worker does: an unreadable row raises a Problem, and the next call returns the next row."""
    items = []
    for _ in range(8):
        try:
            item = outbox.lease(3600)
        except Problem as problem:
            if problem.key != "upload.unreadable_row":
                raise
            continue
        if item is not None:
            items.append(item)
    return items


@pytest.mark.parametrize("statement", ["consent = '{'", "student = 'x'", "campaign = X'FF'"])
def test_open_visits_behind_a_damaged_one_are_finished(tmp_path: Path, outbox: Outbox, statement: str) -> None:
    visits = [outbox.create(draft(f"s{number}"), stored_file()) for number in range(3)]
    damage(tmp_path / "outbox.db", f"UPDATE visits SET {statement} WHERE seq = 2")
    assert [item.id for item in outbox.open_visits()] == [visits[0], visits[2]]
    assert (outbox.stats().unreadable, outbox.unreadable) == (1, {visits[1]})


def test_a_damaged_sent_row_does_not_hold_up_the_others(tmp_path: Path, outbox: Outbox, originals: FileStore) -> None:
    shots = [originals.store(f"shot {number}".encode(), "a.jpg") for number in range(2)]
    visits = [add_ready(outbox, f"s{number}", shot=shot) for number, shot in enumerate(shots)]
    while (item := outbox.lease(60)) is not None:
        mark_sent(outbox, item)
    damage(tmp_path / "outbox.db", f"UPDATE shots SET original = '{{' WHERE visit = '{visits[0]}'")
    assert outbox.purge_sent(originals) == 2
    assert [shot.path.exists() for shot in shots] == [True, False], "a file that the row no longer names is kept"


def test_a_file_without_a_confirmed_hash_is_not_purged(tmp_path: Path, outbox: Outbox, originals: FileStore) -> None:
    shot = originals.store(b"shot", "a.jpg")
    add_ready(outbox, shot=shot)
    item = outbox.lease(60)
    assert item is not None
    mark_sent(outbox, item)
    damage(tmp_path / "outbox.db", "UPDATE visits SET confirmed_sha256 = NULL")
    outbox.purge_sent(originals)
    assert shot.path.exists()


@pytest.mark.parametrize("backups", [True, False])
@pytest.mark.parametrize("statement", ALL + UNKNOWN_STATES)
def test_the_start_queues_it_again_from_its_files(tmp_path: Path, statement: str, backups: bool) -> None:
    station = DataFolder(tmp_path)
    for number in range(3):
        station.visit(number)
    if backups:
        station.outbox.back_up()
    damage(tmp_path / "outbox.db", statement)
    before = photos(tmp_path)
    started = start_station(tmp_path)
    assert sorted(started.students()) == [f"{number:032x}" for number in range(3)]
    assert photos(tmp_path) == before
    assert started.outbox.stats().unreadable == 0
    if "attempts" not in statement and "DELETE" not in statement:
        assert len(list(tmp_path.glob("outbox.db.damaged-*[0-9]"))) == 1, "the damaged outbox is kept"
    started.outbox.close()


def test_files_of_a_damaged_row_without_a_header_stay_listed(tmp_path: Path) -> None:
    """A visit of 86a4649, whose file has no header; its row is damaged as well."""
    station = DataFolder(tmp_path)
    shot = station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    visit = station.outbox.create(draft(), shot)
    station.outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    station.visit(2)
    damage(tmp_path / "outbox.db", f"UPDATE visits SET consent = '{{' WHERE id = '{visit}'")
    started = start_station(tmp_path)
    assert shot.path.exists()
    assert (started.report.damaged, started.report.unassigned) == (1, 0)
    assert [item.draft.student for item in leased(started.outbox)] == [f"{2:032x}"]


def test_a_name_that_is_too_long_is_sent_shortened(outbox: Outbox) -> None:
    """An outbox of 86a4649 contains such names."""
    add_ready(outbox, shot=stored_file(b"x", "a" * 300 + ".jpg"))
    item = outbox.lease(60)
    assert item is not None
    assert len(item.submission().shot.name) == 120


def test_a_clock_that_is_set_back_does_not_lease_a_visit_that_is_being_sent(tmp_path: Path) -> None:
    clock, steady = ManualClock(), ManualClock(0.0)
    outbox = Outbox(tmp_path / "outbox.db", clock, monotonic=steady)
    visit = add_ready(outbox)
    assert lease(outbox) == visit
    for change in (-86_400.0, 2 * 86_400.0):
        clock.advance(change)
        assert lease(outbox) is None
    outbox.mark_failed(visit, "no network", 0)
    assert lease(outbox) == visit
    clock.advance(-86_400.0)
    steady.advance(61)
    assert lease(outbox) == visit
    outbox.close()


def lease(outbox: Outbox) -> str | None:
    item = outbox.lease(60)
    return item.id if item else None
