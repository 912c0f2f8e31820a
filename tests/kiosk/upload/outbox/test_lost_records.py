"""A photo is never deleted because a record of it is missing: every way to lose a record, with 20 unsent visits."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.capture.file_names import is_stored_name
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rebuild import FolderReport
from kiosk.upload.outbox.repair import OutboxRepair
from tests.kiosk.upload.data_folder import STUDENTS, VISITS, DataFolder, StartedStation, fill, photos, start_station
from tests.kiosk.upload.samples import draft, mark_sent, stored_file


@pytest.fixture(scope="module")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("filled_folder") / "c"
    folder.mkdir()
    station = fill(folder)
    yield folder  # the outbox is not closed, as after a killed kiosk
    station.outbox.close()


@pytest.fixture
def folder(filled_folder: Path, tmp_path: Path) -> Path:
    """A copy of the folder, with the write-ahead log, as after a killed kiosk."""
    return Path(shutil.copytree(filled_folder, tmp_path / "c"))


def assert_complete(started: StartedStation, folder: Path, before: list[str]) -> None:
    after = photos(folder)
    assert set(before) <= set(after), "a photo is missing"
    # The one visit without a portrait gets one at the start.
    assert len(after) <= len(before) + 1
    students = started.students()
    assert sorted(students) == sorted(STUDENTS)
    assert len(students) == VISITS
    started.outbox.close()


def test_control_nothing_happened(folder: Path) -> None:
    before = photos(folder)
    assert len(before) == VISITS + 4 + 19 + 4  # shots, retakes, portraits, portraits of retakes
    started = start_station(folder)
    assert (started.report.queued, started.report.unassigned, started.finished) == (0, 0, 2)
    assert_complete(started, folder, before)


def renamed(folder: Path) -> Path:
    return folder.rename(folder.with_name("renamed"))


def moved(folder: Path) -> Path:
    return Path(shutil.move(folder, folder.parent / "another disk" / "station"))


def through_a_link(folder: Path) -> Path:
    link = folder.with_name("link")
    link.symlink_to(folder, target_is_directory=True)
    return link


def through_parent(folder: Path) -> Path:
    return folder / ".." / folder.name


def relative(folder: Path) -> Path:
    os.chdir(folder.parent)
    return Path(folder.name)


@pytest.mark.parametrize("way", [renamed, moved, through_a_link, through_parent, relative])
def test_the_folder_is_reached_in_another_way(
    folder: Path, way: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    before = photos(folder)
    now = way(folder)
    started = start_station(now)
    assert (started.report.queued, started.report.unassigned) == (0, 0)
    assert_complete(started, now, before)


@pytest.mark.parametrize("backups", [True, False])
def test_the_outbox_was_deleted(folder: Path, backups: bool) -> None:
    for path in folder.glob("outbox.db*"):
        path.unlink()
    if not backups:
        shutil.rmtree(folder / "outbox-backups")
    before = photos(folder)
    started = start_station(folder)
    assert started.opened.restored == backups
    assert_complete(started, folder, before)


def test_the_outbox_was_deleted_without_its_write_ahead_log(folder: Path) -> None:
    (folder / "outbox.db").unlink()
    before = photos(folder)
    assert_complete(start_station(folder), folder, before)


def test_the_outbox_was_restored_from_a_copy_of_the_morning(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    station = fill(folder, visits=5, unfinished=1)
    OutboxRepair(station.outbox).copy_database(tmp_path / "morning.db")
    for number in range(5, VISITS):
        station.visit(number)
    station.outbox.close()
    shutil.copyfile(tmp_path / "morning.db", folder / "outbox.db")
    before = photos(folder)
    started = start_station(folder)
    assert started.report.queued == VISITS - 5
    assert sorted(started.students()) == sorted(STUDENTS)
    assert set(before) <= set(photos(folder))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_the_write_ahead_log_was_cut_off(folder: Path, share: float) -> None:
    log = folder / "outbox.db-wal"
    assert log.stat().st_size > 100_000, "control: the visits are in the log, not in the database"
    os.truncate(log, int(log.stat().st_size * share))
    before = photos(folder)
    assert_complete(start_station(folder), folder, before)


def test_the_outbox_was_copied_without_its_write_ahead_log(folder: Path) -> None:
    for part in ("-wal", "-shm"):
        (folder / f"outbox.db{part}").unlink()
    before = photos(folder)
    assert_complete(start_station(folder), folder, before)


def test_a_page_is_damaged(folder: Path) -> None:
    with sqlite3.connect(folder / "outbox.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path = folder / "outbox.db"
    data = bytearray(path.read_bytes())
    data[2 * 4096 : 3 * 4096] = bytes(4096)
    path.write_bytes(data)
    damaged = path.read_bytes()
    before = photos(folder)
    started = start_station(folder)
    assert_complete(started, folder, before)
    assert (folder / started.opened.damaged_name).read_bytes() == damaged, "the damaged outbox is kept as it was"


def test_the_ending_survives_in_a_backup_and_the_choice_in_the_files(tmp_path: Path) -> None:
    """The retake that has a portrait is sent, also without the outbox."""
    station = DataFolder(tmp_path)
    visit, first = station.begin_visit(1)
    station.store_portrait(visit, first)
    second = station.shoot(visit, "retake")
    station.store_portrait(visit, second)
    station.end(visit)
    for path in tmp_path.glob("outbox.db*"):
        path.unlink()
    started = start_station(tmp_path)
    item = started.outbox.lease(60)
    assert item is not None
    assert (item.id, item.shot_file.sha256) == (visit.id, second.sha256)
    submission = item.submission()
    assert submission.discarded_shots == (first.sha256,)
    assert submission.portrait is not None
    assert [verdict.rule for verdict in submission.verdicts] == ["eyes_open"]
    assert submission.recipe == {"standard": "chsi", "crop": [1, 2, 3, 4]}


def test_a_sent_visit_is_not_sent_again_and_its_files_are_purged(tmp_path: Path) -> None:
    """The outbox is restored from a copy that was made before the visit was sent."""
    station = DataFolder(tmp_path)
    sent, waiting = station.visit(1), station.visit(2)
    OutboxRepair(station.outbox).copy_database(tmp_path / "before.db")
    item = station.outbox.lease(60)
    assert item is not None
    assert item.id == sent.id
    files = {shot.original.path for shot in item.shots}
    mark_sent(station.outbox, item)
    assert all(path.exists() for path in files), "control: not purged yet"
    station.outbox.close()
    shutil.copyfile(tmp_path / "before.db", tmp_path / "outbox.db")
    started = start_station(tmp_path)
    item = started.outbox.lease(60)
    assert item is not None
    assert (item.id, started.outbox.lease(60)) == (waiting.id, None)
    assert started.outbox.purge_sent(started.originals) == 1
    assert not any(path.exists() for path in files)


def test_without_an_outbox_the_list_of_sent_visits_identifies_what_the_server_has(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    station.visit(1)
    item = station.outbox.lease(60)
    assert item is not None
    mark_sent(station.outbox, item)
    for path in tmp_path.glob("outbox.db*"):
        path.unlink()
    started = start_station(tmp_path)
    assert started.outbox.lease(60) is None
    assert (started.report.removed, photos(tmp_path)) == (2, [])


def test_only_files_that_the_server_confirmed_are_removed(tmp_path: Path) -> None:
    """A file of a sent visit that the server never confirmed is kept."""
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    station.store_portrait(visit, shot)
    station.end(visit)
    item = station.outbox.lease(60)
    assert item is not None
    header = station.originals.read_content(item.shot_file).header
    extra = station.originals.store(b"a shot that nobody noted", "IMG_2.JPG", header)
    mark_sent(station.outbox, item)
    station.outbox.purge_sent(station.originals)
    started = start_station(tmp_path)
    assert (started.report.unassigned, photos(tmp_path)) == (1, [extra.path.name])


def test_a_file_without_a_header_is_stored_as_unassigned(tmp_path: Path) -> None:
    """86a4649 wrote no headers."""
    station = DataFolder(tmp_path)
    old = station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    started = start_station(tmp_path)
    assert started.report.unassigned == 1
    moved_to = tmp_path / "unassigned" / old.path.name
    assert station.cipher.decrypt(moved_to.read_bytes()) == b"a shot of 86a4649"


def test_an_unassigned_photo_is_never_overwritten(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    old = station.originals.store(b"one", "IMG_1.JPG")
    (tmp_path / "unassigned").mkdir()
    (tmp_path / "unassigned" / old.path.name).write_bytes(b"another")
    start_station(tmp_path)
    names = photos(tmp_path)
    assert (len(set(names)), all(map(is_stored_name, names))) == (2, True)
    assert (tmp_path / "unassigned" / old.path.name).read_bytes() == b"another"


def test_a_file_that_was_moved_away_is_moved_back_with_its_record(tmp_path: Path) -> None:
    """A file of 86a4649: a start without the outbox moves it away, then the outbox is restored."""
    station = DataFolder(tmp_path)
    shot = station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    visit, _ = station.begin_visit(1)
    assert visit.id is not None
    station.outbox.add_shot(visit.id, shot)
    station.outbox.close()
    shutil.move(tmp_path / "outbox.db", tmp_path.parent / "away.db")
    shutil.rmtree(tmp_path / "outbox-backups", ignore_errors=True)
    (tmp_path / "sent-visits.jsonl").unlink(missing_ok=True)
    start_station(tmp_path).outbox.close()
    assert (tmp_path / "unassigned" / shot.path.name).exists(), "control: it was moved"
    for path in (*tmp_path.glob("outbox.db*"), *tmp_path.glob("outbox-backups/*")):
        path.unlink()
    shutil.move(tmp_path.parent / "away.db", tmp_path / "outbox.db")
    started = start_station(tmp_path)
    assert (started.report.returned, shot.path.exists()) == (1, True)


def test_a_file_of_another_key_stays_where_it_is_and_is_counted(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    station.visit(1)
    other = FileCipher(bytes(range(32)))
    foreign = tmp_path / "files" / ("0" * 16 + "-" + "1" * 32 + ".jpg")
    foreign.write_bytes(other.encrypt(b"another station's shot"))
    started = start_station(tmp_path)
    assert (started.report.unreadable, foreign.exists()) == (1, True)
    assert len(started.students()) == 1


def test_two_visits_with_the_same_bytes_stay_two(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    for number in (1, 2):
        visit, _ = station.begin_visit(number)
        station.shoot(visit, "the same bytes")
        station.end(visit)
    for path in tmp_path.glob("outbox.db*"):
        path.unlink()
    started = start_station(tmp_path)
    assert sorted(started.students()) == [f"{number:032x}" for number in (1, 2)]


def test_a_second_file_of_the_same_shot_waits_for_the_server(tmp_path: Path) -> None:
    """The disk failed after the file had its name, and the shot was written once more."""
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    content = station.originals.read_content(shot)
    twin = station.originals.store(content.data, "IMG_1.JPG", content.header)
    station.end(visit)
    started = start_station(tmp_path)
    item = started.outbox.lease(60)
    assert item is not None
    assert (len(item.shots), twin.path.exists()) == (1, True)
    mark_sent(started.outbox, item)
    started.outbox.purge_sent(started.originals)
    started.outbox.close()
    assert start_station(tmp_path).report.removed == 1
    assert not twin.path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_cannot_be_moved_stays_and_is_reported(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    old = station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    station.originals.folder.chmod(0o500)
    try:
        started = start_station(tmp_path)
    finally:
        station.originals.folder.chmod(0o700)
    assert (started.report.stuck, old.path.exists()) == (1, True)


def test_a_full_disk_keeps_the_file_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = DataFolder(tmp_path)
    old = station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    station.outbox.close()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kiosk.upload.outbox.rebuild.os.rename", full)
    started = start_station(tmp_path)
    assert (started.report, old.path.exists()) == (FolderReport(stuck=1), True)


def test_the_last_four_characters_are_encrypted_in_the_outbox(tmp_path: Path) -> None:
    file_cipher = FileCipher(bytes(range(32)))
    outbox = Outbox(tmp_path / "outbox.db", cipher=file_cipher)
    token = "abcdefghijklmnopqrstuv"
    visit = outbox.create(draft(last_four="987X", last_four_confirmed=True, progress_token=token), stored_file())
    outbox.close()
    assert not any(b"987X" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    again = Outbox(tmp_path / "outbox.db", cipher=file_cipher)
    restored = again.get(visit).draft
    assert (restored.last_four, restored.last_four_confirmed, restored.progress_token) == ("987X", True, token)
    again.close()
