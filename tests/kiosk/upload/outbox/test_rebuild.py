"""The comparison of the data folder with the outbox: its counts, and the files that it does not move."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from config.errors import Problem
from kiosk.capture.storage import StoredFile
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.photo_header import portrait_header
from kiosk.upload.outbox.rebuild import FolderReport, OutboxRebuild
from kiosk.upload.outbox.repair import OutboxRepair
from tests.kiosk.upload.data_folder import VERDICTS, DataFolder, make_portrait
from tests.kiosk.upload.outbox.test_unreadable_rows import damage

FOREIGN = "0" * 16 + "-" + "1" * 32 + ".jpg"


def rebuild(station: DataFolder, also_unassigned: bool = False) -> FolderReport:
    outbox_rebuild = OutboxRebuild(station.outbox, station.originals, station.folder / "unassigned")
    return outbox_rebuild.run(also_unassigned)


@pytest.fixture
def station(tmp_path: Path) -> DataFolder:
    """A data folder with one shot that no outbox lists."""
    before = DataFolder(tmp_path)
    before.begin_visit(1)
    before.outbox.close()
    for path in tmp_path.glob("outbox.db*"):
        path.unlink()
    return DataFolder(tmp_path)


def test_only_identified_photos_come_back_from_the_unassigned(station: DataFolder) -> None:
    (station.originals.folder / FOREIGN).write_bytes(b"of another station")
    station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")
    unassigned = station.originals.folder.rename(station.folder / "unassigned")
    assert (rebuild(station), len(list(unassigned.iterdir()))) == (FolderReport(), 3)
    assert rebuild(station, also_unassigned=True) == FolderReport(queued=1, returned=1)
    assert len(list(unassigned.iterdir())) == 2


def test_a_photo_that_comes_back_overwrites_none(station: DataFolder) -> None:
    [path] = station.originals.folder.iterdir()
    twin = station.folder / "unassigned" / path.name
    twin.parent.mkdir()
    twin.write_bytes(path.read_bytes())
    assert rebuild(station, also_unassigned=True) == FolderReport(queued=1)
    assert twin.exists()


def test_a_photo_that_cannot_come_back_is_not_counted(station: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    unassigned = station.originals.folder.rename(station.folder / "unassigned")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kiosk.upload.outbox.rebuild.os.rename", full)
    assert rebuild(station, also_unassigned=True) == FolderReport()
    assert len(list(unassigned.iterdir())) == 1


def test_a_visit_that_is_not_queued_on_a_full_disk_is_queued_next_time(
    station: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Problem("upload.disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(OutboxRepair, "restore", full)
        assert rebuild(station) == FolderReport(stuck=1)
    assert rebuild(station) == FolderReport(queued=1)


def test_a_file_that_a_power_failure_cut_off_is_counted_and_stays(station: DataFolder) -> None:
    part = station.originals.folder / f".{FOREIGN}.part"
    part.write_bytes(b"half a")
    assert rebuild(station) == FolderReport(queued=1, unreadable=1)
    assert part.read_bytes() == b"half a"


def test_a_file_that_was_sent_and_deleted_meanwhile_is_not_counted(
    station: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = station.originals.folder / FOREIGN
    monkeypatch.setattr(station.originals, "list_except", lambda names: [gone])
    assert rebuild(station) == FolderReport()


def test_a_file_that_disappears_while_it_is_moved_is_not_counted(
    station: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.originals.store(b"a shot of 86a4649", "IMG_1.JPG")

    def gone(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("kiosk.upload.outbox.rebuild.os.rename", gone)
    assert rebuild(station) == FolderReport(queued=1)


def test_a_portrait_without_its_shot_is_not_sent(tmp_path: Path) -> None:
    before = DataFolder(tmp_path)
    visit, shot = before.begin_visit(1)
    before.store_portrait(visit, shot)
    before.outbox.close()
    for path in (*tmp_path.glob("outbox.db*"), shot.path):
        path.unlink()
    assert rebuild(DataFolder(tmp_path)) == FolderReport(unassigned=1)


# ------------------------------------------------------------------ visits that a copy of the outbox lists in part


def put_back(station: DataFolder) -> DataFolder:
    """Restart the station with the copy of its outbox that was made before."""
    station.outbox.close()
    shutil.copyfile(station.folder / "before.db", station.folder / "outbox.db")
    return DataFolder(station.folder)


def copy_outbox(station: DataFolder) -> None:
    OutboxRepair(station.outbox).copy_database(station.folder / "before.db")


@pytest.mark.parametrize(("minutes", "sent"), [(1, 1), (0, 1), (-1, 0)])
def test_a_shot_that_an_open_visit_lacks_is_added_and_sent_if_it_is_the_newest(
    tmp_path: Path, minutes: int, sent: int
) -> None:
    station = DataFolder(tmp_path)
    visit, first = station.begin_visit(1)
    station.store_portrait(visit, first)
    copy_outbox(station)
    assert visit.taken_at is not None
    visit.taken_at += timedelta(minutes=minutes)
    second = station.shoot(visit, "retake")
    station = put_back(station)
    assert rebuild(station) == FolderReport(queued=1)
    [item] = station.outbox.open_visits()
    assert {shot.original for shot in item.shots} == {first, second}
    assert item.chosen_shot.original == (first, second)[sent]
    assert rebuild(station) == FolderReport()


def test_a_late_shot_that_an_open_visit_lacks_is_not_sent_instead_of_a_newer_one(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    visit, _ = station.begin_visit(1)
    assert visit.taken_at is not None
    visit.taken_at += timedelta(minutes=2)
    newest = station.shoot(visit, "retake")
    copy_outbox(station)
    visit.taken_at -= timedelta(minutes=1)
    station.shoot(visit, "late")
    station = put_back(station)
    assert rebuild(station) == FolderReport(queued=1)
    [item] = station.outbox.open_visits()
    assert (len(item.shots), item.chosen_shot.original) == (3, newest)


def test_a_shot_that_an_ended_visit_lacks_is_added_and_the_accepted_one_is_sent(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    station.store_portrait(visit, shot)
    station.end(visit)
    station.originals.store(b"retake", "IMG_2.JPG", station.originals.read_content(shot).header)
    assert rebuild(station) == FolderReport(queued=1)
    item = station.outbox.lease(60)
    assert item is not None
    assert (len(item.shots), item.chosen_shot.original) == (2, shot)


def store_portrait_file(station: DataFolder, shot: StoredFile, jpeg: bytes, written_at: float) -> None:
    """A portrait that was finished, but not recorded, when the kiosk ended."""
    header = station.originals.read_content(shot).header
    assert header is not None
    station.originals.store(jpeg, "portrait.jpg", portrait_header(header, {}, VERDICTS, written_at))


def portrait_after_rebuild(station: DataFolder) -> bytes | None:
    rebuild(station)
    [item] = station.outbox.open_visits()
    return station.originals.read(item.portrait_file) if item.portrait_file is not None else None


@pytest.mark.parametrize("newest", [b"first", b"second"])
def test_the_newest_portrait_that_an_open_visit_lacks_is_recorded(tmp_path: Path, newest: bytes) -> None:
    station = DataFolder(tmp_path)
    _, shot = station.begin_visit(1)
    for jpeg in (b"first", b"second"):
        store_portrait_file(station, shot, jpeg, written_at=2.0 if jpeg == newest else 1.0)
    assert portrait_after_rebuild(station) == newest


def test_a_recorded_portrait_is_not_replaced(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    station.store_portrait(visit, shot)
    store_portrait_file(station, shot, b"another", written_at=1.0)
    recorded = portrait_after_rebuild(station)
    assert recorded is not None
    assert recorded.startswith(b"portrait of ")


def test_a_shot_whose_portrait_failed_gets_none(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    station.recorder.record_portrait_failure(visit, shot, Problem("photo.no_face"))
    store_portrait_file(station, shot, b"another", written_at=1.0)
    assert portrait_after_rebuild(station) is None


def test_a_portrait_that_an_ended_visit_lacks_is_not_recorded(tmp_path: Path) -> None:
    """The visit is sent as the student saw it."""
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    assert visit.id is not None
    station.outbox.mark_ready(visit.id, VisitOutcome.INTERRUPTED)
    make_portrait(station.originals, shot)
    rebuild(station)
    assert station.outbox.get(visit.id).portrait_file is None


# ------------------------------------------------------------------ visits without sound rows


def test_a_visit_of_several_shots_began_with_the_first(station: DataFolder) -> None:
    [path] = station.originals.folder.iterdir()
    first = station.originals.read_unrecorded(path).header
    assert first is not None
    station.originals.store(b"retake", "IMG_2.JPG", {**first, "written_at": first["written_at"] + 60})
    assert rebuild(station) == FolderReport(queued=1)
    assert [entry.started_at for entry in station.outbox.entries()] == [first["written_at"]]


def test_a_damaged_row_is_removed_once_its_file_is_listed_again(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    visit, shot = station.begin_visit(1)
    damage(station.outbox.path, "UPDATE shots SET visit = 'x'")
    assert rebuild(station) == FolderReport(queued=1)
    [item] = station.outbox.open_visits()
    assert (item.id, item.shot_file) == (visit.id, shot)
    assert len(list(station.outbox.database.shots.rows)) == 1


def test_a_damaged_row_of_one_of_two_shots_is_replaced(tmp_path: Path) -> None:
    station = DataFolder(tmp_path)
    visit, _ = station.begin_visit(1)
    station.shoot(visit, "retake")
    damage(station.outbox.path, "UPDATE shots SET visit = 'x' WHERE seq = 2")
    assert rebuild(station) == FolderReport(queued=1)
    [item] = station.outbox.open_visits()
    assert (item.id, len(item.shots), len(list(station.outbox.database.shots.rows))) == (visit.id, 2, 2)


@pytest.mark.parametrize("change", ["visit = 'x'", "original = 'x'"])
def test_a_damaged_row_is_kept_while_its_file_is_listed_nowhere_else(tmp_path: Path, change: str) -> None:
    station = DataFolder(tmp_path)
    _, shot = station.begin_visit(1)
    damage(station.outbox.path, f"UPDATE shots SET {change}")
    shot.path.unlink()
    assert rebuild(station) == FolderReport(damaged=1)
    assert len(list(station.outbox.database.shots.rows)) == 1
