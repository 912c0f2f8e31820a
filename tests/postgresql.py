"""Run the server's tests on PostgreSQL: `python -m pytest -p tests.postgresql tests/server`.

A plugin and not an option, because Django reads its settings when tests/server/conftest.py is imported, which is before
pytest offers the options and fixtures of conftest files. pytest-postgresql's executor starts Debian's PostgreSQL in a
separate folder; its fixtures would start one for each process of pytest-xdist. Tests that use no database, drive a
browser, or start a server with a separate data folder run once, on SQLite.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from threading import Thread
from typing import Final

import pytest

from tests.postgresql_server import postgresql

VARIABLE: Final = "ZHENGGUAN_TEST_DATABASE"
DATABASE_FIXTURES: Final = frozenset({"db", "django_db_setup", "transactional_db", "django_db_serialized_rollback"})
_running = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker inherits the variable
        os.environ[VARIABLE] = _running.enter_context(postgresql())


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Create the template while tests are collected. A test that needs it earlier waits for the lock."""
    from tests.migrated_database import migrated_template  # imports a plugin that pytest has to import first

    if "PYTEST_XDIST_WORKER" not in os.environ:
        thread = Thread(target=migrated_template, args=(os.environ[VARIABLE],), name="migrated template")
        thread.start()
        _running.callback(thread.join)


def pytest_unconfigure() -> None:
    _running.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    deselected = [item for item in items if not _runs_here(item)]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if item not in deselected]


def _runs_here(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in ("browser", "sqlite")):
        return False
    if any(item.get_closest_marker(name) for name in ("django_db", "postgresql")):
        return True
    return not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
