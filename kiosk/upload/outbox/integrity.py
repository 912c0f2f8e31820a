"""Check that an outbox file is an undamaged database with exactly the expected tables."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from functools import cache
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from config.errors import Problem
from kiosk.upload.outbox.schema import MIGRATIONS

_BUSY_TIMEOUT_S: Final = 10.0
_ENVIRONMENT_ERRORS: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_IOERR,
)
"""Primary result codes that do not depend on the file's content (sqlite.org/rescode.html)."""
_DAMAGE_ERRORS: Final = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ)


def is_sound(path: Path) -> bool:
    return find_damage(path) == ""


def find_damage(path: Path) -> str:
    """Return a description of the damage; empty for a sound database.

    Raises Problem (upload.outbox_error) if the database cannot be checked: locked by another program, no permission, no
    memory; and Problem (upload.outbox_newer) if it is from a later version of this program."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as connection:
            connection.text_factory = decode_text
            return _check_integrity(connection, path)
    except sqlite3.Error as error:
        if _is_environment_error(error, path):
            raise Problem("upload.outbox_error", path=path, why=error) from error
        return str(error) or type(error).__name__


def decode_text(text: bytes) -> str:
    """Decode without an error, also damaged text; the digest detects the damage."""
    return text.decode("utf-8", "replace")


def _is_environment_error(error: sqlite3.Error, path: Path) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code in _DAMAGE_ERRORS:
        return False
    if code & 0xFF == sqlite3.SQLITE_READONLY:
        return not os.access(path, os.W_OK)
    return code & 0xFF in _ENVIRONMENT_ERRORS


def _check_integrity(connection: sqlite3.Connection, path: Path) -> str:
    # integrity_check finds what quick_check finds, and also indexes that do not match their table.
    errors = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    if errors != ["ok"]:
        return "; ".join(errors)
    steps = int(connection.execute("PRAGMA user_version").fetchone()[0])
    schema = _schema_of(connection)
    if steps > len(MIGRATIONS):
        if (steps ^ _recorded_steps(connection, schema)).bit_count() != 1:
            raise Problem("upload.outbox_newer", path=path)
        return f"user_version is {steps}"  # differs in one bit from the recorded version
    if steps == 0 and not schema:
        return ""  # an empty file; opening it creates the tables
    wrong = _expected_schema(steps) ^ schema
    return f"unexpected tables: {sorted(name for name, _ in wrong)}" if wrong else ""


def _schema_of(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return frozenset((str(name), " ".join(str(sql).split())) for name, sql in rows)


def _recorded_steps(connection: sqlite3.Connection, schema: frozenset[tuple[str, str]]) -> int:
    if "schema_version" not in {name for name, _ in schema}:
        return 0
    row = connection.execute("SELECT max(steps) FROM schema_version").fetchone()
    return int(row[0] or 0)


@cache
def _expected_schema(steps: int) -> frozenset[tuple[str, str]]:
    db = Database(memory=True)
    for step in MIGRATIONS[:steps]:
        step(db)
    return _schema_of(db.conn)
