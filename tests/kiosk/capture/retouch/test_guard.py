"""The guard passes permitted retouching and detects each forbidden change, on the simulated sitter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from config.arrays import Pixels
from config.settings.retouch import retouch_limits
from config.similarity import Similarity, fit_similarity
from kiosk.capture.retouch.guard import Comparison, compare
from kiosk.capture.retouch.recompression import read_jpeg_settings, reencode
from kiosk.capture.retouch.registration import register
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.bench.retouching import (
    Edit,
    add_mole,
    bilateral,
    decode_pixels,
    encode,
    enlarge_eyes,
    frequency_separation,
    heal_mole,
    leave_unchanged,
    mirror,
    mole_position,
    recolour_clothes,
    recompress,
    redden_lips,
    relight,
    replace_background,
    shift,
    slim,
    smooth_and_grain,
    tidy_edge,
    whiten,
)

Guard = Callable[[bytes], Comparison]


@pytest.fixture(scope="module")
def own(developed: tuple[Portrait, object]) -> bytes:
    return developed[0].jpeg


@pytest.fixture(scope="module")
def pixels(own: bytes) -> Pixels:
    return decode_pixels(own)


@pytest.fixture(scope="module")
def face(pixels: Pixels, finder: FaceFinder) -> Face:
    return finder.find(pixels).faces[0]


@pytest.fixture(scope="module")
def guard(own: bytes, finder: FaceFinder) -> Guard:
    return partial(compare, own, finder=finder)


@pytest.mark.parametrize("way", [{"quality": 60, "sampling": 2}, {"quality": 95}, {"kind": "PNG"}])
def test_saving_alone_is_accepted(guard: Guard, pixels: Pixels, way: dict[str, object]) -> None:
    result = guard(encode(pixels, **way))  # type: ignore[arg-type]
    assert (result.verdict, result.findings) == (Outcome.PASS, ())


def test_a_coarse_compression_followed_by_a_fine_one_is_accepted(guard: Guard, pixels: Pixels) -> None:
    assert guard(encode(recompress(pixels, 72, 2), 95)).verdict is Outcome.PASS


@pytest.mark.parametrize(
    ("edit", "strength"),
    [(replace_background, 0), (tidy_edge, 2), (recolour_clothes, 1), (shift, 0.4), (shift, 5)],
)
def test_permitted_retouching_passes(guard: Guard, pixels: Pixels, face: Face, edit: Edit, strength: float) -> None:
    assert guard(encode(edit(pixels, face, strength), 85)).verdict is Outcome.PASS


@pytest.mark.parametrize(
    ("edit", "strength", "kinds"),
    [
        (bilateral, 2, {"smoothed"}),
        (smooth_and_grain, 4, {"smoothed"}),
        (frequency_separation, 2, {"smoothed"}),
        (whiten, 2, {"lightened"}),
        (relight, 3, {"lightened", "darkened"}),
        (slim, 3, {"shape"}),
        (enlarge_eyes, 12, {"shape"}),
        (redden_lips, 3, {"coloured"}),
    ],
)
def test_a_changed_face_is_rejected_with_its_region(
    guard: Guard, pixels: Pixels, face: Face, edit: Edit, strength: float, kinds: set[str]
) -> None:
    result = guard(encode(edit(pixels, face, strength), 85))
    assert result.verdict is Outcome.FAIL
    assert kinds & {finding.kind for finding in result.findings if finding.outcome is Outcome.FAIL}


def test_a_removed_mole_is_found_in_its_place(pixels: Pixels, face: Face, finder: FaceFinder) -> None:
    with_mole = encode(add_mole(pixels, face, 5), 85)
    result = compare(with_mole, encode(heal_mole(decode_pixels(with_mole), face, 5), 85), finder)
    spots = [finding for finding in result.findings if finding.kind == "spot"]
    assert result.verdict is Outcome.FAIL
    assert [spot.place for spot in spots] == ["right_cheek"]
    left, top, right, bottom = spots[0].box
    x, y = mole_position(face)
    assert left < x < right
    assert top < y < bottom
    assert result.map[round(y), round(x)] >= 2
    assert result.map[5, 5] == 0


def test_a_mirrored_portrait_is_named_as_such(guard: Guard, pixels: Pixels, face: Face) -> None:
    result = guard(encode(mirror(pixels, face, 1)))
    assert [(f.kind, f.outcome) for f in result.findings] == [("mirrored", Outcome.FAIL)]


def test_a_missing_face_is_rejected(guard: Guard, pixels: Pixels) -> None:
    result = guard(encode(np.full_like(pixels, 120)))
    assert [(f.kind, f.outcome) for f in result.findings] == [("no_face", Outcome.FAIL)]


def test_another_size_is_unsure(guard: Guard, pixels: Pixels, face: Face) -> None:
    larger = np.asarray(np.pad(pixels, ((0, 0), (0, 30), (0, 0)), mode="edge"))
    result = guard(encode(larger))
    assert result.verdict is Outcome.UNSURE
    assert {finding.kind for finding in result.findings} == {"size"}


def test_an_own_file_without_a_face_is_a_problem(pixels: Pixels, own: bytes, finder: FaceFinder) -> None:
    with pytest.raises(PhotoProblem) as result:
        compare(encode(np.full_like(pixels, 120)), own, finder)
    assert result.value.key == "photo.no_face"


def test_limits_decide(own: bytes, pixels: Pixels, face: Face, finder: FaceFinder) -> None:
    """The verdict follows the file of limits: with wide ones red lips pass."""
    limits = retouch_limits()
    wide = {
        name: limit.model_copy(update={"review_from": limit.review_from * 20, "reject_from": limit.reject_from * 30})
        for name, limit in ((n, getattr(limits, n)) for n in ("spot", "patch", "shape", "tone"))
    }
    painted = encode(redden_lips(pixels, face, 3), 85)
    assert compare(own, painted, finder).verdict is Outcome.FAIL
    assert compare(own, painted, finder, limits.model_copy(update=wide)).verdict is Outcome.PASS


def test_registration_finds_shift_scale_and_turn(pixels: Pixels) -> None:
    from config.opencv import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    true = Similarity(1.013, 0.4, -6.3, 4.2)
    moved = cv2.warpAffine(grey, true.matrix, (480, 640), flags=cv2.INTER_CUBIC)
    where = np.zeros(grey.shape, bool)
    where[180:420, 140:340] = True
    found = register(grey, 0.8 * moved + 20, where, Similarity(1, 0, 0, 0))
    corners = np.array([[140, 180], [340, 180], [140, 420], [340, 420]], np.float32)
    assert np.abs(found.transform(corners) - true.transform(corners)).max() < 0.05


def test_points_give_the_similarity_that_moved_them() -> None:
    points = np.array([[10, 20], [90, 25], [50, 120]], np.float32)
    true = Similarity(0.97, -2.0, 3.0, -8.0)
    found = fit_similarity(points, true.transform(points))
    assert np.abs(found.matrix - true.matrix).max() < 1e-3


def test_a_picture_compressed_with_the_same_settings_is_predicted_exactly(pixels: Pixels, face: Face) -> None:
    data = encode(leave_unchanged(pixels, face, 0), 83, 2)
    assert (reencode(pixels, read_jpeg_settings(data)) == decode_pixels(data)).all()
    assert str(read_jpeg_settings(data)) == "JPEG 83 4:2:0"
    assert read_jpeg_settings(encode(pixels, kind="PNG")).quality is None
