"""Database triggers that reject changes to the audit log.

Every start of the server creates them after the migrations (server.http.serve.prepare). So a start also restores a
trigger that somebody dropped, and Django's test runner, which empties tables between tests, is not affected.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

APPEND_ONLY_TABLES: Final = ("audit_event", "submissions_auditentry")

_SQLITE_TRIGGER: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{operation} BEFORE {operation} ON {table}
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
_POSTGRESQL_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION zhengguan_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""
_POSTGRESQL_TRIGGER: Final = """
CREATE OR REPLACE TRIGGER {table}_no_{operation} BEFORE {operation} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION zhengguan_append_only()
"""


def protect_audit_log() -> None:
    """Create the triggers for this database; existing ones stay as they are."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for table in APPEND_ONLY_TABLES:
            for operation in _operations():
                cursor.execute(_trigger_statement().format(table=table, operation=operation))


def _operations() -> tuple[str, ...]:
    return ("UPDATE", "DELETE", "TRUNCATE") if connection.vendor == "postgresql" else ("UPDATE", "DELETE")


def _trigger_statement() -> str:
    return _POSTGRESQL_TRIGGER if connection.vendor == "postgresql" else _SQLITE_TRIGGER
