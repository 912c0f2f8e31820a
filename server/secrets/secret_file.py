"""Passwords and secret keys for other services, each in a separate file."""

from __future__ import annotations

from pathlib import Path

from config.errors import Problem


def read_secret_file(path: str, problem: str = "server.notices.secret_unreadable") -> str:
    """Return the secret in the file. Raises Problem with the id `problem`, the file and the reason."""
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise Problem(problem, file=path, why=why) from error
    if not secret:
        raise Problem(problem, file=path, why="it is empty")
    return secret


def is_open_to_others(path: str) -> bool:
    """Return whether other users can read or change the file. Its group may read: where root owns the file, that is the
    group of the service."""
    return bool(Path(path).stat().st_mode & 0o027)


def is_backed_up(path: str, data: Path) -> bool:
    """Return whether the file is in the data folder, so that every backup contains it."""
    return Path(path).resolve().is_relative_to(data)
