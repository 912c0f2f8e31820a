"""What tests of the kiosk share: the models, of which loading one takes half a second, and the typeface of sheets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.guidance.detection.landmarks import FaceFinder
from tests.small_typeface import small_typeface

__all__ = ["small_typeface"]


@pytest.fixture(scope="session")
def finder() -> Iterator[FaceFinder]:
    """One for stills: it has no state between pictures, so tests may share it."""
    finder = FaceFinder(still=True)
    yield finder
    finder.close()
