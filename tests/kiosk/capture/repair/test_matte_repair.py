"""Strokes change a drawn matte only where they are painted, and never in the face."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.arrays import Mask
from config.errors import Problem
from kiosk.capture.matting.matte import Matte
from kiosk.capture.repair.brush import centre_line, coverage
from kiosk.capture.repair.matte_repair import repair_matte
from kiosk.capture.repair.spill import SpillHue, find_spill_hue
from kiosk.capture.repair.strokes import Strokes, strokes_of
from tests.kiosk.capture.repair.strategies import STROKES, stroke

WIDTH, HEIGHT = 60, 80
BLUE = SpillHue(1.0, 0.0)


def drawn_matte() -> tuple[np.ndarray, Matte]:
    """Return a grey person in the lower half before a blue backdrop; alpha increases from 0 to 1 over twenty rows."""
    image = np.full((HEIGHT, WIDTH, 3), (0.3, 0.4, 0.9), np.float32)
    image[40:] = 0.5
    alpha = np.repeat(np.clip((np.arange(HEIGHT) - 30) / 20, 0, 1)[:, None], WIDTH, axis=1).astype(np.float32)
    return image, Matte(alpha, np.full_like(image, 0.6))


def face_box() -> Mask:
    face = np.zeros((HEIGHT, WIDTH), bool)
    face[20:40, 20:40] = True
    return face


IMAGE, MATTE = drawn_matte()
NO_FACE = np.zeros((HEIGHT, WIDTH), bool)


def repaired(strokes: Strokes, face: Mask = NO_FACE, hue: SpillHue | None = BLUE) -> Matte:
    return repair_matte(IMAGE, MATTE, strokes, face, hue)


def test_keep_makes_person_and_shows_the_shots_own_colour() -> None:
    result = repaired(stroke("keep", ((0.5, 0.1, 1.0),), size=0.3, hardness=1))
    assert result.alpha[8, 30] == 1
    assert result.foreground[8, 30] == pytest.approx(IMAGE[8, 30])
    assert result.alpha[8, 45] == 0


def test_remove_makes_background() -> None:
    result = repaired(stroke("remove", ((0.5, 0.9, 1.0),), size=0.3, hardness=1))
    assert result.alpha[72, 30] == 0
    assert result.alpha[72, 50] == 1


def test_smooth_brings_neighbours_closer() -> None:
    steps = MATTE.alpha.copy()
    steps[:] = 0
    steps[40:] = 1
    result = repair_matte(
        IMAGE, Matte(steps, MATTE.foreground), stroke("smooth", ((0.5, 0.5, 1.0),), 0.3), NO_FACE, None
    )
    assert 0 < result.alpha[39, 30] < result.alpha[40, 30] < 1
    assert result.alpha[39, 55] == 0


def test_remove_spill_makes_neutral_and_keeps_luma_and_other_colours() -> None:
    colours = np.full_like(IMAGE, 0.5)
    colours[70, 30] = (0.4, 0.45, 0.8)
    colours[70, 31] = (0.8, 0.5, 0.3)  # opposite to blue
    image, _ = drawn_matte()
    hue = find_spill_hue(image, MATTE.alpha)
    assert hue is not None
    result = repair_matte(
        image, Matte(MATTE.alpha, colours), stroke("remove_spill", ((0.5, 0.88, 1.0),), 0.3, 1), NO_FACE, hue
    )
    before, after = colours[70, 30], result.foreground[70, 30]
    luma = np.array([0.299, 0.587, 0.114])
    assert after @ luma == pytest.approx(before @ luma, abs=1e-5)
    assert np.ptp(after) < 0.3 * np.ptp(before)
    assert (result.foreground[70, 31] == colours[70, 31]).all()
    assert (result.alpha == MATTE.alpha).all()


def test_a_grey_backdrop_has_no_hue() -> None:
    grey = np.full_like(IMAGE, 0.7)
    assert find_spill_hue(grey, MATTE.alpha) is None
    assert find_spill_hue(IMAGE, np.ones_like(MATTE.alpha)) is None
    with pytest.raises(Problem) as problem:
        repaired(stroke("remove_spill"), hue=None)
    assert problem.value.key == "repair.grey_backdrop"


@pytest.mark.parametrize(
    "points",
    [
        ((0.5, 0.4, 1.0),),
        ((0.1, 0.4, 1.0), (0.9, 0.4, 1.0)),  # two points outside, the face between them
    ],
)
def test_a_stroke_on_the_face_is_refused(points: tuple[tuple[float, float, float], ...]) -> None:
    with pytest.raises(Problem) as problem:
        repaired((*stroke("keep", ((0.1, 0.9, 1.0),)), *stroke("keep", points)), face_box())
    assert (problem.value.key, problem.value.values) == ("repair.on_face", {"number": 2})


def test_a_wide_brush_beside_the_face_stops_at_its_border() -> None:
    result = repaired(stroke("keep", ((0.3, 0.4, 1.0),), size=0.3, hardness=1), face_box())
    assert (result.alpha[20:40, 20:40] == MATTE.alpha[20:40, 20:40]).all()
    assert result.alpha[32, 19] == 1


@given(st.lists(STROKES, max_size=3))
@settings(max_examples=60, deadline=None)
def test_nothing_changes_outside_the_strokes_or_in_the_face(values: list[dict[str, object]]) -> None:
    strokes, face = strokes_of(values), face_box()
    try:
        result = repaired(strokes, face)
    except Problem as problem:
        assert problem.key == "repair.on_face"  # noqa: PT017
        return
    painted = np.zeros((HEIGHT, WIDTH), bool)
    for one in strokes:
        covered = coverage(one, WIDTH, HEIGHT)
        if covered is not None:
            painted[covered.rows, covered.columns] |= covered.values > 0
    unchanged = ~painted | face
    assert (result.alpha[unchanged] == MATTE.alpha[unchanged]).all()
    assert (result.foreground[unchanged] == MATTE.foreground[unchanged]).all()
    assert np.isfinite(result.alpha).all()
    assert result.alpha.min() >= 0
    assert result.alpha.max() <= 1


@given(STROKES)
@settings(max_examples=60, deadline=None)
def test_the_middle_of_the_brush_is_covered_fully(value: dict[str, object]) -> None:
    [one] = strokes_of([{**value, "hardness": 1.0, "size": 0.2}])
    covered = coverage(one, WIDTH, HEIGHT)
    for x, y in centre_line(one, WIDTH, HEIGHT):
        assert covered is not None
        assert covered.values[y - covered.rows.start, x - covered.columns.start] > 0
