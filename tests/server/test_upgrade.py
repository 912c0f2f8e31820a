"""Counters survive the renaming of their app, and migrations can be reversed.

tests/server/submissions/test_workflow_migration.py migrates databases of earlier versions.
"""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from server.core.models import TryCount


def test_counted_tries_survive_the_renaming_of_their_app(transactional_db: None) -> None:
    move_counters = import_module("server.core.migrations.0002_counters_of_pages").move_counters
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE pages_trycount AS SELECT * FROM core_trycount WHERE "count" < 0')
        cursor.execute("INSERT INTO pages_trycount VALUES ('a', 4, '2099-01-01 00:00:00')")
    for _ in range(2):  # the second time there is nothing to do
        with connection.schema_editor(atomic=False) as editor:
            move_counters(apps, editor)
    assert [(row.key, row.count) for row in TryCount.objects.all()] == [("a", 4)]
    assert "pages_trycount" not in connection.introspection.table_names()


def test_every_migration_of_the_server_is_reversible() -> None:
    own = {key: one for key, one in MigrationLoader(None).disk_migrations.items() if _is_own(one)}
    assert len(own) > 70
    assert [(key, one) for key, migration in own.items() for one in migration.operations if not one.reversible] == []


def _is_own(migration: Migration) -> bool:
    return type(migration).__module__.startswith("server.")
