"""The content of a backup, the files that it copies, and changes and faults during it."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from config.errors import Problem
from config.i18n import Message
from server.backup import make
from server.backup.manifest import read_file_list, read_manifest
from server.submissions.models import Submission
from server.submissions.store import file_sha256, picture_store
from tests.server.backup.conftest import NIGHT, back_up, contents, empty_server, restore
from tests.server.conftest import make_student
from tests.server.delivery.conftest import store_picture
from tests.server.submissions.reviewing import submission_of


def new_submission(serial: int) -> Submission:
    student = make_student(Submission.objects.earliest("pk").campaign, serial)
    shot = store_picture(f"shot {serial}".encode())
    return submission_of(student, id=f"{serial:032x}", shot_sha256=shot, portrait_sha256=None)


def test_only_new_files_are_copied(data: Path, backups: Path) -> None:
    assert (back_up(backups).copied, back_up(backups, days=1).copied) == (6, 0)
    new_submission(3)
    notice = next((data / "notices").rglob("*.txt"))
    notice.write_text("Approved!")  # changed in place
    last = back_up(backups, days=2)
    assert (last.files, last.copied) == (7, 2)
    for path in (backups / "objects").glob("??/*"):
        assert file_sha256(path) == path.name


def test_a_backup_has_no_keys_and_nobody_else_can_read_it(data: Path, backups: Path, settings: Any) -> None:
    (data / "keys").mkdir()
    (data / "keys/number.key").write_text("ab" * 32)
    back_up(backups)
    keys = {key for name in ("django", "number") for key in settings.KEY_STORE.keys(name)} | {"ab" * 32}
    for path in backups.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
        if path.is_file():
            assert not [
                key for key in keys if key.encode() in path.read_bytes() or bytes.fromhex(key) in path.read_bytes()
            ]
    assert not list(backups.rglob("*.key"))


def test_a_damaged_picture_is_reported_and_an_earlier_backup_keeps_the_intact_one(data: Path, backups: Path) -> None:
    back_up(backups)
    lost, damaged = Submission.objects.order_by("pk")
    picture_store().path(lost.shot_sha256).unlink()
    picture_store().path(damaged.shot_sha256).write_bytes(b"rust")
    assert back_up(backups, days=1).missing == ()
    other = new_submission(3)
    picture_store().path(other.shot_sha256).write_bytes(b"rust")
    name = f"files/{other.shot_sha256[:2]}/{other.shot_sha256}"
    last = back_up(backups, days=2)
    assert last.missing == (name,)
    assert read_manifest(last.folder).missing == (name,)
    assert name not in [entry.path for entry in read_file_list(last.folder)]


def test_a_picture_that_only_the_earlier_backup_has_is_restored(data: Path, backups: Path, tmp_path: Path) -> None:
    back_up(backups)
    before = contents()
    picture_store().path(Submission.objects.earliest("pk").shot_sha256).unlink()
    back_up(backups, days=1)
    with empty_server(tmp_path / "other"):
        restore(backups)
        assert contents() == before


def test_a_file_that_is_erased_during_the_backup_is_no_fault(
    data: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = next((data / "notices").rglob("*.txt"))
    during(monkeypatch, notice.unlink)
    assert (back_up(backups).missing, back_up(backups, days=1).files) == ((), 5)


def during(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Call `action` once, after the database is copied and before the files are."""
    original, actions = make.copy_database, [action]

    def copy_and_act(target: Path) -> None:
        original(target)
        if actions:
            actions.pop()()

    monkeypatch.setattr(make, "copy_database", copy_and_act)


