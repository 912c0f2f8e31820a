"""Copies of the database: SQLite by its backup API (https://sqlite.org/backup.html), PostgreSQL by pg_dump and
pg_restore, both while the server runs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from config.errors import Problem
from server.backup.repository import copy_hashed
from server.core.storage_errors import storage_reason
from server.database import SQLITE_NAME
from server.secrets.private_files import private_file

_REASON_CHARACTERS: Final = 300


def copy_database(target: Path) -> None:
    """Copy the whole database as it is at one moment. Raises Problem: backup.database_damaged, backup.program_failed,
    backup.program_missing."""
    private_file(target)
    if connection.vendor == "sqlite":
        _copy_sqlite(Path(connection.settings_dict["NAME"]), target)
    else:
        _run_program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _copy_sqlite(source: Path, target: Path) -> None:
    # Copied in one step: a reader of the write-ahead log sees the database at one moment and blocks no writer.
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        try:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            messages = [row[0] for row in copy.execute("PRAGMA quick_check(1)")]
        except sqlite3.DatabaseError as error:
            if storage_reason(error) == "disk_full":
                raise
            messages = [str(error)]
    if messages != ["ok"]:
        raise Problem("backup.database_damaged", why=messages[0])


@contextmanager
def reading(copy: Path) -> Iterator[Any]:
    """Yield a cursor on the rows of a copy that `copy_database` has just made of this server's database.

    A dump of PostgreSQL cannot be queried, so the cursor reads the database itself. It names all files of the dump,
    except those deleted since; additional files, of rows that were added since, do no harm.
    """
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as database:
            yield database.cursor()
        return
    with transaction.atomic(), connection.cursor() as cursor:
        yield cursor


def is_empty() -> bool:
    """Whether this server's database has no tables. A file that SQLite cannot read is not empty."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as database:
            try:
                return not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            except sqlite3.DatabaseError:
                return False
    return not connection.introspection.table_names()


def restore_database(copy: Path) -> None:
    """Fill this server's empty database, completely or not at all. Raises Problem as `copy_database`."""
    if connection.vendor == "sqlite":
        _place_sqlite(copy, Path(connection.settings_dict["NAME"]))
        return
    try:
        _run_program("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", copy)
    finally:
        connection.close()


def _place_sqlite(copy: Path, target: Path) -> None:
    connection.close()
    draft = target.with_name(f"{SQLITE_NAME}.restored")
    try:
        copy_hashed(copy, draft)
    except OSError:  # a full disk
        draft.unlink(missing_ok=True)
        raise
    for suffix in ("-wal", "-shm"):  # of the empty database
        target.with_name(f"{target.name}{suffix}").unlink(missing_ok=True)
    os.replace(draft, target)


def _run_program(program: str, *arguments: str | Path) -> None:
    """Run a program of PostgreSQL's client on this server's database. The password is not on its command line."""
    from psycopg.conninfo import make_conninfo

    entry = connection.settings_dict
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    options: dict[str, Any] = {name: value for name, value in entry["OPTIONS"].items() if isinstance(value, str | int)}
    options |= {option: entry[name] for name, option in names.items() if entry[name]} | {"options": ""}
    environment = dict(os.environ)
    if entry["PASSWORD"]:
        environment["PGPASSWORD"] = entry["PASSWORD"]
    command = [program, f"--dbname={make_conninfo(**options)}", *map(str, arguments)]
    try:
        result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Problem("backup.program_missing", program=program) from error
    if result.returncode:
        why = " ".join(result.stderr.split())[:_REASON_CHARACTERS]
        raise Problem("backup.program_failed", program=program, why=why)
