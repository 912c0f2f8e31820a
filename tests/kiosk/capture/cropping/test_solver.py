from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.i18n import LANGUAGES
from config.standards.registry import PhotoStandard, Rule, Stage, load_standard
from kiosk.capture.cropping import infeasibility
from kiosk.capture.cropping.constraints import EDGE_NAMES, constraint_matrix, crop_constraints, edge_rows
from kiosk.capture.cropping.infeasibility import find_infeasible_subset
from kiosk.capture.cropping.linear_inequalities import feasible
from kiosk.capture.cropping.solver import Crop, Head, solve, target_face_width
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.verdict import Metric, Outcome, Verdict, evaluate

CHSI = load_standard("chsi")
METRICS = ("hair_top", "eye_line", "face_width", "centring", "head_height", "body_share")
Size = tuple[int, int]


def values(crop: Crop, head: Head, output: Size) -> dict[str, float]:
    """Return the metrics of the portrait, in pixels or shares of its height."""
    placed = crop.to_portrait(head)
    return {
        "hair_top": placed.crown,
        "eye_line": placed.eyes,
        "face_width": placed.width,
        "centring": placed.centre - output[0] / 2,
        "head_height": (placed.chin - placed.crown) / output[1],
        "body_share": 1 - placed.chin / output[1],
    }


def verdicts(crop: Crop, head: Head, photo_standard: PhotoStandard = CHSI) -> tuple[Verdict, ...]:
    """Return the verdicts of the position rules on the head in the crop."""
    output = photo_standard.output.width, photo_standard.output.height
    rules = {n: r for n, r in photo_standard.rules_for(Stage.PORTRAIT).items() if r.metric in METRICS}
    measured = values(crop, head, output)
    return evaluate({r.metric: Metric(r.metric, measured[r.metric], r.unit) for r in rules.values()}, rules)


def standard_for(output: Size, **requested: tuple[float | None, float | None, float]) -> PhotoStandard:
    """Return a standard with that output size and these position rules: measure=(low, high, margin)."""
    rules = {
        measure: Rule(
            metric=measure,
            unit="share" if measure in ("head_height", "body_share") else "px",
            min=low,
            max=high,
            tolerance=margin,
            stages=(Stage.PORTRAIT,),
            quote="-",
            source="-",
            retrieved=date(2026, 11, 22),
            verbatim=True,
        )
        for measure, (low, high, margin) in requested.items()
    }
    sized = CHSI.output.model_copy(update={"width": output[0], "height": output[1]})
    return CHSI.model_copy(update={"output": sized, "rules": rules})


@st.composite
def heads(draw: st.DrawFn) -> tuple[Head, Size]:
    """Heads of usual and unusual proportions, anywhere in pictures of any size."""
    picture = draw(st.integers(300, 4000)), draw(st.integers(300, 4000))
    width = draw(st.floats(60, 1500))
    eyes = draw(st.floats(0, picture[1]))
    crown = eyes - width * draw(st.floats(0.2, 1.6))
    chin = eyes + width * draw(st.floats(0.6, 1.1))
    return Head(max(0.0, crown), eyes, draw(st.floats(0, picture[0])), width, chin), picture


@st.composite
def standards(draw: st.DrawFn) -> PhotoStandard:
    """Standards with any of the rules, one-sided or not. A usual head can keep each of them, but perhaps not all."""
    output = draw(st.sampled_from([(480, 640), (358, 441), (295, 413)]))
    usual = values(Crop(0, 0, *output, 1.0), Head(80, 250, 240, 213, 425), (480, 640))
    requested: dict[str, tuple[float | None, float | None, float]] = {}
    for measure in draw(st.lists(st.sampled_from(METRICS), unique=True, max_size=5)):
        whole = 1 if measure in ("head_height", "body_share") else output[1]
        middle = (usual[measure] if whole == 1 else usual[measure] / 640 * whole) + draw(st.floats(-0.05, 0.05)) * whole
        half = draw(st.floats(0.005, 0.1)) * whole
        sides = draw(st.sampled_from([(1, 1), (1, 1), (1, 0), (0, 1)]))
        low, high = middle - half if sides[0] else None, middle + half if sides[1] else None
        requested[measure] = (low, high, draw(st.floats(0, 0.004)) * whole)
    return standard_for(output, **requested)


