"""Locks of things that have no row in the database, such as a file or the migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def lock_names(*names: str) -> None:
    """Wait until no other transaction holds one of these names, and hold them until this transaction ends.

    SQLite needs no lock: a transaction there holds the whole database.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name in sorted(set(names)):  # in one order, so that two transactions never wait for each other
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


@contextmanager
def one_process_at_a_time(name: str) -> Iterator[None]:
    """Hold the name while the block runs, in several transactions. On SQLite, only single statements are locked."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
