"""The database of the settings: SQLite in the data folder, or the PostgreSQL server that [database] url names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.settings.server import DatabaseSettings
from server.secrets.private_files import private_file
from server.secrets.secret_file import read_secret_file

SQLITE_NAME: Final = "zhengguan.sqlite3"
CONNECT_TIMEOUT_S: Final = 5
LOCK_TIMEOUT_S: Final = 15
"""A statement that waits this long for a lock fails, and its request gets the response 503."""
DEAD_CONNECTION_MS: Final = 10_000
CONNECTION_AGE_S: Final = 600
"""How long a thread reuses its connection. A connection for each request would read SQLite's schema each time."""


def database_settings(configured: DatabaseSettings, data: Path) -> dict[str, Any]:
    """Return Django's entry for the database. Raises Problem: driver missing, wrong address, unreadable password."""
    if configured.url:
        return _postgresql(configured)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": private_file(data / SQLITE_NAME),
        "CONN_MAX_AGE": CONNECTION_AGE_S,
        # IMMEDIATE takes the write lock at BEGIN: no other writer can intervene between check and write, and a busy
        # writer causes a wait instead of a late failure. FULL: acknowledged data survives a power cut.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_TIMEOUT_S,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": data / "test.sqlite3"},
    }


def _postgresql(configured: DatabaseSettings) -> dict[str, Any]:
    options = _parse(configured.url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    entry: dict[str, Any] = {name: options.pop(option, "") for name, option in names.items()}
    if configured.password_file:
        entry["PASSWORD"] = read_secret_file(configured.password_file, "server.database.password")
    limits = f"-c lock_timeout={LOCK_TIMEOUT_S}s"
    return {
        "ENGINE": "django.db.backends.postgresql",
        **entry,
        "CONN_MAX_AGE": CONNECTION_AGE_S,
        "CONN_HEALTH_CHECKS": True,  # a connection that a restart of PostgreSQL ended is opened again
        "OPTIONS": {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": DEAD_CONNECTION_MS,
            **options,
            "options": f"{options.get('options', '')} {limits}".strip(),
        },
    }


def _parse(url: str) -> dict[str, Any]:
    """Return the parts and parameters of the address, as libpq names them."""
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise Problem("server.database.no_driver") from error
    try:
        options: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        raise Problem("server.database.wrong_url") from error  # libpq's message may contain the password
    if not options.get("dbname"):
        raise Problem("server.database.wrong_url")
    return options
