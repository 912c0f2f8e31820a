"""Every metric changes when the portrait is changed: a metric that cannot fail proves nothing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import Stage, load_standard
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.background import Background
from kiosk.capture.verification.check_file import check_portrait
from kiosk.capture.verification.crown import find_portrait_crown
from kiosk.capture.verification.measure_portrait import evaluate_portrait, measure_portrait
from kiosk.capture.verification.portrait_analysis import analyze
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.detection.crown import find_crown
from kiosk.guidance.detection.landmarks import Detections, Face, FaceFinder
from kiosk.guidance.verdict import Outcome

CHSI = load_standard("chsi")


@pytest.fixture(scope="module")
def pixels(on_disk: Path) -> Pixels:
    return np.asarray(Image.open(on_disk))


def encode(pixels: Pixels, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    chosen = {"quality": 80, "dpi": (300, 300)} | options
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **chosen)
    return file.getvalue()


def failed_rules(data: bytes, finder: FaceFinder) -> set[str]:
    return {v.rule for v in evaluate_portrait(data, CHSI, finder) if v.outcome is Outcome.FAIL} - {"bytes"}


def shift(pixels: Pixels, dx: int, dy: int) -> Pixels:
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(pixels, move, (480, 640), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def scale(pixels: Pixels, factor: float) -> Pixels:
    about = cv2.getRotationMatrix2D((240, 250), 0, factor)
    return np.asarray(cv2.warpAffine(pixels, about, (480, 640), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def test_the_portrait_itself_fails_nothing(pixels: Pixels, finder: FaceFinder) -> None:
    assert failed_rules(encode(pixels), finder) == set()


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
    assert failed_rules(encode(shift(pixels, dx, dy)), finder) == rules


def test_places_follow_a_shift_to_the_pixel(pixels: Pixels, finder: FaceFinder) -> None:
    before = measure_portrait(encode(pixels, "PNG"), CHSI, finder)
    after = measure_portrait(encode(shift(pixels, 7, -11), "PNG"), CHSI, finder)
    for name, moved in (("hair_top", -11), ("eye_line", -11), ("centring", 7), ("face_width", 0)):
        one, other = before[name].value, after[name].value
        assert one is not None
        assert other is not None
        assert other - one == pytest.approx(moved, abs=1.5)


@pytest.mark.parametrize("factor", [0.85, 1.6])
def test_a_face_too_small_or_too_large_is_seen(pixels: Pixels, finder: FaceFinder, factor: float) -> None:
    assert "face_width" in failed_rules(encode(scale(pixels, factor)), finder)


def test_another_background_is_seen(pixels: Pixels, finder: FaceFinder) -> None:
    assert failed_rules(encode(pixels), finder) == set()
    white = {
        v.rule
        for v in evaluate_portrait(encode(pixels), CHSI.with_background("white"), finder)
        if v.outcome is Outcome.FAIL
    }
    assert "background_colour" in white


def test_an_uneven_background_is_seen(pixels: Pixels, finder: FaceFinder) -> None:
    ramp = np.linspace(0, 16, 480)[None, :, None]
    assert "background_evenness" in failed_rules(encode((pixels - np.minimum(pixels, ramp)).astype(np.uint8)), finder)
    spot = pixels.copy()
    cv2.circle(spot, (50, 60), 14, (200, 60, 60), -1)
    assert failed_rules(encode(spot), finder) == {"background_evenness"}


@pytest.mark.parametrize(
    ("options", "rule"),
    [({"quality": 50}, "jpeg_quality"), ({"dpi": (72, 72)}, "dpi")],
)
def test_the_properties_of_the_file_are_evaluated(
    pixels: Pixels, finder: FaceFinder, options: dict[str, object], rule: str
) -> None:
    assert failed_rules(encode(pixels, **options), finder) == {rule}


def test_the_size_in_bytes_is_evaluated(pixels: Pixels, finder: FaceFinder) -> None:
    verdicts = {v.rule: v for v in evaluate_portrait(encode(pixels, quality=100), CHSI, finder)}
    assert verdicts["bytes"].outcome is Outcome.FAIL


def test_without_a_face_its_metrics_are_not_measured(finder: FaceFinder) -> None:
    empty = np.full((640, 480, 3), (100, 197, 255), np.uint8)
    verdicts = {v.rule: v for v in evaluate_portrait(encode(empty), CHSI, finder)}
    for rule in ("hair_top", "eye_line", "face_width", "centring"):
        assert (verdicts[rule].outcome, verdicts[rule].reason) == (Outcome.NOT_MEASURED, "not_measured.no_face")
    assert verdicts["one_face"].outcome is Outcome.FAIL


# --- files of any origin


def reencode(pixels: Pixels, mode: str = "RGB", kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).convert(mode).save(file, kind)
    return file.getvalue()


def outcomes(data: bytes, finder: FaceFinder) -> dict[str, Outcome]:
    return {verdict.rule: verdict.outcome for verdict in check_portrait(data, CHSI, finder).verdicts}


def add_border(pixels: Pixels, width: int) -> Pixels:
    inner = cv2.resize(pixels, (480 - 2 * width, 640 - 2 * width), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(inner, *(width,) * 4, cv2.BORDER_CONSTANT, value=(8, 6, 5)), np.uint8)


def test_every_rule_has_a_verdict(pixels: Pixels, finder: FaceFinder) -> None:
    checked = check_portrait(encode(pixels), CHSI, finder, backdrop=(208, 211, 210))
    assert [verdict.rule for verdict in checked.verdicts] == list(CHSI.rules)
    assert {verdict.rule for verdict in checked.evaluated} == set(CHSI.rules_for(Stage.PORTRAIT))
    assert {verdict.rule for verdict in checked.manual} == set(CHSI.rules_for(Stage.PERSON))
    for verdict in checked.verdicts:
        assert verdict.value is not None or verdict.reason
        assert (verdict.min, verdict.max) == (CHSI.rules[verdict.rule].min, CHSI.rules[verdict.rule].max)


@pytest.mark.parametrize("width", [2, 20, 60])
def test_a_dark_frame_is_measured_to_the_pixel(pixels: Pixels, finder: FaceFinder, width: int) -> None:
    analysis = analyze(encode(add_border(pixels, width), "PNG"), finder)
    top, right, _, left = analysis.outline.border_widths
    assert [top, right, left] == pytest.approx([width] * 3, abs=1)


def test_a_frame_hides_neither_crown_nor_background(pixels: Pixels, finder: FaceFinder) -> None:
    plain = measure_portrait(encode(pixels), CHSI, finder)
    framed = measure_portrait(encode(add_border(pixels, 20)), CHSI, finder)
    crown = plain["hair_top"].value
    assert crown is not None
    assert framed["hair_top"].value == pytest.approx(20 + crown * 600 / 640, abs=2)
    assert framed["background_colour"].value == pytest.approx(plain["background_colour"].value, abs=1)


def test_a_bar_below_dark_clothes_is_seen(pixels: Pixels, finder: FaceFinder) -> None:
    barred = pixels.copy()
    barred[600:] = 4
    assert analyze(encode(barred, "PNG"), finder).outline.border_widths == (0, 0, 40, 0)


def test_a_black_suit_is_no_frame(pixels: Pixels, finder: FaceFinder) -> None:
    suit = pixels.copy()
    cv2.ellipse(suit, (240, 660), (300, 190), 0, 0, 360, (10, 10, 12), -1)
    assert measure_portrait(encode(suit), CHSI, finder)["black_edge"].value == 0


@pytest.mark.parametrize("rows", [90, 150])
def test_a_head_cut_off_has_its_hair_at_the_edge(pixels: Pixels, finder: FaceFinder, rows: int) -> None:
    cut = encode(np.concatenate([pixels[rows:], np.repeat(pixels[-1:], rows, axis=0)]))
    assert measure_portrait(cut, CHSI, finder)["hair_top"].value == 0
    assert outcomes(cut, finder)["hair_top"] is Outcome.FAIL


def test_the_shares_of_head_and_body_add_up_to_the_height(pixels: Pixels, finder: FaceFinder) -> None:
    metrics = measure_portrait(encode(pixels), CHSI, finder)
    above, head, below = (metrics[name].value or 0 for name in ("hair_top", "head_height", "body_share"))
    assert above / 640 + head + below == pytest.approx(1)


def test_a_grey_picture_fails_its_colour(pixels: Pixels, finder: FaceFinder) -> None:
    assert outcomes(reencode(pixels, "L"), finder)["colour_bits"] is Outcome.FAIL
    grey = np.repeat(pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    assert outcomes(reencode(grey), finder)["colour_bits"] is Outcome.FAIL, "three equal channels are no colour"


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("RGB", "WEBP")])
def test_another_format_fails_for_being_no_jpeg(pixels: Pixels, finder: FaceFinder, mode: str, kind: str) -> None:
    verdicts = {v.rule: v for v in check_portrait(reencode(pixels, mode, kind), CHSI, finder).verdicts}
    assert (verdicts["jpeg_quality"].outcome, verdicts["jpeg_quality"].reason) == (
        Outcome.FAIL,
        "not_measured.not_jpeg",
    )
    assert verdicts["eye_line"].outcome is Outcome.PASS


def test_two_faces_fail_and_the_wider_one_is_measured(pixels: Pixels, finder: FaceFinder) -> None:
    small = cv2.resize(pixels, (360, 480), interpolation=cv2.INTER_AREA)
    both = np.full((640, 840, 3), (100, 197, 255), np.uint8)
    both[:, :480], both[160:, 480:] = pixels, small
    checked = check_portrait(encode(both), CHSI, finder)
    assert {v.rule: v.outcome for v in checked.evaluated}["one_face"] is Outcome.FAIL
    assert checked.head is not None
    assert checked.head.centre < 480


@pytest.mark.parametrize("size", [(1, 1), (8, 300), (300, 8), (480, 640)])
def test_pictures_without_people_are_measured(finder: FaceFinder, size: tuple[int, int]) -> None:
    checked = check_portrait(reencode(np.zeros((*size, 3), np.uint8)), CHSI, finder)
    assert checked.summary is Summary.WRONG
    assert checked.head is None


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff\xe0" + bytes(40)])
def test_a_file_that_is_no_picture_is_one_problem(finder: FaceFinder, data: bytes) -> None:
    with pytest.raises(PhotoProblem):
        check_portrait(data, CHSI, finder)


def test_the_nearest_background_is_chosen_and_reported(pixels: Pixels, finder: FaceFinder) -> None:
    grey = np.where((np.abs(pixels.astype(int) - (100, 197, 255)).max(axis=2) <= 8)[..., None], np.uint8(240), pixels)
    nearest = check_portrait(encode(grey, "PNG"), CHSI, finder, nearest_background=True)
    assert (nearest.background, nearest.background_matched) == ("grey", True)
    requested = check_portrait(encode(grey, "PNG"), CHSI, finder)
    assert (requested.background, requested.background_matched) == ("blue", False)


def test_white_clothes_on_white_leave_the_background_even(pixels: Pixels, finder: FaceFinder) -> None:
    """The clothes have almost the background's colour, reach both edges and have no outline."""
    white = np.where((np.abs(pixels.astype(int) - (100, 197, 255)).max(axis=2) <= 8)[..., None], np.uint8(255), pixels)
    cloth = np.clip((np.mgrid[:640, :480][0] - 470) / 40, 0, 1)[..., None]
    dressed = (white * (1 - cloth) + 246 * cloth).astype(np.uint8)
    metrics = measure_portrait(encode(dressed, "PNG"), CHSI.with_background("white"), finder)
    assert metrics["background_colour"].value == pytest.approx(0, abs=1)
    assert (metrics["background_evenness"].value or 0) <= 6


