"""A server with rows and files, a folder of backups, and another server without data, on which they are restored."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from config.i18n import Message
from server.backup.make import BackupResult, make_backup
from server.backup.restore import RestoreResult, restore_backup
from server.backup.trees import trees
from server.secrets.private_files import private_folder, write_private
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.process_guard import processes_allowed
from tests.server.conftest import make_campaign, make_student
from tests.server.delivery.conftest import store_picture
from tests.server.submissions.reviewing import submission_of

NIGHT = datetime(2026, 11, 29, 3, tzinfo=UTC)
Contents = dict[str, Any]


@pytest.fixture(autouse=True)
def client_programs() -> Iterator[None]:
    """Allow processes on PostgreSQL, where pg_dump and pg_restore run."""
    if connection.vendor == "sqlite":
        yield
        return
    with processes_allowed():
        yield


@pytest.fixture
def data(transactional_db: None, settings: Any, tmp_path: Path) -> Path:
    """The data folder of a server with two submissions in four files, a preview and a notice."""
    settings.DATA = private_folder(tmp_path / "data")
    settings.FILES = settings.DATA / "files"
    settings.NOTICES, settings.DELIVERIES = settings.DATA / "notices", settings.DATA / "deliveries"
    campaign = make_campaign(simulated=False)
    for serial in (1, 2):
        shot, portrait = (store_picture(f"{part} {serial}".encode()) for part in ("shot", "portrait"))
        student = make_student(campaign, serial)
        submission_of(student, id=f"{serial:032x}", shot_sha256=shot, portrait_sha256=portrait)
    picture_store().store_preview(Submission.objects.get(pk=f"{1:032x}").shot_sha256, b"a preview")
    write_private(private_folder(settings.NOTICES / "2026-11-29") / "090000-approved-1.txt", "Approved")
    write_private(private_folder(settings.DATA / "partial") / "upload.part", "sent again by the station")
    User.objects.create_user("mei")
    return settings.DATA


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def back_up(folder: Path, days: float = 0, report: Callable[[Message], None] = lambda message: None) -> BackupResult:
    return make_backup(folder, NIGHT + timedelta(days=days), report)


def restore(folder: Path, name: str | None = None, **more: Any) -> RestoreResult:
    return restore_backup(folder, name, lambda message: None, **more)


@contextmanager
def empty_server(place: Path) -> Iterator[Path]:
    """Switch to another server with the same keys and without data, at `place`."""
    before = {name: getattr(settings, name) for name in ("DATA", "FILES", "NOTICES", "DELIVERIES")}
    database = connection.settings_dict["NAME"]
    connection.close()
    try:
        settings.DATA = private_folder(place)
        settings.FILES, settings.NOTICES, settings.DELIVERIES = place / "files", place / "notices", place / "deliveries"
        connection.settings_dict["NAME"] = _empty_database(place)
        yield place
    finally:
        connection.close()
        connection.settings_dict["NAME"] = database
        for name, value in before.items():
            setattr(settings, name, value)


def _empty_database(place: Path) -> str | Path:
    if connection.vendor == "sqlite":
        path = place / "zhengguan.sqlite3"
        path.touch()
        return path
    from tests.postgresql_server import has_database, new_database

    name = f"restored_{place.name}_{os.getpid()}"
    address = os.environ["ZHENGGUAN_SERVER_DATABASE"]
    while has_database(address, name):
        name += "x"
    new_database(address, name)
    return name


def contents() -> tuple[Contents, Contents]:
    """Return every row of every table, and every file of every tree."""
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    files = {
        f"{tree}/{path.relative_to(folder)}": path.read_bytes()
        for tree, folder in trees().items()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "drafts"
    }
    return rows, files
