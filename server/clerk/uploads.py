"""Roster files between upload and import: encrypted, for one user, deleted after an hour."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.fernet import InvalidToken
from django.conf import settings

from config.atomic_file import make_private_folder, write_atomic
from server.secrets.encryption import decrypt_bytes, encrypt_bytes

MAX_AGE_S: Final = 3600
_KEY: Final = "number"  # the file contains the same ID numbers as the database
_IDENTIFIER_LENGTH: Final = 32


@dataclass(frozen=True)
class RosterUpload:
    """An uploaded file and its user's choices so far. `columns` maps positions to columns; None: not chosen yet."""

    id: str
    user: int
    campaign: str
    file_name: str
    sheet: str = ""
    columns: dict[int, str] | None = None
    content: bytes = field(default=b"", repr=False)


def store(user: int, campaign: str, file_name: str, content: bytes) -> RosterUpload:
    """Store a new file; delete those that are too old."""
    remove_expired(time.time())
    upload = RosterUpload(secrets.token_hex(_IDENTIFIER_LENGTH // 2), user, campaign, file_name[:120], content=content)
    write_atomic(_content_path(upload.id), encrypt_bytes(_KEY, content))
    _write_choices(upload)
    return upload


def load(identifier: str, user: int) -> RosterUpload | None:
    """Return the user's upload with this id; None if it is another user's, has expired or never existed."""
    remove_expired(time.time())
    if len(identifier) != _IDENTIFIER_LENGTH or not identifier.isalnum():
        return None
    try:
        choices = json.loads(decrypt_bytes(_KEY, _choices_path(identifier).read_bytes()))
        if choices["user"] != user:
            return None
        content = decrypt_bytes(_KEY, _content_path(identifier).read_bytes())
    except (OSError, InvalidToken):
        return None
    columns = choices.pop("columns")
    assigned = None if columns is None else {int(place): column for place, column in columns.items()}
    return RosterUpload(**choices, columns=assigned, content=content)


def choose(upload: RosterUpload, sheet: str, columns: dict[int, str] | None) -> RosterUpload:
    """Store the chosen sheet and columns."""
    chosen = replace(upload, sheet=sheet, columns=columns)
    _write_choices(chosen)
    return chosen


def remove(upload: RosterUpload) -> None:
    for path in (_choices_path(upload.id), _content_path(upload.id)):
        path.unlink(missing_ok=True)


def delete_expired(now: datetime) -> int:
    """Delete expired files periodically, also when nobody opens a page."""
    return remove_expired(now.timestamp())


def remove_expired(now: float) -> int:
    """Delete files older than an hour, whoever uploaded them; return how many."""
    count = 0
    for path in _folder().iterdir():
        try:
            if now - path.stat().st_mtime > MAX_AGE_S:
                path.unlink()
                count += 1
        except FileNotFoundError:  # another request deleted it
            continue
    return count


def _write_choices(upload: RosterUpload) -> None:
    choices = {name: getattr(upload, name) for name in ("id", "user", "campaign", "file_name", "sheet", "columns")}
    write_atomic(_choices_path(upload.id), encrypt_bytes(_KEY, json.dumps(choices).encode()))


def _folder() -> Path:
    return make_private_folder(settings.DATA / "roster-uploads")


def _content_path(identifier: str) -> Path:
    return _folder() / f"{identifier}.table"


def _choices_path(identifier: str) -> Path:
    return _folder() / f"{identifier}.choices"
