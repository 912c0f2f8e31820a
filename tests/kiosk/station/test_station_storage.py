"""A station started with a data folder whose records are lost, and the operator's messages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import Problem
from config.i18n import LANGUAGES, Message, translations
from config.settings.station import station_settings
from hardware.cameras.api import CameraInfo, Shot
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.station.device_status import device_status
from kiosk.station.single_instance import acquire_lock
from kiosk.station.station import Station
from kiosk.upload.encryption import FileCipher
from kiosk.visit.unassigned_shots import UnassignedShots
from tests.kiosk.upload.data_folder import STUDENTS, VISITS, DataFolder, fill, make_portrait, photos

SHOT = Shot(b"a shot", "IMG_1.JPG", CameraInfo("test", "Test", "1", True, (8, 6), (8, 6)))


@contextmanager
def station_on(folder: Path) -> Iterator[Station]:
    """A station that has finished interrupted visits, as at its start; camera and screens are not started."""
    station = Station(station_settings(camera={"driver": "folder:/nowhere"}), folder)

    def make_portrait_now(shot: StoredFile, *_: object) -> Future[object]:
        future: Future[object] = Future()
        future.set_result(make_portrait(station.originals, shot))
        return future

    station.engine.make_portrait = make_portrait_now  # type: ignore[method-assign, assignment]
    try:
        station._finish_visits()
        yield station
    finally:  # only the parts that exist without `start`
        station.controller.close()
        station.engine.close()
        station.outbox.close()
        station._storage.lock_file.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "station"
    folder.mkdir()
    fill(folder).outbox.close()
    return folder


def waiting_students(station: Station) -> set[str]:
    assert station.outbox.stats().ready == VISITS
    return station.outbox.waiting_students()


def message_keys(messages: tuple[Message, ...]) -> list[str]:
    for message in messages:
        for language in LANGUAGES:
            assert "{" not in translations(language).translate(message.key, **message.values)
    return [message.key for message in messages]


def test_a_link_to_the_folder_is_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.with_name("link").symlink_to(folder)
    monkeypatch.chdir(folder.parent)
    before = photos(folder)
    with station_on(Path("link")) as station:
        assert station.paths.folder == folder
        assert waiting_students(station) == STUDENTS
        assert message_keys(device_status(station).storage_warnings) == []
    assert set(before) <= set(photos(folder))


def test_a_damaged_outbox_is_reported_to_the_operator(folder: Path) -> None:
    path = folder / "outbox.db"
    path.write_bytes(path.read_bytes()[:9000])
    before = photos(folder)
    with station_on(folder) as station:
        assert waiting_students(station) == STUDENTS
        assert message_keys(device_status(station).storage_warnings)[:2] == [
            "storage.outbox_damaged",
            "storage.outbox_restored",
        ]
    assert set(before) <= set(photos(folder))


def test_unassigned_photos_and_their_days_are_reported_to_the_operator(tmp_path: Path) -> None:
    data_folder = DataFolder(tmp_path)
    for number, day in enumerate((3, 5)):
        old = data_folder.originals.store(f"shot {number} of 86a4649".encode(), "IMG_1.JPG")
        moment = datetime(2026, 6, day, 9, tzinfo=UTC).timestamp()
        os.utime(old.path, (moment, moment))
    data_folder.outbox.close()
    with station_on(tmp_path) as station:
        status = device_status(station)
        assert message_keys(status.storage_warnings) == ["storage.moved"]
        assert status.unassigned is not None
        assert status.unassigned.values["number"] == 2
        first, last = (str(status.unassigned.values[name]) for name in ("first", "last"))
        assert (first[:5], last[:5]) == ("06-03", "06-05")
        assert message_keys((status.unassigned,)) == ["device.unassigned"]


def test_a_lost_key_keeps_the_station_from_starting(folder: Path) -> None:
    (folder / "station.key").unlink()
    before = photos(folder)
    with pytest.raises(Problem) as caught:
        Station(station_settings(), folder)
    assert caught.value.key == "encryption.key_missing"
    assert (photos(folder), (folder / "station.key").exists()) == (before, False)


def test_a_data_folder_open_to_others_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "by hand"
    folder.mkdir(mode=0o755)
    with station_on(folder):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_unassigned_photos_of_86a4649_are_taken_over(tmp_path: Path) -> None:
    cipher = FileCipher.load_or_create(tmp_path / "station.key")
    stored = UnassignedShots(FileStore(tmp_path / "unclaimed", cipher.encrypt, cipher.decrypt)).store(SHOT)
    size = stored.path.stat().st_size
    with station_on(tmp_path) as station:
        assert [picture.size for picture in station.unassigned_shots.list_shots()] == [size]
        assert photos(tmp_path) == [stored.path.name]
        assert not (tmp_path / "unclaimed").exists()


def test_shots_deleted_by_the_operator_are_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shots = UnassignedShots(FileStore(tmp_path / "unassigned"))
    stored = shots.store(SHOT)
    assert shots.delete_all() == 1
    assert stored.path.name in caplog.text


def rebuild(folder: Path, language: str = "en") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk.diagnostics", "outbox", "rebuild", "--data", str(folder)]
    return subprocess.run([*command, "--language", language], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.process
@pytest.mark.parametrize("language", LANGUAGES)
def test_rebuild_queues_everything_again(folder: Path, language: str) -> None:
    for path in folder.glob("outbox*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = photos(folder)
    done = rebuild(folder, language)
    assert done.returncode == 0, done.stderr
    numbers = {"waiting": VISITS - 1, "unfinished": 1, "refused": 0}  # one has no portrait yet
    assert translations(language).translate("storage.rebuilt", **numbers) in done.stdout
    assert photos(folder) == before
    again = rebuild(folder, language)
    assert again.stdout.strip() == translations(language).translate("storage.rebuilt", **numbers)


@pytest.mark.process
def test_rebuild_brings_identified_photos_back_from_the_unassigned(folder: Path) -> None:
    for path in folder.glob("outbox*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "files").rename(folder / "unassigned")
    before = photos(folder)
    assert rebuild(folder).returncode == 0
    assert (photos(folder), list((folder / "unassigned").iterdir())) == (before, [])


@pytest.mark.process
def test_rebuild_leaves_a_running_kiosk_alone(folder: Path) -> None:
    holder = acquire_lock(folder / "station.lock")
    done = rebuild(folder)
    holder.close()
    assert done.returncode == 2
    assert Problem("station.already_running", folder=str(folder)).in_language("en") in done.stderr
