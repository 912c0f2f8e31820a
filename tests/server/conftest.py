"""A server with its own data folder: a real database, real files, real HTTP; the user's data are not touched."""

from __future__ import annotations

# ruff: noqa: E402 - the settings module must be set before Django is imported
import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ.pop("ZHENGGUAN_SERVER_CONFIG", None)
os.environ["ZHENGGUAN_SERVER_DATABASE"] = os.environ.get("ZHENGGUAN_TEST_DATABASE", "")  # tests.postgresql sets it
DATA = os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-server-tests-")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)

import django

django.setup()
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from waitress import wasyncore
from whitenoise.middleware import WhiteNoiseMiddleware

from config.id_number import make_number
from server.http.limits import HttpLimits
from server.http.serve import embedded_servers, http_limits
from server.http.waitress_server import LimitedServer
from server.members.roles import create_reviewer
from server.records import id_number_protection
from server.records.id_number_protection import encrypt_number, keyed_hash
from server.records.models import Campaign, School, Student
from tests.migrated_database import copy_migrated_database, migrated_database, migrated_template
from tests.server.station_client import StationClient, Visit
from tests.server.thread_connections import threads_disconnected
from tests.small_typeface import small_typeface

__all__ = ["small_typeface"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each worker of pytest-xdist set its own data folder. With the variables of this process pytest-django would
    load the settings before this module runs in the worker, and all workers would share one folder."""
    for name in ("DJANGO_SETTINGS_MODULE", "ZHENGGUAN_SERVER_DATA"):
        os.environ.pop(name, None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgresql") and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: python -m pytest -p tests.postgresql")


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Let Django use the copied database as its test database; it still runs migrations that the copy lacks."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Start with a copy of a migrated database, and return to it after each transactional test."""
    test_settings = connection.settings_dict["TEST"]
    if connection.vendor == "postgresql":
        test_settings["TEMPLATE"] = migrated_template(os.environ["ZHENGGUAN_SERVER_DATABASE"])
        yield
        return
    copy_migrated_database(Path(test_settings["NAME"]))
    with closing(sqlite3.connect(":memory:")) as migrated, pytest.MonkeyPatch.context() as patch:
        migrated.deserialize(migrated_database())

        def restore(case: TransactionTestCase) -> None:
            connection.ensure_connection()
            migrated.backup(connection.connection)

        # Django would delete the rows of all tables and create every permission again: 0.15 s of processor time.
        patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """On PostgreSQL, undo a transactional test table by table; Django's way takes a quarter of a second."""
    if connection.vendor != "postgresql":
        yield
        return
    from tests.postgresql_restore import Template

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        template = Template()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: template.restore())
        yield


@pytest.fixture
def new_database(transactional_db: None, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Connect to an empty database, and at each call to another one, until the end of the test."""
    with ExitStack() as stack:

        def connect() -> None:
            stack.enter_context(connected_to_new_database(tmp_path / uuid4().hex))

        connect()
        yield connect


@contextmanager
def connected_to_new_database(file: Path) -> Iterator[None]:
    """Connect to an empty database; on SQLite it is `file`."""
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", _create_empty(file.with_suffix(".sqlite3")))
        yield
        connection.close()


def _create_empty(file: Path) -> str:
    if connection.vendor == "sqlite":
        return str(file)
    from tests import postgresql_server

    postgresql_server.new_database(os.environ["ZHENGGUAN_SERVER_DATABASE"], file.stem)
    return file.stem


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Find the static files once: WhiteNoise would open all of them for every test client, which takes 0.02 s."""
    find, files = WhiteNoiseMiddleware.add_files_from_finders, dict[str, Any]()

    def find_once(middleware: WhiteNoiseMiddleware) -> None:
        if not files:
            find(middleware)
            files.update(middleware.files)
        middleware.files.update(files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def numbers_hashed_fast() -> Iterator[None]:
    """Hash ID numbers fast: the real hash takes 8 ms by design, for each of a roster's 300 students."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_number_protection, "SCRYPT_N", 2)
        yield


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: Any) -> None:
    """Give every test its own folders, an empty cache (after a transactional test, new users get the same keys), a fast
    hash of passwords (the real one takes 0.3 s by design), and decisions that take effect immediately."""
    cache.clear()
    settings.FILES = tmp_path / "files"
    settings.NOTICES = tmp_path / "notices"
    settings.DELIVERIES = tmp_path / "deliveries"
    settings.APP = settings.APP.model_copy(
        update={"review": settings.APP.review.model_copy(update={"undo_seconds": 0})}
    )
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def fake_number(serial: int) -> str:
    """Return a different number for each serial; the date of birth changes after every thousand."""
    days, serial = divmod(serial, 1000)
    return make_number("990101", date(2003, 1, 2) + timedelta(days), serial)


def make_campaign(code: str = "tstcmp", **details: Any) -> Campaign:
    school, _ = School.objects.get_or_create(code="99001", defaults={"name": "示范大学"})
    now = timezone.now()
    defaults = {
        "title": "2026 届",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=1),
        "simulated": True,
    }
    return Campaign.objects.create(code=code, school=school, **{**defaults, **details})


def make_student(campaign: Campaign, serial: int = 1, **details: Any) -> Student:
    number = fake_number(serial)
    return Student.objects.create(
        campaign=campaign,
        name=details.pop("name", "王小明"),
        id_number_hmac=keyed_hash(number),
        id_number_encrypted=encrypt_number(number),
        last_four=number[-4:],
        student_no=f"2022{serial:04d}",
        **details,
    )


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign()


@pytest.fixture
def student(campaign: Campaign) -> Student:
    return make_student(campaign)


@pytest.fixture
def address(transactional_db: None) -> Iterator[str]:
    """Address of the server, which waitress runs in a thread."""
    with serving(http_limits()) as server:
        yield f"http://127.0.0.1:{server.effective_port}"


@contextmanager
def serving(limits: HttpLimits) -> Iterator[LimitedServer]:
    with threads_disconnected():
        [server] = embedded_servers("127.0.0.1", 0, limits)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            _end(server, thread)


def _end(server: LimitedServer, thread: Thread) -> None:
    channels: list[wasyncore.dispatcher] = []

    def end() -> None:
        # The loop ends when the map is empty. A response may wake it, so that it runs this before pull_trigger has
        # written to the trigger's pipe; therefore nothing is closed until the thread has ended.
        channels.extend(server._map.values())
        server._map.clear()

    server.trigger.pull_trigger(end)
    thread.join(10)
    for channel in channels:
        channel.close()
    server.task_dispatcher.shutdown()


@pytest.fixture
def station(address: str) -> StationClient:
    return StationClient.paired(address)


@pytest.fixture
def visit(student: Student) -> Visit:
    return Visit.of(student)


@pytest.fixture
def reviewer(db: None) -> tuple[str, str]:
    """Name and password of a reviewer."""
    create_reviewer("mei", "correct horse battery")
    return "mei", "correct horse battery"
