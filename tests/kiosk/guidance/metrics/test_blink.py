from __future__ import annotations

import pytest

from kiosk.guidance.metrics.blink import MIN_DURATION_S, BrowBaseline, EyeBaseline
from kiosk.guidance.verdict import Metric


def opening(value: float | None) -> Metric:
    return Metric("eye_opening", value, "ratio", "" if value is not None else "not_measured.no_face")


@pytest.mark.parametrize("usual", [0.13, 0.26, 0.4])
def test_narrow_and_wide_eyes_are_compared_with_their_usual_opening(usual: float) -> None:
    eyes = EyeBaseline()
    for frame in range(60):
        openness = eyes.openness(opening(usual), frame / 30)
    assert openness.value == pytest.approx(1)
    assert eyes.openness(opening(usual / 3), 2.0).value == pytest.approx(1 / 3)


def test_a_blink_does_not_change_the_usual_opening() -> None:
    eyes = EyeBaseline()
    for frame in range(90):
        shut = frame % 30 > 24  # shut a sixth of the time
        openness = eyes.openness(opening(0.08 if shut else 0.3), frame / 30)
    assert eyes.openness(opening(0.3), 3.0).value == pytest.approx(1)
    assert openness.value == pytest.approx(0.08 / 0.3)


def test_the_usual_opening_is_unknown_after_a_single_frame() -> None:
    eyes = EyeBaseline()
    assert eyes.openness(opening(0.3), 0.0).reason == "not_measured.eyes_unknown"
    assert eyes.openness(opening(0.3), MIN_DURATION_S + 0.01).value is not None


def test_no_face_has_no_eyes_and_reports_the_same_reason() -> None:
    assert EyeBaseline().openness(opening(None), 0.0).reason == "not_measured.no_face"


def height(value: float | None) -> Metric:
    return Metric("brow_height", value, "ratio", "" if value is not None else "not_measured.no_face")


@pytest.mark.parametrize("usual", [0.32, 0.48])
def test_high_and_low_brows_are_compared_with_their_height_at_rest(usual: float) -> None:
    brows = BrowBaseline()
    for frame in range(60):
        at_rest = brows.raise_ratio(height(usual), frame / 30)
    assert at_rest.value == pytest.approx(1)
    for frame in range(60, 150):  # raised for longer than they were at rest
        raised = brows.raise_ratio(height(1.25 * usual), frame / 30)
    assert raised.value == pytest.approx(1.25)


def test_the_height_at_rest_is_unknown_after_a_single_frame_and_without_a_face() -> None:
    brows = BrowBaseline()
    assert brows.raise_ratio(height(0.4), 0.0).reason == "not_measured.brows_unknown"
    assert brows.raise_ratio(height(0.4), MIN_DURATION_S + 0.01).value == pytest.approx(1)
    assert brows.raise_ratio(height(None), 1.0).reason == "not_measured.no_face"
