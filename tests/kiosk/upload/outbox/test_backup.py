"""Copies of the outbox: made while it is used, checked, kept in order, and never replaced by a damaged one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import cast

import pytest

from config.errors import Problem
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox import backup as backup
from kiosk.upload.outbox import integrity as integrity
from kiosk.upload.outbox import opening as opening
from kiosk.upload.outbox.backup import BACKUP_EVERY_VISITS, MIN_BACKUP_INTERVAL_S, Backups, BackupSchedule
from kiosk.upload.outbox.integrity import find_damage
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.outbox.opening import open_outbox
from kiosk.upload.outbox.outbox import Outbox
from tests.kiosk.upload.outbox.test_migrations import OLD
from tests.kiosk.upload.samples import ManualClock, add_ready, draft, mark_sent, stored_file


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "outbox-backups").glob("*"))


def visits_in(path: Path) -> int:
    connection = sqlite3.connect(path)
    count = connection.execute("SELECT count(*) FROM visits").fetchone()[0]
    connection.close()
    return int(count)


def test_the_outbox_is_copied_after_some_visits(tmp_path: Path, outbox: Outbox) -> None:
    for number in range(BACKUP_EVERY_VISITS - 1):
        add_ready(outbox, f"s{number}")
    assert copies(tmp_path) == []
    add_ready(outbox)
    assert copies(tmp_path) == ["outbox-000001.db"]
    assert visits_in(tmp_path / "outbox-backups" / "outbox-000001.db") == BACKUP_EVERY_VISITS
    copy = tmp_path / "outbox-backups" / "outbox-000001.db"
    assert copy.stat().st_mode & 0o077 == 0
    assert copy.read_bytes()[18:20] == b"\1\1", "not in WAL mode: one file (sqlite.org/fileformat2.html, 1.3.3)"


def test_the_outbox_is_copied_after_some_visits_were_sent(tmp_path: Path, outbox: Outbox) -> None:
    for number in range(BACKUP_EVERY_VISITS - 1):
        add_ready(outbox, f"s{number}")
    item = outbox.lease(60)
    assert item is not None
    assert copies(tmp_path) == [], "control"
    mark_sent(outbox, item)
    assert copies(tmp_path) == ["outbox-000001.db"]


class SlowBackups(Backups):
    """Counts the copies; each takes `seconds`."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self.clock, self.seconds, self.copies = clock, seconds, 0

    def make(self, source: sqlite3.Connection) -> None:
        self.clock.advance(self.seconds)
        self.copies += 1


@pytest.mark.parametrize(("seconds", "pause"), [(0.0, MIN_BACKUP_INTERVAL_S), (0.5, MIN_BACKUP_INTERVAL_S), (2.0, 200)])
def test_copies_are_made_after_a_pause_that_grows_with_their_length(seconds: float, pause: float) -> None:
    clock = ManualClock()
    backups = SlowBackups(clock, seconds)
    schedule = BackupSchedule(backups, lambda: contextlib.nullcontext(cast(sqlite3.Connection, None)), clock)
    for _ in range(BACKUP_EVERY_VISITS):
        schedule.count_change()
    assert backups.copies == 1
    clock.advance(pause - 0.125)
    for _ in range(BACKUP_EVERY_VISITS):
        schedule.count_change()
    assert backups.copies == 1
    clock.advance(0.125)
    schedule.count_change()
    assert backups.copies == 2
    schedule.close()
    assert backups.copies == 2, "nothing has changed since"
    schedule.count_change()
    schedule.close()
    assert backups.copies == 3


