"""The database that the server's tests copy equals that of a first start, and is made again if its sources change."""

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from server.core.database_schema import bring_up_to_date
from server.members.models import Membership
from server.records.models import School
from tests import migrated_database
from tests.migrated_database import copy_migrated_database, seed_data_folder, source_hash

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def content(path: Path) -> dict[str, list[Any]]:
    """Return the schema and every row, without the times at which the migrations were applied."""
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: sorted(database.execute(f'SELECT * FROM "{name}"'), key=repr) for name in tables}
        rows["django_migrations"] = [row[:3] for row in rows["django_migrations"]]
        return {"schema": database.execute(SCHEMA).fetchall(), **rows}


@pytest.mark.sqlite
def test_the_copy_equals_the_database_of_a_first_start(
    tmp_path: Path, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_migrated_database(tmp_path / "copy.sqlite3")
    with django_db_blocker.unblock(), monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "NAME", str(tmp_path / "fresh.sqlite3"))
        bring_up_to_date()
        connection.close()
    copy, fresh = content(tmp_path / "copy.sqlite3"), content(tmp_path / "fresh.sqlite3")
    assert copy["schema"] == fresh["schema"]
    assert copy == fresh


@pytest.mark.sqlite
@pytest.mark.django_db
def test_the_test_database_is_a_copy(tmp_path: Path) -> None:
    copy_migrated_database(tmp_path / "copy.sqlite3")
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        assert cursor.fetchall() == content(tmp_path / "copy.sqlite3")["schema"]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_changes_that_a_transactional_test_commits_are_undone_after_it(number: int) -> None:
    assert School.objects.count() == 0
    assert Membership.objects.count() == 0
    School.objects.create(code="99001", name="示范大学")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_behind (id integer)" if number == 1 else "SELECT 1")
    remaining = [name for name in connection.introspection.table_names() if name == "left_behind"]
    assert len(remaining) == (number == 1 or connection.vendor == "postgresql")


def test_another_migration_makes_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "server" / "records" / "migrations"
    folder.mkdir(parents=True)
    monkeypatch.setattr(migrated_database, "ROOT", tmp_path)
    hashes = [source_hash()]
    for name, text in (("0001_initial.py", ""), ("0001_initial.py", "# changed"), ("0002_more.py", "")):
        (folder / name).write_text(text)
        hashes.append(source_hash())
    monkeypatch.setattr(migrated_database, "version", lambda package: "0")
    hashes.append(source_hash())
    assert len(set(hashes)) == len(hashes)


def test_processes_that_start_together_migrate_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrations = []

    def migrate(place: dict[str, str]) -> None:
        migrations.append(place)
        with closing(sqlite3.connect(Path(place["ZHENGGUAN_SERVER_DATA"]) / "zhengguan.sqlite3")) as database:
            database.execute("CREATE TABLE migrated (id integer)")

    monkeypatch.setattr(migrated_database, "FOLDER", tmp_path)
    monkeypatch.setattr(migrated_database, "_migrate", migrate)
    (tmp_path / "of an older state.sqlite3").touch()
    uncached = migrated_database.migrated_database.__wrapped__  # each process has its own cache
    with ThreadPoolExecutor(4) as pool:
        files = {future.result() for future in [pool.submit(uncached) for _ in range(4)]}
    assert (len(migrations), len(files)) == (1, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{source_hash()}.sqlite3", "lock"]


def test_a_migration_that_fails_leaves_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrated_database, "FOLDER", tmp_path)
    monkeypatch.setattr(migrated_database, "MIGRATE", ["sh", "-c", "echo no such column >&2; exit 1"])
    with pytest.raises(RuntimeError, match="no such column"):
        migrated_database.migrated_database.__wrapped__()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_seeded_folder_is_private_and_keeps_an_existing_database(tmp_path: Path) -> None:
    data = seed_data_folder(tmp_path / "data")
    database = data / "zhengguan.sqlite3"
    assert [stat.S_IMODE(os.stat(path).st_mode) for path in (data, database)] == [0o700, 0o600]
    database.write_bytes(b"of an earlier start")
    assert seed_data_folder(data).joinpath("zhengguan.sqlite3").read_bytes() == b"of an earlier start"
