"""The queues of tasks, each with a thread of the worker."""

from __future__ import annotations

from typing import Final

DEFAULT_QUEUE: Final = "default"
ENGINE_QUEUE: Final = "engine"
"""Tasks of the photo engine: a person waits for each, and must not wait for a package of a delivery."""