def test_a_clean_end_leaves_a_copy_of_everything(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    add_ready(outbox)
    outbox.close()
    assert [visits_in(path) for path in (tmp_path / "outbox-backups").iterdir()] == [1]


def test_an_unchanged_outbox_is_not_copied_again(tmp_path: Path, outbox: Outbox) -> None:
    for number in (1, 2):
        add_ready(outbox)
        for _ in range(3):
            outbox.back_up()
        assert len(copies(tmp_path)) == number


def test_the_draft_of_a_killed_process_prevents_no_copy(tmp_path: Path, outbox: Outbox) -> None:
    (tmp_path / "outbox-backups").mkdir()
    (tmp_path / "outbox-backups" / f".outbox.{os.getpid()}.draft").write_bytes(b"half a copy")
    add_ready(outbox)
    outbox.back_up()
    assert copies(tmp_path) == ["outbox-000001.db"]


def test_only_the_newest_copies_are_kept_and_numbers_continue(tmp_path: Path, outbox: Outbox) -> None:
    for number in range(backup.MAX_BACKUPS + 3):
        add_ready(outbox, f"s{number}")
        outbox.back_up()
    first = 4
    assert copies(tmp_path) == [f"outbox-{number:06d}.db" for number in range(first, first + backup.MAX_BACKUPS)]


def test_a_damaged_outbox_is_not_copied_over_the_good_ones(
    tmp_path: Path, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_ready(outbox)
    outbox.back_up()
    add_ready(outbox)
    monkeypatch.setattr(backup, "is_sound", lambda path: False)
    outbox.back_up()
    assert copies(tmp_path) == ["outbox-000001.db"]


def test_a_full_disk_prevents_the_copy_and_nothing_else(
    tmp_path: Path, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "make_private_folder", full)
    for number in range(BACKUP_EVERY_VISITS + 1):
        add_ready(outbox, f"s{number}")
    assert outbox.stats().ready == BACKUP_EVERY_VISITS + 1


def test_the_newest_good_copy_is_used(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", ManualClock())
    for number in range(3):
        add_ready(outbox, f"s{number}")
        outbox.back_up()
    outbox.close()
    newest = tmp_path / "outbox-backups" / "outbox-000003.db"
    newest.write_bytes(newest.read_bytes()[:5000])
    (tmp_path / "outbox.db").write_bytes(b"no database at all" * 100)
    opened = open_outbox(tmp_path / "outbox.db")
    assert (opened.restored, opened.outbox.stats().ready) == (True, 2)
    assert (tmp_path / opened.damaged_name).read_bytes() == b"no database at all" * 100
    opened.outbox.close()


def test_an_outbox_that_is_only_locked_is_not_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    add_ready(outbox)
    outbox.close()
    monkeypatch.setattr(integrity, "_BUSY_TIMEOUT_S", 0.0)
    holder = sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Problem) as caught:
        open_outbox(tmp_path / "outbox.db")
    holder.execute("ROLLBACK")
    holder.close()
    assert caught.value.key == "upload.outbox_error"
    assert not list(tmp_path.glob("outbox.db.damaged*"))


def test_a_name_for_a_damaged_outbox_is_never_used_twice(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    names = set()
    for _ in range(3):
        aside = opening.damaged_path(path)
        aside.touch()
        names.add(aside.name)
    assert len(names) == 3


@pytest.mark.parametrize("step", ["fresh", "old"])
def test_a_sound_outbox_is_sound(tmp_path: Path, step: str) -> None:
    path = tmp_path / "outbox.db"
    if step == "old":
        connection = sqlite3.connect(path)
        connection.executescript(OLD.read_text(encoding="utf-8"))
        connection.close()
        assert find_damage(path) == ""
    Outbox(path).close()
    assert find_damage(path) == ""


def damage_middle_page(path: Path) -> None:
    """Zero one leaf page of the table `shots`, so that the visits whose shots are on it cannot be read."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sql = "SELECT pageno FROM dbstat WHERE name = 'shots' AND pagetype = 'leaf' ORDER BY pageno"
    pages = [row[0] for row in connection.execute(sql)]
    connection.close()
    data = bytearray(path.read_bytes())
    at = (pages[len(pages) // 2] - 1) * 4096
    data[at : at + 4096] = bytes(4096)
    path.write_bytes(data)


def test_the_undamaged_visits_of_a_damaged_outbox_are_taken_over(tmp_path: Path) -> None:
    """There is no backup, and the files have no header."""
    path = tmp_path / "outbox.db"
    outbox = Outbox(path, ManualClock())
    visits = [add_ready(outbox, f"s{number}") for number in range(40)]
    damage_middle_page(path)
    opened = open_outbox(path)
    states = {queued.id: queued.state for queued in opened.outbox.entries()}
    assert opened.damaged_name
    assert 20 < len(states) < 40
    assert states.keys() <= set(visits)
    assert set(states.values()) == {OutboxState.READY}
    assert all(opened.outbox.get(visit).outcome is VisitOutcome.ACCEPTED for visit in states)
    opened.outbox.close()


def test_how_a_visit_ended_is_taken_from_the_damaged_outbox_not_from_an_older_backup(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = Outbox(path, ManualClock())
    visit = outbox.create(draft(), stored_file())
    outbox.back_up()
    outbox.mark_ready(visit, VisitOutcome.ACCEPTED)
    for number in range(30):
        add_ready(outbox, f"s{number}")
    damage_middle_page(path)
    opened = open_outbox(path)
    assert opened.restored
    assert opened.outbox.get(visit).outcome is VisitOutcome.ACCEPTED
    opened.outbox.close()


def test_an_outbox_of_86a4649_is_read_when_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("UPDATE visits SET sent_at = NULL WHERE state = 'sent'")
    connection.commit()
    connection.close()
    opened = open_outbox(path)
    assert opened.damaged_name
    assert {queued.state for queued in opened.outbox.entries()} == {
        OutboxState.OPEN,
        OutboxState.READY,
        OutboxState.REJECTED,
    }
    assert opened.outbox.stats().ready == 2
    opened.outbox.close()
