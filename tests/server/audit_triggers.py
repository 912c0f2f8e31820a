"""List and drop the triggers of the audit log, which an installed server has."""

from __future__ import annotations

from django.db import connection

from server.audit.append_only import APPEND_ONLY_TABLES

_NAMES = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def audit_triggers(table: str = "") -> list[str]:
    """Return the operations that triggers of this table reject; of all audit tables if none is named."""
    tables = [table] if table else APPEND_ONLY_TABLES
    return sorted(name.rpartition("_")[2].upper() for owner, name in _triggers() if owner in tables)


def drop_audit_triggers() -> None:
    """Drop them after a test, so that the test database can be emptied."""
    with connection.cursor() as cursor:
        for table, name in _triggers():
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on_table}")


def _triggers() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES[connection.vendor])
        return [(table, name) for table, name in cursor.fetchall()]
