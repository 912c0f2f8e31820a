"""Fixtures of the kiosk's tests: a face finder, which takes half a second to load, and the typeface of sheets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.guidance.detection.landmarks import FaceFinder
from tests.small_typeface import small_typeface

__all__ = ["small_typeface"]


@pytest.fixture(scope="session")
def finder() -> Iterator[FaceFinder]:
    """A finder for still pictures: it has no state between pictures, so tests can share it."""
    finder = FaceFinder(still=True)
    yield finder
    finder.close()
