"""Every measure is shown to move when the portrait is spoilt: a measure that cannot fail proves nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from config.opencv import cv2
from config.standard import standard
from kiosk.capture.measure_portrait import judge_portrait, measure_portrait
from kiosk.guidance.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome

CHSI = standard("chsi")
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    found = FaceFinder(still=True)
    yield found
    found.close()


@pytest.fixture(scope="module")
def pixels(on_disk: Path) -> Pixels:
    return np.asarray(Image.open(on_disk))


def saved(pixels: Pixels, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    chosen = {"quality": 80, "dpi": (300, 300)} | options
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **chosen)
    return file.getvalue()


def failed(data: bytes, finder: FaceFinder) -> set[str]:
    return {v.rule for v in judge_portrait(data, CHSI, finder) if v.outcome is Outcome.FAIL} - {"bytes"}


def shifted(pixels: Pixels, dx: int, dy: int) -> Pixels:
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(pixels, move, (480, 640), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def scaled(pixels: Pixels, factor: float) -> Pixels:
    about = cv2.getRotationMatrix2D((240, 250), 0, factor)
    return np.asarray(cv2.warpAffine(pixels, about, (480, 640), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def test_the_portrait_itself_fails_nothing(pixels: Pixels, finder: FaceFinder) -> None:
    assert failed(saved(pixels), finder) == set()


@pytest.mark.parametrize(
    ("dx", "dy", "rules"),
    [
        (20, 0, {"centring"}),
        (-20, 0, {"centring"}),
        (0, -40, {"hair_top"}),
        (0, 50, {"hair_top", "eye_line"}),
    ],
)
def test_a_shift_is_seen(pixels: Pixels, finder: FaceFinder, dx: int, dy: int, rules: set[str]) -> None:
    assert failed(saved(shifted(pixels, dx, dy)), finder) == rules


def test_places_follow_a_shift_to_the_pixel(pixels: Pixels, finder: FaceFinder) -> None:
    before = measure_portrait(saved(pixels, "PNG"), CHSI, finder)
    after = measure_portrait(saved(shifted(pixels, 7, -11), "PNG"), CHSI, finder)
    for name, moved in (("hair_top", -11), ("eye_line", -11), ("centring", 7), ("face_width", 0)):
        one, other = before[name].value, after[name].value
        assert one is not None
        assert other is not None
        assert other - one == pytest.approx(moved, abs=1.5)


@pytest.mark.parametrize("factor", [0.85, 1.6])
def test_a_face_too_small_or_too_large_is_seen(pixels: Pixels, finder: FaceFinder, factor: float) -> None:
    assert "face_width" in failed(saved(scaled(pixels, factor)), finder)


def test_another_background_is_seen(pixels: Pixels, finder: FaceFinder) -> None:
    assert failed(saved(pixels), finder) == set()
    white = {
        v.rule
        for v in judge_portrait(saved(pixels), CHSI.with_background("white"), finder)
        if v.outcome is Outcome.FAIL
    }
    assert "background_colour" in white


def test_an_uneven_background_is_seen(pixels: Pixels, finder: FaceFinder) -> None:
    ramp = np.linspace(0, 16, 480)[None, :, None]
    assert "background_evenness" in failed(saved((pixels - np.minimum(pixels, ramp)).astype(np.uint8)), finder)
    spot = pixels.copy()
    cv2.circle(spot, (50, 60), 14, (200, 60, 60), -1)
    assert failed(saved(spot), finder) == {"background_evenness"}


@pytest.mark.parametrize(
    ("options", "rule"),
    [({"quality": 50}, "jpeg_quality"), ({"dpi": (72, 72)}, "dpi")],
)
def test_the_files_own_facts_are_judged(
    pixels: Pixels, finder: FaceFinder, options: dict[str, object], rule: str
) -> None:
    assert failed(saved(pixels, **options), finder) == {rule}


def test_the_bytes_are_judged(pixels: Pixels, finder: FaceFinder) -> None:
    verdicts = {v.rule: v for v in judge_portrait(saved(pixels, quality=100), CHSI, finder)}
    assert verdicts["bytes"].outcome is Outcome.FAIL


def test_what_is_not_there_is_not_measured(finder: FaceFinder) -> None:
    empty = np.full((640, 480, 3), (100, 197, 255), np.uint8)
    verdicts = {v.rule: v for v in judge_portrait(saved(empty), CHSI, finder)}
    for rule in ("hair_top", "eye_line", "face_width", "centring"):
        assert (verdicts[rule].outcome, verdicts[rule].reason) == (Outcome.NOT_MEASURED, "measure.no_face")
    assert verdicts["one_face"].outcome is Outcome.FAIL
