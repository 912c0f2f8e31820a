"""The cipher decrypts its own files, and rejects all others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Problem
from kiosk.upload import encryption as encryption
from kiosk.upload.encryption import CREDENTIAL_NAME, KEY_SIZE, FileCipher

CIPHER = FileCipher(bytes(range(KEY_SIZE)))


def key_of_problem(sealed: bytes, cipher: FileCipher = CIPHER) -> str:
    with pytest.raises(Problem) as caught:
        cipher.decrypt(sealed)
    return caught.value.key


@given(data=st.binary(max_size=2000))
def test_encrypted_data_can_be_decrypted_and_is_not_readable(data: bytes) -> None:
    sealed = CIPHER.encrypt(data)
    assert CIPHER.decrypt(sealed) == data
    assert len(data) < 8 or data not in sealed
    assert CIPHER.encrypt(data) != sealed


@given(data=st.binary(max_size=60), at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_is_detected(data: bytes, at: int, flip: int) -> None:
    sealed = bytearray(CIPHER.encrypt(data))
    sealed[at % len(sealed)] ^= flip
    assert key_of_problem(bytes(sealed)) == "encryption.tampered"


@given(data=st.binary(max_size=60), length=st.integers(0, 10_000))
def test_a_cut_off_file_is_detected(data: bytes, length: int) -> None:
    sealed = CIPHER.encrypt(data)
    assert key_of_problem(sealed[: length % len(sealed)]) == "encryption.tampered"


def test_another_key_decrypts_nothing() -> None:
    assert key_of_problem(CIPHER.encrypt(b"x"), FileCipher(bytes(KEY_SIZE))) == "encryption.tampered"


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "station.key"
    sealed = FileCipher.load_or_create(path).encrypt(b"x")
    assert FileCipher.load_or_create(path).decrypt(sealed) == b"x"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_that_another_process_made_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "station.key"
    other = bytes(range(KEY_SIZE))
    link = os.link

    def late(source: Path, target: Path) -> None:
        path.write_bytes(other)
        link(source, target)

    monkeypatch.setattr(encryption.os, "link", late)
    assert FileCipher.load_or_create(path).decrypt(FileCipher(other).encrypt(b"x")) == b"x"
    assert path.read_bytes() == other


@pytest.mark.parametrize("content", [b"", b"short", bytes(KEY_SIZE + 1)])
def test_a_broken_key_file_is_reported_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "station.key"
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        FileCipher.load_or_create(path)
    assert caught.value.key == "encryption.key_broken"
    assert path.read_bytes() == content


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FileCipher(b"short")


@pytest.mark.parametrize(
    "where", ["files/0.jpg", "unassigned/0.jpg", "unclaimed/0", "roster.sealed", "files/.0.jpg.part"]
)
def test_a_lost_key_is_never_replaced_by_a_new_one(tmp_path: Path, where: str) -> None:
    sealed = tmp_path / where
    sealed.parent.mkdir(exist_ok=True)
    sealed.write_bytes(CIPHER.encrypt(b"a shot"))
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            FileCipher.load_or_create(tmp_path / "station.key")
        assert caught.value.key == "encryption.key_missing"
    assert not (tmp_path / "station.key").exists()


def test_a_folder_with_nothing_encrypted_gets_a_key(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "note.txt").write_text("nothing of ours")
    FileCipher.load_or_create(tmp_path / "station.key")
    assert (tmp_path / "station.key").stat().st_size == KEY_SIZE


def test_a_key_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / "station.key").mkdir()
    with pytest.raises(Problem) as caught:
        FileCipher.load_or_create(tmp_path / "station.key")
    assert caught.value.key == "encryption.key_unreadable"


def test_the_photo_engine_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        FileCipher.load(tmp_path / "station.key")
    assert caught.value.key == "encryption.key_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_key_from_systemd_takes_precedence_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `install.sh --seal-key` the disk of a station contains no unencrypted key."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / CREDENTIAL_NAME).write_bytes(bytes(KEY_SIZE))
    sealed = FileCipher(bytes(KEY_SIZE)).encrypt(b"a shot")
    (tmp_path / "shot").write_bytes(sealed)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert FileCipher.load_or_create(tmp_path / "station.key").decrypt(sealed) == b"a shot"
    assert FileCipher.load(tmp_path / "station.key").decrypt(sealed) == b"a shot"
    assert not (tmp_path / "station.key").exists()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "gone"))
    with pytest.raises(Problem) as caught:
        FileCipher.load_or_create(tmp_path / "station.key")
    assert caught.value.key == "encryption.key_missing"
