"""A backup is restored on a server without data; an unsuitable or damaged one is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.errors import Problem
from config.i18n import Message
from server.backup import restore as restoring
from server.backup.manifest import MANIFEST, write_sums
from server.backup.restore import MARK, require_no_interrupted_restore
from server.backup.trees import stored_files
from server.secrets.key_store import key_store
from server.submissions.models import Submission
from tests.server.backup.conftest import back_up, contents, empty_server, restore


def test_every_row_and_file_comes_back(data: Path, backups: Path, tmp_path: Path) -> None:
    result = back_up(backups)
    before = contents()
    assert len(before[1]) == result.files == 6
    with empty_server(tmp_path / "other") as place:
        restored = restore(backups)
        assert contents() == before
        assert restored.damaged == ()
        assert not (place / MARK).exists()
        require_no_interrupted_restore()
        assert all(path.stat().st_mode & 0o077 == 0 for path in place.rglob("*"))
        assert Submission.objects.count() == 2  # Django reads it


def test_the_restored_server_adds_to_the_same_backups(data: Path, backups: Path, tmp_path: Path) -> None:
    back_up(backups)
    with empty_server(tmp_path / "other"):
        restore(backups)
        assert back_up(backups, days=1).copied == 0


def test_an_older_backup_is_chosen_by_its_name(data: Path, backups: Path, tmp_path: Path) -> None:
    first = back_up(backups).folder.name
    before = contents()
    Submission.objects.all().delete()
    back_up(backups, days=1)
    with empty_server(tmp_path / "other"):
        restore(backups, first)
        assert contents() == before


def test_a_missing_backup_is_one_sentence(data: Path, backups: Path, tmp_path: Path) -> None:
    name = back_up(backups).folder.name
    for folder, requested in ((backups, "20200101-000000"), (backups, "../x"), (tmp_path / "none", None), (data, None)):
        with empty_server(tmp_path / "other"), pytest.raises(Problem, match="no complete backup") as refused:
            restore(folder, requested)
        assert (name in str(refused.value)) == (folder == backups)


def test_a_server_with_data_is_left_alone(data: Path, backups: Path, tmp_path: Path) -> None:
    back_up(backups)
    before = contents()
    with pytest.raises(Problem, match="data in"):
        restore(backups)
    assert contents() == before
    with empty_server(tmp_path / "other") as place:
        (place / "files/ab").mkdir(parents=True)
        (place / f"files/ab/ab{'0' * 62}").write_bytes(b"of somebody")
        with pytest.raises(Problem, match="data in"):
            restore(backups)
        assert len(list(stored_files())) == 1


def change_manifest(backup: Path, **changes: Any) -> None:
    """Change the manifest, and the hashes with it."""
    manifest = {**json.loads((backup / MANIFEST).read_text()), **changes}
    (backup / MANIFEST).write_text(json.dumps(manifest))
    write_sums(backup)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "newer release"),
        ({"migrations": ("records.0001_initial", "records.9999_future")}, "9999_future"),
        ({"database": "postgresql"}, "postgresql"),
        ({"key_check": "gAAAAA"}, "keys"),
        ({"format": "?"}, "manifest"),
    ],
)
def test_an_unsuitable_backup_is_refused(
    changes: dict[str, Any], message: str, data: Path, backups: Path, tmp_path: Path
) -> None:
    backup = back_up(backups).folder
    if "database" in changes and connection.vendor == "postgresql":
        changes = {"database": "sqlite"}
    change_manifest(backup, **changes)
    assert_refused(backups, tmp_path / "other", message)


def test_other_keys_are_refused_and_none_are_made(data: Path, backups: Path, tmp_path: Path, settings: Any) -> None:
    back_up(backups)
    (tmp_path / "other.keys").write_text(f"master={'ab' * 32}\n")
    for store in (key_store(tmp_path / "keys", "", {}), key_store(tmp_path, str(tmp_path / "other.keys"), {})):
        settings.KEY_STORE = store
        assert_refused(backups, tmp_path / "other", "unseal-keys")
    assert not (tmp_path / "keys").exists()


def assert_refused(backups: Path, place: Path, message: str, **more: Any) -> None:
    """Check that the restore is refused with this message and leaves nothing."""
    with empty_server(place):
        with pytest.raises(Problem, match=message):
            restore(backups, **more)
        rows, files = contents()
        assert (rows, files) == ({}, {})
        require_no_interrupted_restore()


def test_damage_at_any_place_is_found_before_anything_is_restored(data: Path, backups: Path, tmp_path: Path) -> None:
    backup = back_up(backups).folder
    intact = {path: path.read_bytes() for path in backups.rglob("*") if path.is_file() and path.name != "lock"}
    assert len(intact) == 4 + 6
    contents_seen = False
    for path, content in intact.items():
        for damaged in damaged_copies(content):
            path.unlink() if damaged is None else path.write_bytes(damaged)
            assert_refused(backups, tmp_path / "other", "damaged")
            path.write_bytes(content)
            if connection.vendor == "postgresql" or (path.parent != backup and contents_seen):
                break  # one change is enough
        contents_seen = contents_seen or path.parent != backup
    with empty_server(tmp_path / "last"):
        restore(backups)


def damaged_copies(content: bytes) -> list[bytes | None]:
    """Return copies with a byte changed at the beginning, in the middle or at the end, a short, a long and an empty
    one, and None for a missing file."""
    flipped = [bytearray(content) for _ in range(3)]
    for copy, place in zip(flipped, (0, len(content) // 2, -1), strict=True):
        copy[place] ^= 1
    return [*map(bytes, flipped), content[:-1], content + b"\n", b"", None]


def test_the_rest_is_restored_on_request(data: Path, backups: Path, tmp_path: Path) -> None:
    back_up(backups)
    shot = Submission.objects.earliest("pk").shot_sha256
    (backups / "objects" / shot[:2] / shot).write_bytes(b"rust")
    before = contents()
    with empty_server(tmp_path / "other"):
        assert restore(backups, skip_damaged=True).damaged == (f"files/{shot[:2]}/{shot}",)
        rows, files = contents()
    assert rows == before[0]
    assert files == {path: content for path, content in before[1].items() if path != f"files/{shot[:2]}/{shot}"}


def test_a_path_outside_the_data_is_refused(data: Path, backups: Path, tmp_path: Path) -> None:
    backup = back_up(backups).folder
    for path in ("../x", "files/../../x", "/etc/x", "files", "keys/x", "files//x", "files/\u0000", "files/.x"):
        lines = (backup / "files.jsonl").read_text().splitlines()
        lines[0] = json.dumps({**json.loads(lines[0]), "path": path})
        (backup / "files.jsonl").write_text("\n".join(lines) + "\n")
        write_sums(backup)
        assert_refused(backups, tmp_path / "other", "damaged")


class Killed(BaseException):
    """Ends the process at this point, like a kill."""


@pytest.mark.parametrize(("function", "call"), [("_copy_file", 1), ("_copy_file", 4), ("restore_database", 1)])
@pytest.mark.parametrize("after", [False, True])
def test_an_interrupted_restore_stops_the_server_until_it_is_continued(
    function: str, call: int, after: bool, data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = back_up(backups).folder.name
    back_up(backups, days=1)
    before = contents()
    with empty_server(tmp_path / "other"):
        with monkeypatch.context() as patch:
            kill_at(patch, function, call, after)
            with pytest.raises(Killed):
                restore(backups, name)
        with pytest.raises(Problem, match=name):
            require_no_interrupted_restore()
        with pytest.raises(Problem, match=name):
            restore(backups)  # another backup, the newest
        restore(backups, name)
        assert contents() == before


def kill_at(patch: pytest.MonkeyPatch, function: str, call: int, after: bool) -> None:
    """Kill the process at this call of the function, before or after its work."""
    original, calls = getattr(restoring, function), [call]

    def run_and_kill(*arguments: Any) -> Any:
        calls[0] -= 1
        result = original(*arguments) if calls[0] or after else None
        if not calls[0]:
            raise Killed
        return result

    patch.setattr(restoring, function, run_and_kill)


def test_a_failed_restore_leaves_nothing_even_after_an_interrupted_one(
    data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = back_up(backups).folder.name
    with empty_server(tmp_path / "other"):
        with monkeypatch.context() as patch:
            kill_at(patch, "_copy_file", 6, after=True)
            with pytest.raises(Killed):
                restore(backups, name)
        monkeypatch.setattr(restoring, "copy_hashed", full_disk)
        with pytest.raises(OSError, match="No space"):
            restore(backups, name)
        assert contents() == ({}, {})
        require_no_interrupted_restore()


def full_disk(source: Path, target: Path) -> None:
    target.write_bytes(b"half")
    raise OSError(28, "No space left on device")


def test_a_database_that_cannot_be_restored_leaves_no_files(
    data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(backups)

    def fail(copy: Path) -> None:
        raise Problem("backup.program_failed", program="pg_restore", why="no")

    monkeypatch.setattr(restoring, "restore_database", fail)
    assert_refused(backups, tmp_path / "other", "pg_restore")


def test_progress_is_reported(data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Message] = []
    monkeypatch.setattr("server.backup.make.PROGRESS_FILES", 2)
    monkeypatch.setattr(restoring, "PROGRESS_FILES", 2)
    back_up(backups, report=reported.append)
    with empty_server(tmp_path / "other"):
        restoring.restore_backup(backups, None, reported.append)
    counts = [message.values["files"] for message in reported if "files" in message.values]
    assert counts == [2, 4, 6, 2, 4, 6]
    assert [message.key for message in reported][:1] == ["backup.copying_database"]


def test_a_disk_that_is_full_at_the_database_leaves_nothing_of_it(
    data: Path, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(backups)

    def full(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.backup.database_copy.copy_hashed", full)
    with empty_server(tmp_path / "another") as place:
        with pytest.raises(OSError, match="No space"):
            restore(backups)
        assert not [path.name for path in place.iterdir() if "restored" in path.name]
