from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.standard import PhotoStandard, Stage, standard
from kiosk.capture.crop import Crop, Head, solve
from kiosk.capture.portrait import PhotoProblem
from kiosk.guidance.verdict import Measure, Outcome, Verdict, judge

CHSI = standard("chsi")


def verdicts(crop: Crop, head: Head, photo_standard: PhotoStandard = CHSI) -> tuple[Verdict, ...]:
    """What the rules of place say of the head where the crop puts it."""
    placed = crop.placed(head)
    values = {
        "hair_top": placed.crown,
        "eye_line": placed.eyes,
        "face_width": placed.width,
        "centring": placed.centre - photo_standard.output.width / 2,
    }
    rules = {n: r for n, r in photo_standard.asked(Stage.PORTRAIT).items() if r.measure in values}
    assert len(rules) == 4, "the standard lost one of its rules of place"
    return judge({n: Measure(n, v, "px") for n, v in values.items()}, rules)


@st.composite
def heads(draw: st.DrawFn) -> tuple[Head, tuple[int, int]]:
    """Heads of human and of odd proportions, anywhere in pictures of any size."""
    picture = draw(st.integers(300, 4000)), draw(st.integers(300, 4000))
    width = draw(st.floats(60, 1500))
    eyes = draw(st.floats(0, picture[1]))
    crown = eyes - width * draw(st.floats(0.2, 1.6))
    return Head(max(0.0, crown), eyes, draw(st.floats(0, picture[0])), width), picture


def solved(head: Head, picture: tuple[int, int]) -> Crop | PhotoProblem:
    try:
        return solve(head, picture, CHSI)
    except PhotoProblem as problem:
        return problem


@given(heads())
@settings(max_examples=300, deadline=None)
def test_a_crop_satisfies_every_rule_or_none_exists(case: tuple[Head, tuple[int, int]]) -> None:
    head, picture = case
    crop = solved(head, picture)
    if isinstance(crop, PhotoProblem):
        assert sampled(head, picture) is None, f"{crop.key} {crop.values}"
        assert int(str(crop.values.get("pixels", 1))) > 0
        return
    assert {v.outcome for v in verdicts(crop, head)} == {Outcome.PASS}
    assert min(crop.left, crop.top) >= 0
    assert crop.left + crop.width <= picture[0]
    assert crop.top + crop.height <= picture[1]
    assert crop.width * CHSI.output.height == crop.height * CHSI.output.width
    assert crop.scale <= 1


def sampled(head: Head, picture: tuple[int, int]) -> Crop | None:
    """A crop found by trying a dense grid of them, knowing nothing of how they are solved."""
    for k in range(160, min(picture[0] // 3, picture[1] // 4) + 1, 1):
        scale = 160 / k
        tops = np.arange(0, picture[1] - 4 * k + 1)
        crown, eyes = (head.crown - tops) * scale, (head.eyes - tops) * scale
        good = (crown >= 52.01) & (crown <= 107.99) & (eyes >= 200.51) & (eyes <= 299.49)
        lefts = np.arange(0, picture[0] - 3 * k + 1)
        centred = np.abs((head.centre - lefts) * scale - 240) <= 10.99
        if good.any() and centred.any() and 181.51 <= head.width * scale <= 298.49:
            return Crop(int(lefts[centred.argmax()]), int(tops[good.argmax()]), 3 * k, 4 * k, scale)
    return None


def test_the_dense_grid_does_find_crops() -> None:
    head = Head(crown=400, eyes=800, centre=1000, width=520)
    crop = sampled(head, (2000, 3000))
    assert crop is not None
    assert {v.outcome for v in verdicts(crop, head)} == {Outcome.PASS}


def test_where_it_may_choose_it_goes_for_the_aims() -> None:
    head = Head(crown=900, eyes=1300, centre=2000, width=530)
    crop = solve(head, (4000, 6000), CHSI)
    placed = crop.placed(head)
    assert placed.width == pytest.approx(213, abs=10)
    assert placed.crown == pytest.approx(80, abs=5)
    assert placed.eyes == pytest.approx(250, abs=15)
    assert placed.centre == pytest.approx(240, abs=0.5)


@given(st.integers(-300, 300), st.integers(-300, 300))
def test_moving_the_person_moves_the_crop_with_them(dx: int, dy: int) -> None:
    head = Head(crown=900, eyes=1300, centre=2000, width=530)
    moved = Head(head.crown + dy, head.eyes + dy, head.centre + dx, head.width)
    before, after = solve(head, (4000, 6000), CHSI), solve(moved, (4000, 6000), CHSI)
    assert (after.left - before.left, after.top - before.top, after.height) == (dx, dy, before.height)


@pytest.mark.parametrize(
    ("head", "picture", "key"),
    [
        (Head(900, 1000, 1000, 530), (2000, 3000), "photo.hair_flat"),  # no forehead at all
        (Head(100, 1300, 1000, 530), (2000, 3000), "photo.hair_high"),  # a tower of hair
        (Head(300, 400, 500, 120), (1000, 1400), "photo.too_far"),
        (Head(10, 410, 1000, 530), (2000, 3000), "photo.room_top"),
        (Head(2000, 2400, 1000, 530), (2000, 3000), "photo.room_bottom"),
        (Head(500, 900, 100, 530), (2000, 3000), "photo.room_left"),
        (Head(500, 900, 1900, 530), (2000, 3000), "photo.room_right"),
        (Head(100, 700, 500, 800), (1000, 1300), "photo.too_near"),
    ],
)
def test_no_is_said_with_its_reason(head: Head, picture: tuple[int, int], key: str) -> None:
    assert sampled(head, picture) is None
    with pytest.raises(PhotoProblem) as problem:
        solve(head, picture, CHSI)
    assert problem.value.key == key


@given(st.floats(0, 150))
def test_so_many_pixels_more_above_the_head_would_have_done(crown: float) -> None:
    head, picture = Head(crown, crown + 400, 1000, 530), (2000, 3000)
    problem = solved(head, picture)
    assume(isinstance(problem, PhotoProblem) and problem.key == "photo.room_top")
    assert isinstance(problem, PhotoProblem)
    scale = min(298.5 / 530, (299.5 - 52) / 400)
    more = (int(str(problem.values["pixels"])) + 1) / scale
    solve(Head(crown + more, crown + 400 + more, 1000, 530), (2000, 3000 + int(more)), CHSI)
