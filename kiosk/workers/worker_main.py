"""The main function of a worker process: it runs jobs one after the other until the parent ends."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any


def serve(connection: Connection, initializer: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """Run jobs until the parent closes the connection."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    initializer(*arguments)
    with contextlib.suppress(EOFError):
        while True:
            _run_job(connection)


def _run_job(connection: Connection) -> None:
    function, arguments = connection.recv()
    outcome: tuple[Any, Exception | None]
    try:
        outcome = function(*arguments), None
    except Exception as error:
        error.add_note(f"In the process:\n{traceback.format_exc()}")
        outcome = None, error
    try:
        connection.send(outcome)
    except (OSError, EOFError):
        raise
    except Exception as error:  # the outcome cannot be pickled
        connection.send((None, RuntimeError(f"{type(error).__name__}: {error}")))


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
