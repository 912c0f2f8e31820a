"""Restore a test database on PostgreSQL after a transactional test.

Django truncates every table, which makes new files for each of them and of its indexes, and creates every permission
again. Most tests write to a few tables: those are emptied by DELETE, with the database's own triggers (the audit log
can only be appended to) disabled, and rows that the migrations created are inserted again where they were changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"


@dataclass(frozen=True)
class _Rows:
    """The rows of one table as COPY writes them, and their hash."""

    copied: bytes
    hash: str


class Template:
    """The rows of the database at the time of construction, which its migrations created."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            self._tables = [name for (name,) in cursor.fetchall()]
            self._rows = {name: _Rows(_copy(cursor, name), _hash(cursor, name)) for name in self._filled(cursor)}

    def restore(self) -> None:
        """Restore the contents of every table. Sequences are not reset."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL session_replication_role = replica"
            )  # disables triggers, including those of foreign keys
            filled = self._filled(cursor)
            for name in filled:
                if name not in self._rows or _hash(cursor, name) != self._rows[name].hash:
                    cursor.execute(f"DELETE FROM {name}")
                    self._insert_rows(cursor, name)
            for name in self._rows.keys() - filled:
                self._insert_rows(cursor, name)

    def _filled(self, cursor: Any) -> set[str]:
        """Return the tables that have rows."""
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in self._tables)
        )
        return {name for (name,) in cursor.fetchall()}

    def _insert_rows(self, cursor: Any, name: str) -> None:
        if name in self._rows:
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                copy.write(self._rows[name].copied)


def _copy(cursor: Any, name: str) -> bytes:
    with cursor.copy(f"COPY {name} TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def _hash(cursor: Any, name: str) -> str:
    cursor.execute(f"SELECT md5(string_agg(row::text, '' ORDER BY row::text)) FROM {name} AS row")
    return str(cursor.fetchone()[0])
