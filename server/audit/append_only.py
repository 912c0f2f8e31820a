"""Database triggers that reject changes to the audit log.

Every start of the server creates them after the migrations (server.http.serve.prepare). This restores triggers that
somebody dropped, and does not affect Django's test runner, which empties tables between tests.

There is one exception, `emptying_allowed`: when a student is erased, the texts and addresses in their entries are
emptied in place (server.privacy.erasure). Entries are never deleted, and who did what and when never changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

APPEND_ONLY_TABLES: Final = ("audit_event", "submissions_auditentry", "payments_orderevent")

_SQLITE_TRIGGER: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{operation} BEFORE {operation} ON {table}
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
_POSTGRESQL_BODY: Final = """
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('zhengguan.emptying', true) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'the audit log is append-only';
END
"""
_POSTGRESQL_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION zhengguan_append_only() RETURNS trigger LANGUAGE plpgsql AS $${_POSTGRESQL_BODY}$$
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


@contextmanager
def emptying_allowed() -> Iterator[None]:
    """Let this transaction update entries of the log; other transactions and all deletions are still rejected.

    SQLite has no settings for one transaction, so the triggers are dropped and created again within it, which no other
    connection sees.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL zhengguan.emptying = 'on'")
            yield
            cursor.execute("SET LOCAL zhengguan.emptying = 'off'")
            return
        names = {f"{table}_no_UPDATE": table for table in APPEND_ONLY_TABLES}
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        existing = [name for (name,) in cursor.fetchall() if name in names]
        for name in existing:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for name in existing:
            cursor.execute(_SQLITE_TRIGGER.format(table=names[name], operation="UPDATE"))


def _protect_postgresql(cursor: CursorWrapper) -> None:
    """Create the missing triggers. Creating a trigger again would wait for every transaction that writes to the log."""
    cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'zhengguan_append_only'")
    if cursor.fetchone() not in (None, (_POSTGRESQL_BODY,)):  # the function of an earlier version
        cursor.execute(_POSTGRESQL_FUNCTION)
    cursor.execute("SELECT lower(tgname) FROM pg_trigger WHERE NOT tgisinternal")
    existing = {name for (name,) in cursor.fetchall()}
    for table in APPEND_ONLY_TABLES:
        for operation in ("UPDATE", "DELETE", "TRUNCATE"):
            if f"{table}_no_{operation}".lower() not in existing:
                cursor.execute(_POSTGRESQL_FUNCTION)
                cursor.execute(_POSTGRESQL_TRIGGER.format(table=table, operation=operation))
