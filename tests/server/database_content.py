"""Schema and rows of the connected database, for comparisons that ignore the order of columns.

A migration that alters a column moves it to the end of its table on SQLite, so two ways to the same tables may differ
in that order. No code reads a column by its position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

Schema = dict[str, list[str]]

_POSTGRESQL_TABLES: Final = """
SELECT table_name, concat_ws(' ', column_name, udt_name, character_maximum_length, 'null', is_nullable, 'default',
    column_default, 'identity', is_identity) FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, concat_ws(' ', conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""
_POSTGRESQL_INDEXES: Final = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_SQLITE_INDEXES: Final = "SELECT tbl_name, sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL"


@dataclass(frozen=True)
class Content:
    """Columns and constraints, indexes (and triggers), and rows of each table."""

    tables: Schema
    indexes: Schema
    rows: dict[str, list[str]]


def database_content() -> Content:
    is_sqlite = connection.vendor == "sqlite"
    tables = _sqlite_tables() if is_sqlite else _by_table(_POSTGRESQL_TABLES)
    indexes = _by_table(_SQLITE_INDEXES if is_sqlite else _POSTGRESQL_INDEXES)
    return Content(tables, indexes, {name: _rows(name) for name in connection.introspection.table_names()})


def _by_table(query: str) -> Schema:
    """Return the values of the second column, grouped by the first."""
    schema: Schema = {}
    for table, text in _fetch(query):
        schema.setdefault(table, []).append(text)
    return {table: sorted(texts) for table, texts in sorted(schema.items())}


def _sqlite_tables() -> Schema:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    return {name: sorted(_split(sql)) for name, sql in _fetch(query)}


def _split(statement: str) -> list[str]:
    """Return the columns and constraints of CREATE TABLE; commas outside of inner parentheses separate them."""
    inner = statement[statement.index("(") + 1 : statement.rindex(")")]
    parts, depth = [""], 0
    for character in inner:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _rows(table: str) -> list[str]:
    """Return the rows with their column names, without the times at which migrations were applied."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return sorted(str(sorted((name, value) for name, value in row.items() if name != "applied")) for row in rows)


def _fetch(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
