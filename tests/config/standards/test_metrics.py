"""The table of metrics has the names and units of the code that measures."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from config.standards.metrics import METRICS
from config.standards.registry import Stage, load_standard
from kiosk.capture.verification.measure_portrait import measure_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.metrics.registry import METRIC_UNITS


def test_guidance_measures_in_the_units_of_the_table() -> None:
    assert {name: METRICS[name].unit for name in METRIC_UNITS} == METRIC_UNITS


def test_a_portrait_is_measured_in_the_units_of_the_table() -> None:
    """Also without a face: an unmeasured metric still has its unit."""
    file = io.BytesIO()
    Image.fromarray(np.full((160, 120, 3), 128, np.uint8)).save(file, "JPEG")
    finder = FaceFinder(still=True)
    try:
        measured = measure_portrait(file.getvalue(), load_standard("xinhua-2020"), finder)
    finally:
        finder.close()
    assert {name: measure.unit for name, measure in measured.items()} == {name: METRICS[name].unit for name in measured}
    required = {rule.metric for rule in load_standard("xinhua-2020").rules_for(Stage.PORTRAIT).values()}
    assert required <= set(measured), f"no metric measures {sorted(required - set(measured))}"
