"""Close the database connections that the threads of a server keep: a database in use cannot be emptied or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


@contextmanager
def threads_disconnected() -> Iterator[set[BaseDatabaseWrapper]]:
    """Close, at the end of the block, the connections that other threads opened in it. Yields them."""
    own, opened = get_ident(), set[BaseDatabaseWrapper]()

    def add(connection: BaseDatabaseWrapper, **_: Any) -> None:
        if get_ident() != own:
            opened.add(connection)

    connection_created.connect(add)
    try:
        yield opened
    finally:
        connection_created.disconnect(add)
        for connection in opened:
            connection.inc_thread_sharing()
            connection.close()
