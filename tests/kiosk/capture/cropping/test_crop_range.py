"""The crops that a person may choose keep every rule, and nothing else restricts the choice."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.standards.registry import load_standard
from kiosk.capture.cropping.crop_range import CropRange
from kiosk.capture.cropping.solver import Crop, Head, solve
from kiosk.guidance.verdict import Outcome
from tests.kiosk.capture.cropping.test_solver import verdicts

CHSI = load_standard("chsi")
ROTATING = CHSI.model_copy(update={"allowed": (*CHSI.allowed, "rotate")})
PICTURE = (2000, 3000)
HEAD = Head(crown=700, eyes=1130, centre=1000, width=560, chin=1480)

numbers = st.floats(-1e5, 1e5)


def choices(head: Head = HEAD) -> CropRange:
    return CropRange(head, PICTURE, CHSI)


@settings(deadline=None)
@given(numbers, numbers, numbers, st.sampled_from((0.0, 3.0, -5.0)))
def test_every_offered_crop_passes_every_position_rule_within_the_picture(
    x: float, y: float, width: float, angle: float
) -> None:
    head = replace(HEAD, angle=angle)
    crop = choices(head).nearest((x, y), width)
    assert choices(head).contains(crop)
    assert {verdict.outcome for verdict in verdicts(crop, head)} == {Outcome.PASS}
    assert crop.scale <= 1
    assert (crop.corners >= -1e-6).all()
    assert (crop.corners <= [PICTURE[0] + 1e-6, PICTURE[1] + 1e-6]).all()
    assert crop.width / crop.height == pytest.approx(480 / 640)


@settings(deadline=None)
@given(numbers, numbers, numbers)
def test_an_allowed_crop_stays_where_it_is(x: float, y: float, width: float) -> None:
    crop = choices().nearest((x, y), width)
    centre = (crop.left + crop.width / 2, crop.top + crop.height / 2)
    assert choices().nearest(centre, crop.width) == crop


def test_the_crop_of_the_rules_is_among_the_choices() -> None:
    assert choices().contains(solve(HEAD, PICTURE, CHSI))


def test_a_person_has_a_real_choice() -> None:
    crop = solve(HEAD, PICTURE, CHSI)
    limits = choices().limits(crop)
    for low, high in (limits.width, limits.left, limits.top):
        assert high - low > 20
    assert limits.left[0] <= crop.left <= limits.left[1]
    assert limits.top[0] <= crop.top <= limits.top[1]


@pytest.mark.parametrize("side", [0, 1])
def test_crops_at_the_limits_are_allowed_and_those_beyond_are_not(side: int) -> None:
    crop = solve(HEAD, PICTURE, CHSI)
    beyond = (-2, 2)[side]
    at_left = replace(crop, left=choices().limits(crop).left[side])
    at_top = replace(crop, top=choices().limits(crop).top[side])
    assert choices().contains(at_left)
    assert choices().contains(at_top)
    assert not choices().contains(replace(at_left, left=at_left.left + beyond))
    assert not choices().contains(replace(at_top, top=at_top.top + beyond))


def test_a_crop_of_another_angle_is_not_allowed() -> None:
    assert not choices().contains(replace(solve(HEAD, PICTURE, CHSI), angle=1.0))


def test_an_enlarged_crop_is_not_allowed() -> None:
    assert not choices().contains(Crop(800, 600, 240, 320, scale=2.0))


def test_rules_that_leave_no_crop_leave_no_choice() -> None:
    assert choices(replace(HEAD, crown=1120)).is_empty
    assert not choices().is_empty


def test_a_head_is_the_same_in_the_picture_and_in_the_portrait() -> None:
    crop = solve(replace(HEAD, angle=4.0), PICTURE, ROTATING)
    back = crop.to_picture(crop.to_portrait(replace(HEAD, angle=4.0)))
    for name in ("crown", "eyes", "centre", "width", "chin", "angle"):
        assert math.isclose(getattr(back, name), getattr(replace(HEAD, angle=4.0), name), abs_tol=1e-9)