def solve_or_problem(head: Head, picture: Size, photo_standard: PhotoStandard = CHSI) -> Crop | PhotoProblem:
    try:
        return solve(head, picture, photo_standard)
    except PhotoProblem as problem:
        return problem


@given(heads(), st.one_of(st.just(CHSI), standards()))
@settings(max_examples=120, deadline=None)
def test_a_crop_satisfies_every_rule_or_none_exists(case: tuple[Head, Size], photo_standard: PhotoStandard) -> None:
    head, picture = case
    output = photo_standard.output
    crop = solve_or_problem(head, picture, photo_standard)
    if isinstance(crop, PhotoProblem):
        assert brute_force(head, picture, photo_standard) is None, f"{crop.key} {crop.values}"
        return
    assert {v.outcome for v in verdicts(crop, head, photo_standard)} <= {Outcome.PASS}
    assert min(crop.left, crop.top) >= -1e-6
    assert crop.left + crop.width <= picture[0] + 1e-6
    assert crop.top + crop.height <= picture[1] + 1e-6
    assert crop.width * output.height == pytest.approx(crop.height * output.width)
    assert crop.scale == pytest.approx(output.width / crop.width)
    assert crop.scale <= 1 + 1e-9


def brute_force(head: Head, picture: Size, photo_standard: PhotoStandard) -> Crop | None:
    """Return a crop from a grid of crops that passes the rules; independent of the solver."""
    output = photo_standard.output
    rules = [r for r in photo_standard.rules_for(Stage.PORTRAIT).values() if r.metric in METRICS]
    for width in np.geomspace(output.width, max(picture[0], output.width), 60):
        height = width * output.height / output.width
        if width > picture[0] or height > picture[1]:
            break
        free = []
        for axis, length, room in (("x", width, picture[0]), ("y", height, picture[1])):
            origins = np.linspace(0, room - length, 400)
            good = np.ones(len(origins), bool)
            crop = Crop(origins, origins, width, height, output.width / width)  # type: ignore[arg-type]
            measured = values(crop, head, (output.width, output.height))
            for rule in (r for r in rules if (r.metric == "centring") == (axis == "x")):
                at = measured[rule.metric]
                good &= (at >= (rule.min or 0) + rule.tolerance + 1e-3) if rule.min is not None else True
                good &= (at <= (rule.max or 0) - rule.tolerance - 1e-3) if rule.max is not None else True
            free.append(origins[good])
        if len(free[0]) and len(free[1]):
            return Crop(free[0][0], free[1][0], width, height, output.width / width)
    return None


def test_the_grid_does_find_crops() -> None:
    head = Head(crown=400, eyes=800, centre=1000, width=520)
    crop = brute_force(head, (2000, 3000), CHSI)
    assert crop is not None
    assert {v.outcome for v in verdicts(crop, head)} == {Outcome.PASS}


@given(heads(), st.one_of(st.just(CHSI), standards()), st.sampled_from([0.0, 7.0, -12.0]))
@settings(max_examples=100, deadline=None)
def test_the_named_rules_conflict_by_the_named_pixels(
    case: tuple[Head, Size], photo_standard: PhotoStandard, angle: float
) -> None:
    head, picture = replace(case[0], angle=angle), case[1]
    output = photo_standard.output.width, photo_standard.output.height
    constraints = crop_constraints(head, photo_standard)
    subset = find_infeasible_subset(constraints, picture, output, angle)
    rows = edge_rows(picture, output, angle)
    assert (subset is None) == feasible(constraint_matrix(constraints, rows))
    assume(subset is not None and feasible(constraint_matrix([], rows)))
    assert subset is not None

    def rows_of(names: frozenset[str]) -> np.ndarray:
        positive = np.array([(0.0, 0.0, -1.0, -1e-3)])  # a scale of 0 keeps most rules
        return np.concatenate([rows[[name in names for name in (*EDGE_NAMES, "enlarged")]], positive])

    edges = rows_of(subset.edges)
    assert subset.constraints
    assert not feasible(constraint_matrix(subset.constraints, edges)), "the named rules can be kept together"
    for band in subset.constraints:
        rest = [other for other in subset.constraints if other is not band]
        pixels = subset.violations[band.rule]
        assert feasible(constraint_matrix(rest, edges)), f"{band.rule} is no part of the conflict"
        assert feasible(constraint_matrix([*rest, band.relax(pixels)], edges))
        assert not feasible(constraint_matrix([*rest, band.relax(pixels - 0.01)], edges))
    for edge in subset.edges:
        others = rows_of(subset.edges - {edge})
        assert feasible(constraint_matrix(subset.constraints, others)), f"{edge} is no part of the conflict"


