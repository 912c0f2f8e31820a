"""The signing key of a station: encrypted on the disk, made once, renewed after two years, and optional."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk.capture.proof.keys import is_signed
from kiosk.upload.encryption import FileCipher
from kiosk.upload.signing_key import MAX_AGE, create_signing_key, ensure_signing_key, load_signing_key

TODAY = date(2026, 5, 20)
CIPHER = FileCipher(bytes(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing.sealed"


def test_it_is_made_once_and_only_its_user_reads_it(path: Path) -> None:
    key = ensure_signing_key(path, CIPHER, TODAY)
    assert key is not None
    again = ensure_signing_key(path, CIPHER, TODAY + MAX_AGE)
    loaded = load_signing_key(path, CIPHER)
    assert again is not None
    assert loaded is not None
    assert {key.public, again.public, loaded.public} == {key.public}
    assert path.stat().st_mode & 0o777 == 0o600
    assert is_signed(b"x", loaded.sign(b"x"), key.public)


def test_it_is_not_readable_without_the_stations_key(path: Path) -> None:
    create_signing_key(path, CIPHER, TODAY)
    assert load_signing_key(path, FileCipher(bytes([1]) * 32)) is None


@pytest.mark.parametrize("change", ["old", "damaged", "emptied", "another key"])
def test_a_new_one_replaces_it(path: Path, change: str) -> None:
    first = create_signing_key(path, CIPHER, TODAY)
    cipher = FileCipher(bytes([1]) * 32) if change == "another key" else CIPHER
    if change in ("damaged", "emptied"):
        path.write_bytes(path.read_bytes()[:40] if change == "damaged" else b"")
        assert load_signing_key(path, cipher) is None
    later = TODAY + MAX_AGE + timedelta(days=1) if change == "old" else TODAY
    second = ensure_signing_key(path, cipher, later)
    assert first is not None
    assert second is not None
    assert first.public != second.public
    stored = load_signing_key(path, cipher)
    assert stored is not None
    assert stored.public == second.public


def test_a_folder_that_cannot_be_written_means_no_signature(tmp_path: Path) -> None:
    assert ensure_signing_key(tmp_path / "missing" / "signing.sealed", CIPHER, TODAY) is None
    assert load_signing_key(tmp_path / "missing" / "signing.sealed", CIPHER) is None
