"""Temporary errors of disk and database: a full disk, a database locked by another writer."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection

from server.core.api_errors import ApiError

_DISK_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NEARLY_FULL_BYTES: Final = 1 << 20
_DISK_BROKEN_ERRNOS: Final = (errno.EIO, errno.EROFS)
# SQLite's primary codes, the lowest 8 bits of its extended codes (https://sqlite.org/rescode.html).
_SQLITE_REASONS: Final = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_IOERR: "storage",
    sqlite3.SQLITE_CANTOPEN: "storage",
    sqlite3.SQLITE_READONLY: "storage",
    sqlite3.SQLITE_NOMEM: "busy",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html; the first two characters name the class.
_POSTGRESQL_REASONS: Final = {
    "53100": "disk_full",
    "55P03": "busy",
    "40001": "busy",
    "40P01": "busy",
    "25006": "storage",
}
_POSTGRESQL_CLASS_REASONS: Final = {"08": "busy", "53": "busy", "57": "busy", "58": "storage"}


def storage_api_error(error: BaseException) -> ApiError | None:
    """Return the rejection (disk_full, busy, storage) for an error of disk or database; None for any other error."""
    reason = storage_reason(error)
    return ApiError(f"refused.{reason}") if reason else None


def storage_reason(error: BaseException) -> str | None:
    reason = next(filter(None, map(_reason, _error_chain(error))), None)
    return "disk_full" if reason == "storage" and _is_nearly_full() else reason


def is_unreachable(error: BaseException) -> bool:
    """Whether the PostgreSQL server did not respond or ended the connection."""
    return any(map(_ended_connection, _error_chain(error)))


def _ended_connection(error: BaseException) -> bool:
    """Whether the error is of the connection, not of a statement: psycopg reports it without a code."""
    database: Any = connection
    driver = database.Database
    if isinstance(error, sqlite3.Error) or not isinstance(error, driver.OperationalError | driver.InterfaceError):
        return False
    return getattr(error, "sqlstate", None) is None


def _is_nearly_full() -> bool:
    """Detect a full disk: SQLite reports a file that it cannot enlarge as an input/output error."""
    try:
        disk = os.statvfs(settings.DATA)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _NEARLY_FULL_BYTES


def _error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and its causes: Django wraps the errors of the database driver."""
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: BaseException) -> str | None:
    if isinstance(error, OSError):
        return (
            "disk_full"
            if error.errno in _DISK_FULL_ERRNOS
            else "storage"
            if error.errno in _DISK_BROKEN_ERRNOS
            else None
        )
    if isinstance(error, sqlite3.Error):
        return _SQLITE_REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(error, DatabaseError):
        return None  # Django's wrapper; its cause follows
    if _ended_connection(error):
        return "busy"
    state = str(getattr(error, "sqlstate", "") or "")
    return _POSTGRESQL_REASONS.get(state) or _POSTGRESQL_CLASS_REASONS.get(state[:2])
