"""Database triggers that reject changes to the audit log.

Every start of the server creates them after the migrations (server.http.serve.prepare). So a start also restores a
trigger that somebody dropped, and Django's test runner, which empties tables between tests, is not affected.
"""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

APPEND_ONLY_TABLES: Final = ("audit_event", "submissions_auditentry", "payments_orderevent")

_SQLITE_TRIGGER: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{operation} BEFORE {operation} ON {table}
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
_POSTGRESQL_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION zhengguan_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""
_POSTGRESQL_TRIGGER: Final = """
CREATE TRIGGER {table}_no_{operation} BEFORE {operation} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION zhengguan_append_only()
"""


def protect_audit_log() -> None:
    """Create the triggers for this database; existing ones stay as they are."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _protect_postgresql(cursor)
            return
        for table in APPEND_ONLY_TABLES:
            for operation in ("UPDATE", "DELETE"):
                cursor.execute(_SQLITE_TRIGGER.format(table=table, operation=operation))


def _protect_postgresql(cursor: CursorWrapper) -> None:
    """Create what is missing. Creating a trigger again would wait for every transaction that writes to the log."""
    cursor.execute("SELECT lower(tgname) FROM pg_trigger WHERE NOT tgisinternal")
    existing = {name for (name,) in cursor.fetchall()}
    for table in APPEND_ONLY_TABLES:
        for operation in ("UPDATE", "DELETE", "TRUNCATE"):
            if f"{table}_no_{operation}".lower() not in existing:
                cursor.execute(_POSTGRESQL_FUNCTION)
                cursor.execute(_POSTGRESQL_TRIGGER.format(table=table, operation=operation))