def test_where_there_is_a_choice_the_crop_is_near_the_targets() -> None:
    head = Head(crown=900, eyes=1300, centre=2000, width=530)
    crop = solve(head, (4000, 6000), CHSI)
    placed = crop.to_portrait(head)
    assert placed.width == pytest.approx(213, abs=10)
    assert placed.crown == pytest.approx(80, abs=5)
    assert placed.eyes == pytest.approx(250, abs=15)
    assert placed.centre == pytest.approx(240, abs=0.5)
    assert all(side == round(side) for side in (crop.left, crop.top, crop.width, crop.height))


def test_rules_that_a_standard_does_not_have_do_not_constrain() -> None:
    free = standard_for((480, 640))
    crop = solve(Head(900, 1300, 2000, 530), (4000, 6000), free)
    assert crop.to_portrait(Head(900, 1300, 2000, 530)).width == pytest.approx(
        213, abs=2
    )  # the usual width, although no rule requires it
    assert target_face_width(free) == 213
    assert solve_or_problem(Head(100, 700, 500, 800), (1000, 1300), free).to_portrait  # type: ignore[union-attr]


def test_a_rule_of_an_unknown_chin_does_not_constrain() -> None:
    chest = standard_for((480, 640), body_share=(0.42, 0.44, 0), face_width=(180, 300, 0))
    head = Head(900, 1300, 2000, 530)
    assert {b.measure for b in crop_constraints(head, chest)} == {"face_width"}
    known = replace(head, chin=1700)
    assert 0.56 <= solve(known, (4000, 6000), chest).to_portrait(known).chin / 640 <= 0.58


@given(st.integers(-300, 300), st.integers(-300, 300))
@settings(max_examples=30, deadline=None)
def test_moving_the_person_moves_the_crop_with_them(dx: int, dy: int) -> None:
    head = Head(crown=900, eyes=1300, centre=2000, width=530)
    moved = Head(head.crown + dy, head.eyes + dy, head.centre + dx, head.width)
    before, after = solve(head, (4000, 6000), CHSI), solve(moved, (4000, 6000), CHSI)
    assert (after.left - before.left, after.top - before.top, after.height) == (dx, dy, before.height)


@pytest.mark.parametrize(
    ("head", "picture", "key", "rules"),
    [
        (Head(900, 1000, 1000, 530), (2000, 3000), "photo.hair_flat", {"hair_top", "eye_line", "face_width"}),
        (Head(100, 1300, 1000, 530), (2000, 3000), "photo.hair_high", {"hair_top", "eye_line", "face_width"}),
        (Head(300, 400, 500, 120), (1000, 1400), "photo.too_far", {"face_width"}),
        (Head(10, 410, 1000, 530), (2000, 3000), "photo.room_top", {"hair_top", "face_width"}),
        (Head(2000, 2400, 1000, 530), (2000, 3000), "photo.room_bottom", {"eye_line", "face_width"}),
        (Head(500, 900, 100, 530), (2000, 3000), "photo.room_left", {"face_width", "centring"}),
        (Head(500, 900, 1900, 530), (2000, 3000), "photo.room_right", {"face_width", "centring"}),
        (Head(100, 700, 500, 800), (1000, 1300), "photo.too_near", {"face_width"}),
        (Head(100, 200, 200, 180), (400, 600), "photo.too_small", set()),
    ],
)
def test_an_infeasible_crop_has_a_reason(head: Head, picture: Size, key: str, rules: set[str]) -> None:
    assert brute_force(head, picture, CHSI) is None
    with pytest.raises(PhotoProblem) as problem:
        solve(head, picture, CHSI)
    assert problem.value.key == key
    assert set(problem.value.values.get("misses", {})) == rules  # type: ignore[call-overload]
    for language in LANGUAGES:
        sentence = problem.value.in_language(language)
        assert not any(mark in sentence for mark in ("rule.", "Message(", "{")), sentence


