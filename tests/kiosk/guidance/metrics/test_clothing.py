"""Clothes against the backdrop, the portrait's background and the sitter's own skin, on drawn sitters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from config.arrays import Pixels
from config.standards.registry import Stage, load_standard
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.clothing import CHEEKS_FACE_WIDTH_PX, clothing_metrics
from kiosk.guidance.metrics.patches import face_patch
from kiosk.guidance.verdict import Metric, Outcome, evaluate
from tests.kiosk.guidance.synthetic_body import BACKDROP, CLOTH, FACE_WIDTH_PX, SKIN, detections, picture

BLUE = (100, 197, 255)
RULES = {
    name: rule
    for name, rule in load_standard("chsi").rules_for(Stage.LIVE).items()
    if rule.metric in ("clothes_like_backdrop", "clothes_like_output", "bare_skin", "clothes_pattern")
}


def clothing_of(pixels: Pixels, behind: tuple[int, int, int] | None = BLUE) -> Mapping[str, Reading]:
    sitter = detections()
    return clothing_metrics(pixels, sitter, behind, face_patch(pixels, sitter.faces[0], CHEEKS_FACE_WIDTH_PX))


def missed_rules(readings: Mapping[str, Reading]) -> set[str]:
    metrics = {name: Metric(name, float(value), "") for name, value in readings.items() if isinstance(value, float)}
    return {verdict.rule for verdict in evaluate(metrics, RULES) if verdict.outcome is not Outcome.PASS}


def stripe(pixels: Pixels, upright: bool) -> Pixels:
    places = np.indices(pixels.shape[:2])[1 if upright else 0]
    bright = (places // round(0.07 * FACE_WIDTH_PX)) % 2 == 0
    cloth = (pixels == np.array(CLOTH, np.uint8)).all(axis=2)
    return np.where((cloth & bright)[..., None], np.uint8(230), pixels).astype(np.uint8)


def test_there_is_a_rule_for_each() -> None:
    assert set(RULES) == {"clothes_backdrop", "clothes_output", "bare_shoulders", "clothes_pattern"}


def test_plain_dark_clothes_are_right() -> None:
    assert missed_rules(clothing_of(picture())) == set()


@pytest.mark.parametrize("colour", [BACKDROP, (235, 235, 233), (98, 150, 200)])
def test_clothes_of_the_backdrop_s_colour_do_not_pass(colour: tuple[int, int, int]) -> None:
    slightly = tuple(level - 6 for level in colour)
    assert "clothes_backdrop" in missed_rules(clothing_of(picture(slightly, colour)))
    assert "clothes_backdrop" not in missed_rules(clothing_of(picture(CLOTH, colour)))


@pytest.mark.parametrize(("cloth", "share"), [(BACKDROP, 1.0), (CLOTH, 0.0)])
def test_a_torso_that_the_mask_lacks_is_searched_below_the_face(cloth: tuple[int, int, int], share: float) -> None:
    sitter = detections()
    head = sitter.person.copy()
    head[round(float(sitter.faces[0].chin[1])) + 20 :] = 0
    readings = clothing_metrics(picture(cloth), replace(sitter, person=head), BLUE, None)
    assert readings["clothes_like_backdrop"] == pytest.approx(share, abs=0.05)
    assert readings["clothes_pattern"] == NotMeasured("not_measured.no_clothes")


def test_a_white_blouse_before_light_grey_passes() -> None:
    assert missed_rules(clothing_of(picture((242, 240, 232), BACKDROP))) == set()


def test_an_uneven_backdrop_is_compared_next_to_the_clothes() -> None:
    """The clothes are as dark as the far side of the backdrop, but differ from it everywhere next to them."""
    pixels = picture((90, 91, 92), (200, 200, 200))
    fall = np.linspace(1.0, 0.75, pixels.shape[1])[None, :, None]
    background = (pixels == 200).all(axis=2)[..., None]
    assert missed_rules(clothing_of(np.where(background, pixels * fall, pixels).astype(np.uint8))) == set()


def test_blue_clothes_only_matter_when_the_portrait_is_blue() -> None:
    pixels = picture((120, 190, 240))
    assert "clothes_output" in missed_rules(clothing_of(pixels, BLUE))
    assert "clothes_output" not in missed_rules(clothing_of(pixels, (255, 255, 255)))
    assert clothing_of(pixels, None)["clothes_like_output"] == NotMeasured("not_measured.no_value")


@pytest.mark.parametrize("light", [0.35, 0.7, 1.15])
def test_bare_shoulders_are_detected_in_any_light(light: float) -> None:
    """Bare skin is compared with the sitter's cheeks in the same light."""
    for cloth, bare in ((SKIN, True), (CLOTH, False), ((240, 240, 240), False)):
        codes = np.clip((picture(cloth) / 255.0) ** 2.2 * light, 0, 1) ** (1 / 2.2)
        readings = clothing_of(np.rint(codes * 255).astype(np.uint8))
        assert ("bare_shoulders" in missed_rules(readings)) == bare, (cloth, readings)


def test_with_blown_out_cheeks_bare_skin_is_not_measured() -> None:
    pixels = picture()
    pixels[(pixels == np.array(SKIN, np.uint8)).all(axis=2)] = 255
    assert clothing_of(pixels)["bare_skin"] == NotMeasured("not_measured.face_outside")


@pytest.mark.parametrize("upright", [False, True])
def test_stripes_in_both_directions_are_a_pattern(upright: bool) -> None:
    assert "clothes_pattern" in missed_rules(clothing_of(stripe(picture(), upright)))


@pytest.mark.parametrize("cloth", [CLOTH, (120, 120, 125), (242, 240, 232), (120, 40, 60)])
def test_plain_cloth_is_no_pattern(cloth: tuple[int, int, int]) -> None:
    readings = clothing_of(picture(cloth))
    assert isinstance(readings["clothes_pattern"], float), "control: it was measured"
    assert "clothes_pattern" not in missed_rules(readings)


def test_a_soft_fold_is_no_pattern() -> None:
    pixels = picture((120, 120, 125)).astype(np.float32)
    fold = 1 + 0.15 * np.sin(np.arange(pixels.shape[1]) / FACE_WIDTH_PX * 2 * np.pi)[None, :, None]
    assert "clothes_pattern" not in missed_rules(clothing_of(np.clip(pixels * fold, 0, 255).astype(np.uint8)))


def test_where_the_mask_lacks_the_torso_clothes_are_not_measured() -> None:
    sitter, pixels = detections(width=0.35), picture()
    readings = dict(clothing_metrics(pixels, sitter, BLUE, face_patch(pixels, sitter.faces[0], CHEEKS_FACE_WIDTH_PX)))
    assert readings.pop("clothes_like_backdrop") == pytest.approx(0, abs=0.05)
    assert set(readings.values()) == {NotMeasured("not_measured.no_clothes")}


def test_a_picture_that_ends_at_the_chin_has_no_clothes() -> None:
    sitter, pixels = detections(), picture()[:215]
    cut = type(sitter)((640, 215), sitter.faces, sitter.person[:215])
    readings = clothing_metrics(pixels, cut, BLUE, face_patch(pixels, sitter.faces[0], CHEEKS_FACE_WIDTH_PX))
    assert set(readings.values()) == {NotMeasured("not_measured.no_clothes")}
