"""Background is added around a person who lies within the picture, and never at an edge that may cut the person off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.standards.registry import Operation, load_standard
from kiosk.capture.cropping.extension import Extension, cut_edges
from kiosk.capture.cropping.solver import Crop, Head, solve
from kiosk.capture.matting.extended_crop import extend_image, extend_matte, extract_part_within, part_within
from kiosk.capture.matting.matte import Matte, composite, extract_crop
from kiosk.capture.types import PhotoProblem
from tests.kiosk.capture.cropping.test_solver import verdicts

CHSI = load_standard("chsi")
assert CHSI.extension is not None
LIMITS = CHSI.extension
PICTURE = (2000, 3000)
NEAR_TOP = Head(100, 500, 1000, 530)  # 52 px of the portrait need 92 px and more of the picture at any scale
SIZE = (480, 640)


def test_a_crop_within_the_picture_is_preferred() -> None:
    head = Head(900, 1300, 1000, 530)
    assert solve(head, PICTURE, CHSI, may_extend=True) == solve(head, PICTURE, CHSI)
    assert not solve(head, PICTURE, CHSI).extension


@given(st.floats(0, 80), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_the_smallest_extension_makes_every_rule_pass(crown: float, across: float) -> None:
    head = Head(crown, crown + 400, 1000 + across, 530)
    with pytest.raises(PhotoProblem) as problem:
        solve(head, PICTURE, CHSI)
    crop = solve(head, PICTURE, CHSI, may_extend=True)
    beyond = crop.extension
    assert (beyond.left, beyond.right) == (0, 0), "one edge is enough"
    fewest = problem.value.values["pixels"]
    assert beyond.top == min(fewest + LIMITS.reserve, LIMITS.max_top), "the pixels of the problem, and the reserve"
    assert {v.outcome for v in verdicts(crop, head)} == {"pass"}
    part, size = part_within(crop, SIZE)
    assert size == (480, 640 - beyond.top)
    assert part.top >= 0
    assert part.top < crop.width / 480 + 1e-6, "no row of the portrait is background that the picture could have shown"


def test_the_side_is_extended_where_the_person_is_not_in_the_middle() -> None:
    crop = solve(Head(500, 900, 250, 530), PICTURE, CHSI.model_copy(update={"extension": larger(100)}), may_extend=True)
    assert crop.extension.left > 0
    assert (crop.extension.top, crop.extension.right) == (0, 0)
    part, size = part_within(crop, SIZE)
    assert part.left >= 0
    assert size == (480 - crop.extension.left, 640)


def larger(side: int):  # type: ignore[no-untyped-def]
    """Return the limits with `side` pixels at the left and right."""
    return LIMITS.model_copy(update={"max_side": side})


@pytest.mark.parametrize(
    "standard",
    [
        CHSI.model_copy(update={"allowed": tuple(o for o in CHSI.allowed if o is not Operation.EXTEND_BACKGROUND)}),
        CHSI.model_copy(update={"extension": LIMITS.model_copy(update={"max_top": 3})}),
    ],
)
def test_an_extension_that_the_standard_does_not_allow_is_refused(standard) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PhotoProblem) as problem:
        solve(replace(NEAR_TOP, crown=20, eyes=420), PICTURE, standard, may_extend=True)
    assert problem.value.key == "photo.room_top"


def test_the_portrait_is_never_extended_below() -> None:
    with pytest.raises(PhotoProblem) as problem:
        solve(Head(2000, 2400, 1000, 530), PICTURE, CHSI, may_extend=True)
    assert problem.value.key == "photo.room_bottom"


@pytest.mark.parametrize(("row", "is_cut"), [(0, True), (LIMITS.clear - 1, True), (LIMITS.clear, False)])
def test_hair_this_near_the_edge_may_be_cut(row: int, is_cut: bool) -> None:
    alpha = np.zeros((100, 80), np.float32)
    alpha[row:, 40] = 2 * LIMITS.max_alpha
    assert cut_edges(alpha, Extension(top=4), LIMITS) == (("top",) if is_cut else ())
    assert cut_edges(alpha, Extension(left=4), LIMITS) == ()
    assert cut_edges(alpha[:, 40:], Extension(top=4, left=4), LIMITS) == (("top", "left") if is_cut else ("left",))
    assert cut_edges(alpha[:, :41], Extension(right=1), LIMITS) == ("right",)


@pytest.mark.parametrize("beyond", [Extension(top=7), Extension(top=3, left=5), Extension(right=6)])
def test_the_portrait_is_the_picture_with_background_around_it(beyond: Extension) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (640, 480, 3)).astype(np.uint8)
    crop = Crop(-float(beyond.left), -float(beyond.top), 48, 64, 1.0, extension=beyond)
    if beyond.right:
        crop = replace(crop, left=480 - 48 + float(beyond.right))
    part = extract_part_within(picture, crop, (48, 64))
    assert part.shape == (64 - beyond.top, 48 - beyond.left - beyond.right, 3)
    matte = extend_matte(Matte(np.ones(part.shape[:2], np.float32), part), beyond)
    portrait = composite(matte, (100, 197, 255))
    within = np.s_[beyond.top :, beyond.left : 48 - beyond.right]
    assert (portrait[within] == np.rint(part * 255)).all()
    outside = np.ones(portrait.shape[:2], bool)
    outside[within] = False
    assert (portrait[outside] == (100, 197, 255)).all()
    shown = np.rint(extend_image(part, beyond, (100, 197, 255)) * 255)
    assert (shown == portrait).all(), "a stroke on the extension changes nothing"


def test_a_part_within_is_the_same_as_a_crop_of_its_own() -> None:
    picture = np.random.default_rng(2).integers(0, 255, (640, 480, 3)).astype(np.uint8)
    crop = Crop(0, -16, 96, 128, 0.5, extension=Extension(top=8))
    alone = extract_crop(picture, Crop(0, 0, 96, 112, 0.5), (48, 56))
    assert (extract_part_within(picture, crop, (48, 64)) == alone).all()
