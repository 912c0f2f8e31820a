"""Passwords and secret keys for other services, each in a file of its own."""

from __future__ import annotations

from pathlib import Path

from config.errors import Problem


def read_secret_file(path: str, problem: str = "server.notices.secret_unreadable") -> str:
    """Return the secret in the file. Raises Problem with the id `problem`, the file and what is wrong with it."""
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise Problem(problem, file=path, why=why) from error
    if not secret:
        raise Problem(problem, file=path, why="it is empty")
    return secret
