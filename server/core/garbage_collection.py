"""Python's garbage collector, paused for work that makes many objects and keeps them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Collect nothing until the end of the block.

    Migrations make the classes of all models again for each change. The collector looks at them over and over, a third
    of the processor time of a first start.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