def test_the_server_goes_on_while_it_is_backed_up(
    data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers do not wait; rows that they write after the copy of the database are in the next backup."""
    rows, _ = contents()

    def write() -> None:
        thread = threading.Thread(target=lambda: (User.objects.create_user("later"), connection.close()))
        thread.start()
        thread.join()

    during(monkeypatch, write)
    back_up(backups)
    assert User.objects.filter(username="later").exists()
    with empty_server(tmp_path / "other"):
        restore(backups)
        assert contents()[0] == rows


def test_a_database_in_the_middle_of_a_transaction_is_copied_as_it_was(
    data: Path, backups: Path, tmp_path: Path
) -> None:
    rows, _ = contents()
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        from django.db import transaction

        with transaction.atomic():
            User.objects.create_user("open")
            begun.set()
            done.wait()
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    back_up(backups)
    done.set()
    thread.join()
    with empty_server(tmp_path / "other"):
        restore(backups)
        assert contents()[0] == rows


class Killed(BaseException):
    """Ends the process at this point, like a kill."""


@pytest.mark.parametrize("function", ["copy_database", "_copy_file", "write_manifest", "write_sums", "expire"])
def test_an_interrupted_backup_does_not_count_and_the_next_is_complete(
    function: str, data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(backups)
    before = contents()

    def kill(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(make, function, kill)
        with pytest.raises(Killed):
            back_up(backups, days=1)
    with empty_server(tmp_path / "other"):
        restore(backups)
        assert contents() == before
    back_up(backups, days=2)
    assert not list(backups.glob("*.part"))
    with empty_server(tmp_path / "another"):
        restore(backups)
        assert contents() == before


def test_a_full_disk_leaves_the_earlier_backups(data: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = back_up(backups).folder

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    new_submission(3)
    monkeypatch.setattr("server.backup.repository.copy_hashed", full)
    with pytest.raises(OSError, match="No space"):
        back_up(backups, days=1)
    assert [path for path in backups.iterdir() if path.name[0] == "2" and path.suffix == ""] == [first]


def test_a_disk_that_is_full_during_the_copy_of_the_database_is_not_damage(
    data: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(sqlite3.Connection):
        def backup(self, target: Any, **more: Any) -> None:
            target.execute("PRAGMA max_page_count = 1")
            target.execute("CREATE TABLE large (row)")

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda place, **more: connect(place, factory=Full, **more))
    with pytest.raises(sqlite3.OperationalError, match="is full"):
        back_up(backups)


def test_signs_of_an_address_in_the_name_of_the_folder(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "备份 #1?mode=rw%41"
    back_up(folder)
    with empty_server(tmp_path / "another"):
        restore(folder)
        assert contents()
    assert not (tmp_path / "备份 ").exists()


def test_two_backups_within_a_second_have_different_names(data: Path, backups: Path) -> None:
    assert [back_up(backups).folder.name for _ in range(2)] == ["20261129-030000", "20261129-030001"]


def test_two_backups_at_a_time_are_refused(data: Path, backups: Path) -> None:
    backups.mkdir()
    with (backups / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Problem, match="Another process"):
            back_up(backups)
    back_up(backups)


def test_an_empty_server_has_nothing_to_back_up(data: Path, backups: Path, tmp_path: Path) -> None:
    with empty_server(tmp_path / "other"), pytest.raises(Problem, match="no data yet"):
        back_up(backups)
    assert not backups.exists()


@pytest.mark.sqlite
def test_a_damaged_database_is_not_backed_up(data: Path, backups: Path, tmp_path: Path) -> None:
    back_up(backups)
    with empty_server(tmp_path / "other") as place:
        restore(backups)
        connection.close()
        database = place / "zhengguan.sqlite3"
        content = bytearray(database.read_bytes())
        content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
        database.write_bytes(content)
        with pytest.raises(Problem, match="could not be copied intact"):
            back_up(backups, days=1)
    assert [path.name for path in backups.glob("2*-??????")] == ["20261129-030000"]


def test_the_manifest_describes_the_backup(data: Path, backups: Path) -> None:
    folder = back_up(backups).folder
    manifest = json.loads((folder / "manifest.json").read_text())
    assert folder.name == f"{NIGHT:%Y%m%d-%H%M%S}"
    assert manifest["created_at"].startswith("2026-11-29T03:00:00")
    assert manifest["database"] == connection.vendor
    assert "records.0001_initial" in manifest["migrations"]
    assert (manifest["files"], manifest["missing"]) == (6, [])


def test_progress_is_reported(data: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Message] = []
    monkeypatch.setattr(make, "PROGRESS_FILES", 4)
    back_up(backups, report=reported.append)
    assert [dict(message.values) for message in reported] == [{}, {"files": 4, "copied": 4}]
