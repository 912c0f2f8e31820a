"""Secrets in files: who can read them, and whether backups contain them."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.secrets.secret_file import is_backed_up, is_open_to_others


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "secret"
    path.parent.mkdir()
    path.write_text("s3cret\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("mode", "is_open"),
    [(0o600, False), (0o400, False), (0o640, False), (0o644, True), (0o620, True), (0o604, True), (0o602, True)],
)
def test_the_group_may_read_and_nobody_else(mode: int, is_open: bool, secret: Path) -> None:
    secret.chmod(mode)
    assert is_open_to_others(str(secret)) is is_open


def test_a_file_in_the_data_folder_is_backed_up(secret: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert not is_backed_up(str(secret), data)
    assert is_backed_up(str(secret), secret.parent)
    assert is_backed_up(str(data / ".." / "keys" / "secret"), secret.parent)
    link = tmp_path / "link"
    link.symlink_to(secret)
    assert is_backed_up(str(link), secret.parent)
