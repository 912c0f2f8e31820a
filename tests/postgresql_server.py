"""Debian's PostgreSQL in a temporary folder, for tests and benches. It needs no service and ends with its caller."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, LiteralString

import psycopg
from pytest_postgresql.executors import PostgreSQLExecutor

from tests.waiting import eventually

DEBIAN: Final = Path("/usr/lib/postgresql")
SERVER_USER: Final = "postgres"
# Tests need no durability. -F, which the executor adds, is fsync=off.
FASTER: Final = "-c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_connections=200"


@contextmanager
def postgresql() -> Iterator[str]:
    """Run PostgreSQL; yield an address in the form of [database] url, whose database does not exist yet."""
    folder = Path(tempfile.mkdtemp(prefix="zhengguan-postgresql-"))
    executor = PostgreSQLExecutor(
        executable=str(_pg_ctl(folder)),
        host="127.0.0.1",
        port=_free_port(),
        datadir=str(folder / "data"),
        unixsocketdir=str(folder),
        logfile=str(folder / "log"),
        startparams="-w",
        dbname="zhengguan",
        postgres_options=FASTER,
    )
    before = signal.signal(signal.SIGTERM, _exit)  # PostgreSQL is no child of this process and would keep running
    try:
        executor.start()
        address = f"postgresql://{SERVER_USER}@/zhengguan?host={folder}&port={executor.port}"
        eventually(lambda: _accepts_connections(address))  # the executor only waits until the process runs
        yield address
    finally:
        executor.stop()
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)


def _exit(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


def new_database(address: str, name: str) -> str:
    """Create an empty database on the server of `address` and return its address."""
    _run(address, f'CREATE DATABASE "{name}"')
    return address.replace("/zhengguan?", f"/{name}?")


def has_database(address: str, name: str) -> bool:
    with psycopg.connect(address.replace("/zhengguan?", "/postgres?")) as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchall())


def rename_database(address: str, name: str, new_name: str) -> None:
    _run(address, f'ALTER DATABASE "{name}" RENAME TO "{new_name}"')


def _accepts_connections(address: str) -> bool:
    try:
        _run(address, "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _run(address: str, statement: LiteralString) -> None:
    with psycopg.connect(address.replace("/zhengguan?", "/postgres?"), autocommit=True) as connection:
        connection.execute(statement)


def newest_program() -> Path | None:
    """Return Debian's newest pg_ctl, or None if PostgreSQL is not installed."""
    programs = sorted(DEBIAN.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return programs[-1] if programs else None


def _pg_ctl(folder: Path) -> Path:
    """Return a pg_ctl that this user may run. It refuses to run as root, so for root a script switches to the package's
    user."""
    program = newest_program()
    if program is None:
        raise FileNotFoundError("PostgreSQL is not installed (config/deploy/test.txt)")
    if os.getuid():
        return program
    shutil.chown(folder, SERVER_USER)
    switched = folder / "pg_ctl"
    words = f"setpriv --reuid={SERVER_USER} --regid={SERVER_USER} --clear-groups {program}"
    switched.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="ascii")
    switched.chmod(0o755)
    return switched


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
