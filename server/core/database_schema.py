"""Bring the tables of the database to the form that this version needs.

An empty database gets the final tables directly: running all migrations takes some twenty times the processor time,
because Django builds the classes of all related models again for each operation.
tests/server/test_database_schema.py proves that both ways give the same tables, indexes, constraints and rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import StateApps
from django.db.models import Model

from config import garbage_collection


def bring_up_to_date() -> None:
    """Create the tables of an empty database; run the missing migrations of any other database."""
    tables = connection.introspection.table_names()
    if tables and _is_current():
        return
    with garbage_collection.paused():
        executor = MigrationExecutor(connection)
        if not tables:
            _create_tables(executor)
        elif executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        else:  # an earlier start ended before it described the models
            _describe_models()


def _is_current() -> bool:
    """Whether the database needs no change. Importing every migration would take a tenth of a start's processor
    time."""
    if not set(_migration_names()) <= set(MigrationRecorder(connection).applied_migrations()):
        return False
    required = {(model._meta.app_label, name) for model in apps.get_models() for name in _permissions(model)}
    return required <= set(Permission.objects.values_list("content_type__app_label", "codename"))


def _permissions(model: type[Model]) -> list[str]:
    options = model._meta
    default = [get_permission_codename(action, options) for action in options.default_permissions]
    return [*default, *(codename for codename, _ in options.permissions)]


def _migration_names() -> Iterator[tuple[str, str]]:
    """Yield app and name of every migration file."""
    for app in apps.get_app_configs():
        name, _ = MigrationLoader.migrations_module(app.label)
        if name and find_spec(name):
            for module in iter_modules(import_module(name).__path__):
                yield app.label, module.name


def _create_tables(executor: MigrationExecutor) -> None:
    """Create every table and record every migration as applied, in one transaction.

    No function of a migration runs: they convert rows, of which there are none.
    """
    loader, applied = executor.loader, executor.recorder.Migration
    plan = executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True)
    final = loader.project_state().apps
    models: list[type[Model]] = [applied, *final.get_models()]
    with connection.schema_editor() as editor:
        if connection.introspection.table_names():  # another process has created them in the meantime
            return
        for model in models:
            editor.create_model(model)
        executor.recorder.migration_qs.bulk_create([applied(app=one.app_label, name=one.name) for one, _ in plan])
    _describe_models(apps=final)


def _describe_models(**options: StateApps) -> None:
    """Add the rows of content types and permissions. `apps` contains the models if Django's registry has others."""
    emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS, **options)
