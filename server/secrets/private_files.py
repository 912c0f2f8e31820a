"""Secrets of this server: created once, in files that only its user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from config.atomic_file import make_private_folder, sync_folder
from config.errors import Problem


def private_folder(path: Path) -> Path:
    """Return the folder at `path`, accessible to this user only: create it, or remove the access of others."""
    return make_private_folder(path)


def private_file(path: Path) -> Path:
    """Return the file at `path`; create it empty for this user only. Files that other programs derive from it (a
    database's journal) get its mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return path


def read_or_create_secret(folder: Path, name: str, size: int = 32) -> str:
    """Return the secret `name` as hexadecimal digits; the first call creates it from `size` random bytes.

    Two processes that start together get the same one: one links the complete file into place, the other reads it.
    """
    path = private_folder(folder) / f"{name}.key"
    if not path.exists():
        _link_into_place(path, secrets.token_hex(size))
    return read_secret(path, size)


def read_secret(path: Path, size: int = 32) -> str:
    """Return the secret in the file. Raises Problem keys.unreadable if it is empty or damaged: an empty secret would
    protect nothing, and data would be encrypted with a key that nobody can restore."""
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        whole = len(bytes.fromhex(text)) == size
    except ValueError:
        whole = False
    if not whole:
        raise Problem("keys.unreadable", path=path, why=f"it is not {2 * size} hexadecimal digits")
    return text


def write_private(path: Path, text: str) -> None:
    """Write `text` atomically; only this user can read it (mode 0600)."""
    draft = _write_temp(path, text)
    os.replace(draft, path)
    sync_folder(path.parent)


def _link_into_place(path: Path, text: str) -> None:
    draft = _write_temp(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
        sync_folder(path.parent)


def _write_temp(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_whole(draft, text.encode())
    return draft


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file that only this user can read; none stays if the disk is full. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
