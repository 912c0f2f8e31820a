"""The server's database after its first start, for tests to copy.

SQLite: one file in pytest's cache folder, named by a hash of everything that determines its contents. The first process
that needs it creates it and the others wait. PostgreSQL: a template database on the server of the test run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from server.database import SQLITE_NAME
from tests.paths import ROOT
from tests.process_guard import processes_allowed

FOLDER: Final = ROOT / ".pytest_cache" / "migrated"
SOURCES: Final = ("config", "kiosk/upload", "server")
"""The migrations, the modules that they import, and the models, for which Django creates permissions."""
PACKAGES: Final = ("Django", "django-tasks", "django-tasks-db")
TEMPLATE: Final = "zhengguan_migrated"
CODE: Final = """
import django
django.setup()
from server.core.database_schema import bring_up_to_date
bring_up_to_date()
"""
MIGRATE: Final = [sys.executable, "-c", CODE]


@cache
def migrated_database() -> bytes:
    """Return the bytes of a migrated SQLite database; it is created if there is none for the current sources."""
    file = FOLDER / f"{source_hash()}.sqlite3"
    with locked():
        if not file.exists():
            _make(file)
        return file.read_bytes()


def seed_data_folder(data: Path) -> Path:
    """Put a migrated database into the data folder of a server that a test will start. Return the folder."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = data / SQLITE_NAME
    if not database.exists():
        copy_migrated_database(database)
    return data


def copy_migrated_database(target: Path) -> None:
    """Copy the migrated database, with the file mode that the server sets."""
    target.touch(mode=0o600)
    target.write_bytes(migrated_database())


def migrated_template(address: str) -> str:
    """Return the name of a migrated database on the PostgreSQL server of `address` (a [database] url)."""
    from tests.postgresql_server import has_database, new_database, rename_database

    with locked():
        if not has_database(address, TEMPLATE):
            building = f"{TEMPLATE}_incomplete"
            _migrate({"ZHENGGUAN_SERVER_DATABASE": new_database(address, building)})
            rename_database(address, building, TEMPLATE)
    return TEMPLATE


def source_hash() -> str:
    """Return a hash of everything that determines the contents of a migrated database."""
    digest = hashlib.sha256("".join(f"{name} {version(name)}\n" for name in PACKAGES).encode())
    digest.update(f"{sys.version} {sqlite3.sqlite_version}".encode())
    for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _make(file: Path) -> None:
    for older in FOLDER.glob("*.sqlite3"):
        older.unlink()
    with tempfile.TemporaryDirectory(dir=FOLDER) as data:
        _migrate({"ZHENGGUAN_SERVER_DATA": data})
        complete = Path(data) / "complete.sqlite3"
        with closing(sqlite3.connect(Path(data) / SQLITE_NAME)) as source, closing(sqlite3.connect(complete)) as target:
            source.backup(target)  # includes what is still in the write-ahead log
            target.execute("PRAGMA journal_mode = DELETE")  # without a log it is one file, which fits into memory
        complete.rename(file)


def _migrate(place: dict[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ZHENGGUAN", "DJANGO"))}
    environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "DJANGO_SETTINGS_MODULE": "server.settings"}
    with processes_allowed(), tempfile.TemporaryDirectory() as data:
        environment |= {"ZHENGGUAN_SERVER_DATA": data, **place}
        done = subprocess.run(MIGRATE, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the test database could not be migrated:\n{done.stderr}")


@contextmanager
def locked(name: str = "lock") -> Iterator[None]:
    """Let one process at a time create a database; the operating system releases the lock when the process ends."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
