"""The outbox's SQLite file: open it safely, run short transactions, and translate its errors."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database
from sqlite_utils.db import Table

from config.atomic_file import sync_folder
from config.errors import Problem
from kiosk.upload.outbox.integrity import decode_text
from kiosk.upload.outbox.rows import shot_digest, visit_digest
from kiosk.upload.outbox.schema import migrate

_BUSY_TIMEOUT_S: Final = 10.0
_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
_MIGRATION_PRAGMAS: Final = ("foreign_keys = OFF", "ignore_check_constraints = ON")
"""A migration copies a table with its damaged rows; OutboxRepair repairs them later."""
_WORK_PRAGMAS: Final = ("foreign_keys = ON", "ignore_check_constraints = OFF")


class OutboxDatabase:
    """One connection, shared by the threads of a process under a lock; processes wait for each other in SQLite.

    WAL with synchronous=FULL: a committed transaction survives a power cut (sqlite.org/pragma.html#pragma_synchronous).
    secure_delete: deleted personal data is overwritten.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        with _translated_errors(path):
            connection = _connect(path)
            try:
                self._db = Database(connection)
                self._set(*_PRAGMAS, *_MIGRATION_PRAGMAS)
                with self.transaction():
                    migrate(self._db, path)
                self._set(*_WORK_PRAGMAS)
            except BaseException:
                connection.close()
                raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _set(self, *pragmas: str) -> None:
        for pragma in pragmas:
            self._db.execute(f"PRAGMA {pragma}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take the write lock at the start, so that no other process writes between a read and a write inside."""
        with self._lock, _translated_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.conn.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read several times from one consistent state."""
        with self._lock, _translated_errors(self._path):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Yield SQLite's own connection, for the backup API."""
        with self._lock:
            yield self._db.conn

    @property
    def visits(self) -> Table:
        """The table of sqlite-utils, for lists and repairs: it reads the schema on every call, which takes longer than
        the statement. The statements of every visit use the methods below."""
        return self._db.table("visits")

    @property
    def shots(self) -> Table:
        return self._db.table("shots")

    def visit_row(self, visit: str, columns: str = "*") -> dict[str, Any]:
        """Return the row of a visit. Raises KeyError for an unknown id."""
        for row in self.rows(f"SELECT {columns} FROM visits WHERE id = :id", id=visit):
            return row
        raise KeyError(visit)

    def shot_rows(self, visit: str) -> list[dict[str, Any]]:
        """Return the rows of the visit's shots, the chosen one last."""
        return self.rows("SELECT * FROM shots WHERE visit = :visit ORDER BY seq", visit=visit)

    def insert_visit(self, row: Mapping[str, object]) -> None:
        """Insert a visit with its digest. `row` has the types that SQLite returns: str, int, float, None."""
        self._insert("visits", {**row, "digest": visit_digest(row)})

    def insert_shot(self, row: Mapping[str, object]) -> None:
        """As `insert_visit`; `row` names every column that the digest covers and that is not NULL."""
        self._insert("shots", {**row, "digest": shot_digest(row)})

    def update_shot(self, row: Mapping[str, Any], values: Mapping[str, object]) -> None:
        """Change a shot, whose present row is `row`, and its digest."""
        changes = {**values, "digest": shot_digest({**row, **values})}
        self.update("shots", changes, "seq = :seq", seq=row["seq"])

    def update_digests(self, visit: str) -> None:
        """Store the digests of a visit and all its shots, as their rows are in the database now."""
        self.update("visits", {"digest": visit_digest(self.visit_row(visit))}, "id = :id", id=visit)
        for row in self.shot_rows(visit):
            self.update_shot(row, {})

    def column(self, sql: str, **values: object) -> list[Any]:
        """Return the first column; much faster than `rows` for tens of thousands of rows."""
        return [row[0] for row in self._db.conn.execute(sql, values)]

    def each(self, sql: str, **values: object) -> Iterator[dict[str, Any]]:
        """Yield rows one by one: a long queue with its recipes does not fit into memory."""
        cursor = self._db.execute(sql, values)  # Database.query would set a savepoint for every statement
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        return list(self.each(sql, **values))

    def _insert(self, table: str, row: Mapping[str, object]) -> None:
        columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        self._db.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", dict(row))

    def update(self, table: str, values: Mapping[str, object], where: str, **parameters: object) -> None:
        """Update all rows that match `where`."""
        changes = ", ".join(f"{name} = :{name}" for name in values)
        self._db.execute(f"UPDATE {table} SET {changes} WHERE {where}", {**values, **parameters})


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            sync_folder(path.parent)
    except OSError as error:
        raise Problem("upload.outbox_error", path=path, why=error.strerror) from error
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_TIMEOUT_S)
    connection.text_factory = decode_text
    return connection


@contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a bug in this program
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise Problem("upload.disk_full") from error
        raise Problem("upload.outbox_error", path=path, why=error) from error