def test_a_rim_of_another_backdrop_is_seen(pixels: Pixels, finder: FaceFinder) -> None:
    """A person before a white backdrop, cut out too wide and put on blue."""
    clean = analyze(encode(pixels, "PNG"), finder).outline.fringe
    person = (np.abs(pixels.astype(int) - (100, 197, 255)).max(axis=2) > 20).astype(np.uint8)
    person = cv2.morphologyEx(person, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    wide = cv2.dilate(person, np.ones((7, 7), np.uint8)) > person
    fringed = pixels.copy()
    fringed[wide] = (235, 235, 235)
    rim = analyze(encode(fringed, "PNG"), finder).outline.fringe
    assert clean is not None
    assert rim is not None
    assert rim > 2 * clean


# --- the crown, compared with a known matte


@pytest.mark.parametrize("behind", [(100, 197, 255), (255, 255, 255), (240, 240, 240)])
@pytest.mark.parametrize("shade", [30, 150, 215])
@pytest.mark.parametrize("top", [60.3, 92.0, 131.7])
def test_the_crown_agrees_with_the_matte(behind: tuple[int, int, int], shade: int, top: float) -> None:
    """Drawn hair, dark, grey or white and unevenly lit, on each of the backgrounds."""
    noise = np.random.default_rng(7).normal(0, 6, (640, 480, 1))
    y, x = np.mgrid[:640, :480]
    matte = np.clip(120 - np.hypot(x - 240, y - (top + 120)) + 0.5, 0, 1).astype(np.float32)
    hair = shade + noise + 14 * np.sin(x / 9)[..., None]
    mixed = matte[..., None] * hair + (1 - matte[..., None]) * np.asarray(behind)
    pixels = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    face = synthetic_face(240, top + 130, 160)
    detections = Detections((480, 640), (face,), cv2.resize(matte, (256, 256)))
    outside = matte == 0
    crown = find_portrait_crown(pixels, detections, Background(outside, np.asarray(behind, np.float64), 0.0), 0)
    expected = find_crown(matte, 240, face.width, float(face.eyes[1]))
    assert crown is not None
    assert expected is not None
    assert crown.row == pytest.approx(expected, abs=1)
    assert crown.error == 0


def synthetic_face(x: float, eyes: float, width: float) -> Face:
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = (x, eyes)
    points[[33, 133, 362, 263], 0] = [x - 50, x - 20, x + 20, x + 50]
    points[[234, 454], 0] = [x - width / 2, x + width / 2]
    points[10, 1], points[152, 1] = eyes - 60, eyes + 110
    return Face(points)