def test_a_head_too_tall_for_its_width_is_rejected_for_its_hair_whatever_the_rules_are_called() -> None:
    shares = standard_for((480, 640), head_height=(0.45, 0.55, 0), face_width=(200, 230, 0))
    with pytest.raises(PhotoProblem) as problem:
        solve(Head(500, 1200, 1000, 530, 1650), (3000, 4000), shares)
    assert problem.value.key == "photo.hair_high"
    assert set(problem.value.values["misses"]) == {"head_height", "face_width"}  # type: ignore[call-overload]


@given(st.just(0.0) | st.floats(0.25, 80))  # between 0 and 0.25, the hair counts as touching the edge
@settings(max_examples=30, deadline=None)
def test_the_named_pixels_above_the_head_are_enough_and_one_less_is_not(crown: float) -> None:
    head, picture = Head(crown, crown + 400, 1000, 530), (2000, 3000)
    problem = solve_or_problem(head, picture)
    assert isinstance(problem, PhotoProblem)
    assert problem.key == "photo.room_top"
    scale = max(band.max for band in crop_constraints(head, CHSI) if band.rule == "face_width") / 530
    pixels = int(str(problem.values["pixels"]))
    for more, enough in ((pixels, True), (pixels - 1, False)):
        lower = more / scale
        again = solve_or_problem(Head(crown + lower, crown + 400 + lower, 1000, 530), (2000, 3000 + int(lower)))
        assert isinstance(again, Crop) is enough


@pytest.mark.parametrize("angle", [0.0, 6.0, -14.0])
def test_a_turned_crop_lies_within_the_picture_and_is_level(angle: float) -> None:
    turn = math.radians(angle)
    eyes = np.array([900.0, 1300.0])
    upright = eyes @ np.array([(math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))])
    head = Head(upright[1] - 400, upright[1], upright[0], 530, upright[1] + 430, angle)
    crop = solve(head, (2000, 3000), CHSI)
    assert crop.angle == angle
    assert {v.outcome for v in verdicts(crop, head)} == {Outcome.PASS}
    corners = crop.corners
    assert corners.min() >= -1e-6
    assert (corners <= np.array([2000, 3000]) + 1e-6).all()
    across = corners[1] - corners[0]
    assert math.degrees(math.atan2(across[1], across[0])) == pytest.approx(angle)
    # The row of the eyes, measured in the picture along the crop's sides, is that of the portrait.
    down = (corners[3] - corners[0]) / crop.height
    assert (eyes - corners[0]) @ down * crop.scale == pytest.approx(crop.to_portrait(head).eyes)


def test_a_turn_needs_more_room() -> None:
    head = Head(160, 560, 560, 530)
    assert isinstance(solve_or_problem(head, (1120, 2000)), Crop)
    assert isinstance(solve_or_problem(replace(head, angle=14.0), (1120, 2000)), PhotoProblem)


def test_the_search_for_an_unreachable_slack_ends() -> None:
    """With lower or higher hair two other rules can conflict; then no relaxation of the first one helps."""
    assert infeasibility._min_slack(lambda pixels: False) == infeasibility._UNREACHABLE_PX
    assert infeasibility._min_slack(lambda pixels: pixels >= 37.0) == pytest.approx(
        37.0, abs=infeasibility._PRECISION_PX
    )
