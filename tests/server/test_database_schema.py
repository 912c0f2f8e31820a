"""A first start creates the tables without running migrations, and its database equals the one after all migrations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from config import garbage_collection
from server.core import database_schema
from server.core.database_schema import bring_up_to_date
from tests.server.database_content import Schema, database_content

pytestmark = pytest.mark.django_db(transaction=True)

NewDatabase = Callable[[], None]

RENAMED: Final = {
    "records_student_token_key": "records_student_progress_token_key",
    "records_student_token_d2ea823f_like": "records_student_progress_token_e187d9e0_like",
    "stations_station_wire_check": "stations_station_wire_version_check",
}
"""Generated names of constraints on PostgreSQL: after all migrations, with the earlier name of a renamed column, and in
a new database. Django finds a constraint by its columns."""


def test_a_new_database_equals_one_after_all_migrations(new_database: NewDatabase) -> None:
    bring_up_to_date()
    created = database_content()
    new_database()
    with garbage_collection.paused():
        call_command("migrate", interactive=False, verbosity=0)
    migrated = database_content()
    assert "submissions_submission" in migrated.tables, "control"
    assert created.tables == _with_current_names(migrated.tables)
    assert created.indexes == _with_current_names(migrated.indexes)
    assert created.rows == migrated.rows


def _with_current_names(schema: Schema) -> Schema:
    pattern = re.compile("|".join(RENAMED))
    return {
        table: sorted(pattern.sub(lambda name: RENAMED[name.group()], text) for text in texts)
        for table, texts in schema.items()
    }


def test_a_second_start_changes_nothing_and_imports_no_migration(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date()
    created = database_content()
    monkeypatch.setattr(database_schema, "MigrationExecutor", None)
    bring_up_to_date()
    assert database_content() == created


def test_a_migration_that_the_database_lacks_is_run(new_database: NewDatabase) -> None:
    bring_up_to_date()
    applied = MigrationRecorder(connection).migration_qs.filter(app="audit", name="0009_delivery_checks")
    applied.delete()
    bring_up_to_date()
    assert applied.count() == 1


def test_a_start_that_fails_leaves_no_table(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.models.query.QuerySet.bulk_create", fail)
        with pytest.raises(OSError, match="disk full"):
            bring_up_to_date()
    assert connection.introspection.table_names() == []
    bring_up_to_date()
    assert Permission.objects.filter(codename="review_submission").exists()


def test_a_start_that_ended_before_the_permissions_is_completed(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(database_schema, "emit_post_migrate_signal", lambda **options: None)
        bring_up_to_date()
    assert not Permission.objects.exists()
    bring_up_to_date()
    codenames = set(Permission.objects.values_list("codename", flat=True))
    assert {"review_submission", "view_station"} <= codenames


@pytest.mark.parametrize("codename", ["review_submission", "view_station"])
def test_a_permission_that_is_missing_is_added(codename: str, new_database: NewDatabase) -> None:
    bring_up_to_date()
    Permission.objects.get(codename=codename).delete()
    bring_up_to_date()
    assert Permission.objects.filter(codename=codename).exists()


def test_only_one_of_two_simultaneous_starts_creates_the_tables(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = MigrationExecutor(connection)
    bring_up_to_date()
    created = database_content()
    database_schema._create_tables(early)
    assert database_content() == created
