"""The sources of the server's keys; with a wrong key nothing is written."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from server.core.management.commands.new_keys import write_new_file
from server.records.id_number_protection import decrypt_number, keyed_hash, slow_keyed_hash
from server.records.models import Student
from server.secrets.key_check import check_keys, key_warnings
from server.secrets.key_rotation import reencrypt_everything
from server.secrets.key_store import KeyStore, key_store, new_key_file
from server.secrets.private_files import private_folder, read_or_create_secret
from tests.server.conftest import fake_number
from tests.server.test_cli import ENVIRONMENT, run

A, B = "aa" * 32, "bb" * 32


def store(tmp_path: Path, text: str, folder: Path | None = None) -> KeyStore:
    path = tmp_path / "zhengguan.keys"
    path.write_text(text)
    path.chmod(0o600)
    return key_store(folder or tmp_path / "keys", str(path), {})


def test_keys_in_the_data_folder_are_made_once(tmp_path: Path) -> None:
    first = key_store(tmp_path / "keys", "", {}).keys("number")
    assert first == key_store(tmp_path / "keys", "", {}).keys("number")
    assert len(bytes.fromhex(first[0])) == 32


def test_a_key_file_makes_nothing_in_the_data_folder(tmp_path: Path) -> None:
    keys = store(tmp_path, f"# of the school\nmaster={A}\n")
    assert keys.current("number") != keys.current("roster")
    assert keys.current("number") == store(tmp_path, f"master={A}").current("number")
    assert not (tmp_path / "keys").exists()


def test_the_key_file_may_be_a_systemd_credential(tmp_path: Path) -> None:
    (tmp_path / "zhengguan.keys").write_text(f"master={A}")
    by_systemd = key_store(tmp_path / "keys", "", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert by_systemd.file == tmp_path / "zhengguan.keys"
    other = tmp_path / "other"
    other.write_text(f"master={B}")
    both = {"ZHENGGUAN_SERVER_KEYS": str(other), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert key_store(tmp_path / "keys", "", both).file == other


def test_a_new_key_on_top_opens_what_an_older_one_encrypted(student: Student, tmp_path: Path, settings: Any) -> None:
    text = new_key_file(settings.KEYS)
    settings.KEY_STORE = store(tmp_path, text)
    assert decrypt_number(student.id_number_encrypted) == fake_number(1)
    assert keyed_hash(fake_number(1)) == student.id_number_hmac
    slow = slow_keyed_hash(fake_number(1))
    settings.KEY_STORE = store(tmp_path, f"master={B}\n{text}")
    assert slow_keyed_hash(fake_number(1)) == slow
    assert reencrypt_everything() == 1
    student.refresh_from_db()
    settings.KEY_STORE = store(tmp_path, f"master={B}\n")
    assert decrypt_number(student.id_number_encrypted) == fake_number(1)


def test_another_key_is_refused_before_anything_is_written(student: Student, tmp_path: Path, settings: Any) -> None:
    check_keys()
    settings.KEY_STORE = store(tmp_path, f"master={B}")
    with pytest.raises(Problem, match="another key"):
        check_keys()


def test_a_key_left_out_of_the_key_file_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    key_store(folder, "", {}).keys("number")
    store(tmp_path, new_key_file(folder), folder).require_moved()
    with pytest.raises(Problem, match=r"number\.key"):
        store(tmp_path, f"master={B}", folder).require_moved()


@pytest.mark.parametrize("text", ["number", "master=12", f"mas ter={A}", "master=" + "zz" * 32, "\x00", f"={A}"])
def test_a_broken_key_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        store(tmp_path, text)


def test_a_missing_key_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        key_store(tmp_path, str(tmp_path / "none"), {})


def test_keys_next_to_the_data_give_a_warning(tmp_path: Path, settings: Any) -> None:
    assert [warning.key for warning in key_warnings()] == ["keys.next_to_data"]
    settings.KEY_STORE = store(tmp_path, f"master={A}")
    assert key_warnings() == []
    settings.KEY_STORE = store(tmp_path, f"master={A}", settings.KEYS)
    assert [warning.key for warning in key_warnings()] == ["keys.old_keys_remain"]


@pytest.mark.process
def test_an_installed_server_keeps_no_key_in_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    first = run("new-keys", keys, "--data", data)
    assert first.returncode == 0, first.stderr
    assert keys.stat().st_mode & 0o077 == 0
    again = run("new-keys", keys, "--data", data)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    monkeypatch.setitem(ENVIRONMENT, "ZHENGGUAN_SERVER_KEYS", str(keys))
    paired: subprocess.CompletedProcess[str] = run("pair-code", "--data", data)
    assert paired.returncode == 0, paired.stderr
    assert list(data.rglob("*.key")) == []


def test_a_key_file_that_others_can_read_gives_a_warning(tmp_path: Path, settings: Any) -> None:
    settings.KEY_STORE = store(tmp_path, f"master={A}")
    assert settings.KEY_STORE.file is not None
    settings.KEY_STORE.file.chmod(0o644)
    assert [warning.key for warning in key_warnings()] == ["keys.open_to_others"]
    settings.KEY_STORE.file.chmod(0o640)  # root:zhengguan-server
    assert key_warnings() == []


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"\xff\xfe", b"aa" * 16], ids=["empty", "text", "bytes", "half"])
def test_a_damaged_key_in_the_data_folder_stops_the_start(content: bytes, tmp_path: Path) -> None:
    """An empty one would sign sessions, and derive hashes of numbers, with a key that everybody knows."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "number.key").write_bytes(content)
    with pytest.raises(Problem, match=r"number\.key cannot be read"):
        key_store(folder, "", {}).keys("number")
    with pytest.raises(Problem, match=r"number\.key cannot be read"):
        new_key_file(folder)
    with pytest.raises(Problem, match=r"number\.key"):
        store(tmp_path, f"master={B}", folder).require_moved()


def test_a_full_disk_leaves_no_empty_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installer takes a key file that exists for a complete one."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.secrets.private_files.os.fsync", full)
    with pytest.raises(Problem, match="No space left"):
        write_new_file(tmp_path / "server.keys", b"master=" + b"aa" * 32)
    with pytest.raises(OSError, match="No space left"):
        read_or_create_secret(private_folder(tmp_path), "number")
    assert list(tmp_path.iterdir()) == []
