"""Python's garbage collector, paused for work that makes many objects and keeps them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Collect nothing until the end of the block.

    Imports and migrations make many objects that stay. The collector would examine them again and again, which takes a
    third of the processor time of a start.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def paused_for_imports() -> Iterator[None]:
    """Collect nothing until the end of the block, and never the objects that exist then: they stay until the process
    ends (https://docs.python.org/3.11/library/gc.html#gc.freeze)."""
    with paused():
        yield
        gc.freeze()
