from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from config.arrays import Pixels
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.metrics.registry import measure

Values = Mapping[str, float]


@pytest.fixture
def values(finder: FaceFinder) -> Callable[[Pixels], Values]:
    """A function that returns the values of all metrics that could be measured on a picture."""

    def measured(picture: Pixels) -> Values:
        metrics = measure(picture, finder.find(picture))
        return {name: m.value for name, m in metrics.items() if m.value is not None}

    return measured
