"""Bring the tables of the database to the form that this version needs.

An empty database gets the tables that the migrations would leave, made once: running all migrations takes some twenty
times the processor time, because Django builds the classes of all related models again for each operation.
tests/server/test_database_schema.py proves that both ways give the same tables, indexes, constraints and rows.
"""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps
from django.db.models import Model

from server.core import garbage_collection


def bring_up_to_date() -> None:
    """Create the tables of an empty database; run the migrations that another one lacks."""
    with garbage_collection.paused():
        executor = MigrationExecutor(connection)
        if not connection.introspection.table_names():
            _create_tables(executor)
        elif executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        else:  # a start may have ended before it created the rows that describe the models: permissions, content types
            _describe_models()


def _create_tables(executor: MigrationExecutor) -> None:
    """Create every table and record every migration as applied, in one transaction.

    No function of a migration runs: they convert rows, of which there are none.
    """
    loader, applied = executor.loader, executor.recorder.Migration
    plan = executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True)
    apps = loader.project_state().apps
    models: list[type[Model]] = [applied, *apps.get_models()]
    with connection.schema_editor() as editor:
        if connection.introspection.table_names():  # another process has created them in the meantime
            return
        for model in models:
            editor.create_model(model)
        executor.recorder.migration_qs.bulk_create([applied(app=one.app_label, name=one.name) for one, _ in plan])
    _describe_models(apps=apps)


def _describe_models(**apps: StateApps) -> None:
    emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS, **apps)
