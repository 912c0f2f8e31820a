"""One real face with known changes of light, colour and sharpness: the metrics must follow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from config.srgb import linear_light
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics import lighting as light_metrics
from kiosk.guidance.metrics import skin
from kiosk.guidance.metrics.colour import neutral_cast, skin_cast
from kiosk.guidance.metrics.image_quality import noise
from kiosk.guidance.metrics.motion_blur import motion_blur
from kiosk.guidance.metrics.patches import FacePatch, face_patch
from kiosk.guidance.metrics.shadows import NOSE_FACE_WIDTH_PX, nose_shadow, shadow_metrics, shine
from tests.kiosk.guidance.pictures import blur, place_astronaut, shade_half

Transform = Callable[[np.ndarray], np.ndarray]
FRAME = (640, 480)


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> Face:
    return finder.find(picture()).faces[0]


def picture() -> Pixels:
    return place_astronaut(scale=1.8, eyes=(320, 200), size=FRAME)


def value_of(reading: Reading | None) -> float:
    assert isinstance(reading, float)
    return reading


def patch_at(pixels: Pixels, face: Face, width: float) -> FacePatch:
    small = face_patch(pixels, face, width)
    assert small is not None
    return small


def apply_gain(gain: np.ndarray) -> Pixels:
    """Return the picture with its linear light multiplied by `gain`, (h, w) or one number for each channel."""
    return encode(linear_light(picture()) * (gain[..., None] if gain.ndim == 2 else gain))


def encode(light: np.ndarray) -> Pixels:
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.rint(255 * np.clip(codes, 0, 1)).astype(np.uint8)


def darken(face: Face, outline: tuple[int, ...], depth: float) -> Pixels:
    mask = np.zeros(FRAME[::-1], np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(face.points[list(outline), :2]).astype(np.int32)), (1.0,))
    return apply_gain(1 - depth * cv2.GaussianBlur(mask, (0, 0), 2))


def set_reflectance(face: Face, reflectance: float, eyes: float = 1.0) -> Pixels:
    """Return the picture with the light of the face multiplied by `reflectance`, but that of the eyes by `eyes`."""
    skin_there = np.zeros(FRAME[::-1], np.float32)
    cv2.fillConvexPoly(skin_there, cv2.convexHull(np.rint(face.oval).astype(np.int32)), (1.0,))
    for lids in (skin.RIGHT_EYE, skin.LEFT_EYE):
        cv2.fillConvexPoly(skin_there, cv2.convexHull(np.rint(face.points[list(lids), :2]).astype(np.int32)), (0.0,))
    gain = 1 - (1 - reflectance) * skin_there
    for lids in (skin.RIGHT_EYE, skin.LEFT_EYE):
        outline = cv2.convexHull(np.rint(face.points[list(lids), :2]).astype(np.int32))
        gain *= 1 - (1 - eyes) * cv2.fillConvexPoly(np.zeros(FRAME[::-1], np.float32), outline, (1.0,))
    return apply_gain(gain)


def test_light_from_above_and_from_below_differ_by_their_sign(face: Face) -> None:
    rows = (np.arange(480, dtype=np.float32) - face.nose[1]) / np.linalg.norm(face.chin - face.forehead)

    def height(stops: float) -> float:
        pixels = apply_gain(np.repeat((2.0 ** (-stops * rows))[:, None], 640, axis=1))
        return value_of(shadow_metrics(patch_at(pixels, face, skin.FACE_WIDTH_PX))["light_height"])

    from_below, unchanged, from_above = height(-1.0), height(0.0), height(1.0)
    assert from_below < unchanged - 0.1
    assert from_above > unchanged + 0.1


def test_a_shadow_of_the_nose_is_distinguished_from_light_from_the_side(face: Face) -> None:
    def nose(pixels: Pixels) -> float:
        return value_of(nose_shadow(patch_at(pixels, face, NOSE_FACE_WIDTH_PX)))

    assert nose(darken(face, (358, 423, 426, 322, 327), 0.6)) > nose(picture()) + 0.1
    half = shade_half(picture(), "image_left", 0.6, float(face.nose[0]))
    assert nose(half) < nose(picture()) + 0.12
    # control: the balance shows the half-lit face
    whole = light_metrics.lighting_metrics(patch_at(half, face, light_metrics.FACE_WIDTH_PX))
    assert value_of(whole["light_balance"]) > 0.2


def test_a_dark_cheek_beside_an_even_nose_is_no_shadow_of_the_nose(face: Face) -> None:
    """A broad cheek turns away from the lamp, on the lit side too; the zones beside the nose are equally bright."""

    def nose(pixels: Pixels) -> float:
        return value_of(nose_shadow(patch_at(pixels, face, NOSE_FACE_WIDTH_PX)))

    right, left = (50, 101, 36, 205, 187, 123, 117, 118), (280, 330, 266, 425, 411, 352, 346, 347)
    assert max(nose(darken(face, cheek, 0.5)) for cheek in (right, left)) < 0.25
    # control: the same shade on a zone beside the nose is a shadow of the nose
    right, left = (129, 203, 206, 92, 98), (358, 423, 426, 322, 327)
    assert min(nose(darken(face, zone, 0.6)) for zone in (right, left)) > 0.3


def test_a_round_cheek_in_its_own_shade_is_no_light_from_the_side(face: Face) -> None:
    far_out = darken(face, (352, 411, 361, 454, 447), 0.5)

    def measured(pixels: Pixels) -> tuple[float, float]:
        small = patch_at(pixels, face, light_metrics.FACE_WIDTH_PX)
        return value_of(light_metrics.lighting_metrics(small)["light_balance"]), value_of(nose_shadow(small))

    for here, there in zip(measured(far_out), measured(picture()), strict=True):
        assert here == pytest.approx(there, abs=0.06)
    # control: the same shade on the front of the cheek changes the balance
    assert measured(darken(face, (280, 330, 266, 425, 411, 352), 0.5))[0] < measured(picture())[0] - 0.2


def test_dark_skin_in_good_light_is_not_underexposed(face: Face) -> None:
    def luminance(pixels: Pixels) -> float:
        return value_of(
            light_metrics.lighting_metrics(patch_at(pixels, face, light_metrics.FACE_WIDTH_PX))["skin_luminance"]
        )

    dark_skin = set_reflectance(face, 0.2)
    dark_light = apply_gain(np.full((480, 640), 0.2))
    both = np.minimum(dark_skin, apply_gain(np.full((480, 640), 0.2)))
    assert luminance(dark_skin) > 0.18
    assert luminance(dark_light) < 0.13
    assert luminance(both) < 0.13
    # the eyes never make a face too bright
    assert luminance(apply_gain(np.full((480, 640), 1.3))) == pytest.approx(1.3 * luminance(picture()), rel=0.1)


def test_only_two_dark_sockets_are_a_shadow_of_the_sockets(face: Face) -> None:
    right, left = (70, 63, 105, 66, 107, 110, 230, 228), (336, 296, 334, 293, 300, 448, 450, 339)

    def sockets(pixels: Pixels) -> float:
        return value_of(shadow_metrics(patch_at(pixels, face, skin.FACE_WIDTH_PX))["socket_shadow"])

    one = darken(face, right, 0.6)
    both = np.minimum(one, darken(face, left, 0.6))
    assert sockets(both) > sockets(picture()) + 0.2
    assert sockets(one) < sockets(picture()) + 0.1


def test_white_spots_are_shine_and_bright_light_is_not(face: Face) -> None:
    def shining(pixels: Pixels) -> float:
        return value_of(shine(patch_at(pixels, face, skin.FACE_WIDTH_PX)))

    x, y = np.meshgrid(np.arange(640), np.arange(480))
    spots = np.zeros(FRAME[::-1])
    for index in (50, 280, 4):
        place = face.landmark(index)
        spots = np.maximum(spots, np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (0.06 * face.width) ** 2))
    oily = np.clip(picture() + 110 * spots[..., None], 0, 250).astype(np.uint8)  # nothing clips
    assert shining(oily) > shining(picture()) + 0.2
    assert shining(apply_gain(np.full((480, 640), 1.2))) == pytest.approx(shining(picture()), abs=0.1)


def test_dark_skin_does_not_count_as_shine(face: Face) -> None:
    x, y = np.meshgrid(np.arange(640), np.arange(480))
    spots = np.zeros(FRAME[::-1])
    for index in (50, 280, 151):
        place = face.landmark(index)
        spots = np.maximum(spots, np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (0.06 * face.width) ** 2))

    def shining(skin_there: Pixels, mirrored: float, tint: tuple[float, float, float] = (1, 1, 1)) -> float:
        light = linear_light(skin_there) + mirrored * spots[..., None] * np.array(tint)
        return value_of(shine(patch_at(encode(light), face, skin.FACE_WIDTH_PX)))

    limit = 0.66  # chsi
    assert shining(set_reflectance(face, 0.2), 0.25) < limit
    assert shining(set_reflectance(face, 0.2), 0.6) > limit  # control: this much is shine on any skin
    assert shining(picture(), 0.6) > limit
    # eyes in the shade of the brows are half as bright: the reference is what light skin would most likely reflect
    assert shining(set_reflectance(face, 0.2, eyes=0.5), 0.25) < limit
    assert shining(set_reflectance(face, 0.2, eyes=0.5), 0.6) > limit
    # coloured light is at most as white as its least channel
    assert shining(set_reflectance(face, 0.2), 0.6, (0, 1, 1)) < 0.55


@pytest.mark.parametrize("gains", [(0.65, 1, 1.45), (0.8, 1.25, 0.8), (1.2, 0.78, 1.2), (1.4, 1, 0.5)])
def test_a_wrong_white_balance_gives_skin_a_cast(face: Face, gains: tuple[float, float, float]) -> None:
    assert value_of(skin_cast(patch_at(picture(), face, 100))) == 0
    assert value_of(skin_cast(patch_at(apply_gain(np.array(gains)), face, 100))) > 0.9


@pytest.mark.parametrize("reflectance", [0.25, 0.5, 1.2])
def test_no_tone_of_skin_is_a_cast(face: Face, reflectance: float) -> None:
    assert value_of(skin_cast(patch_at(apply_gain(np.full((480, 640), reflectance)), face, 100))) < 0.5


def test_the_white_balance_is_measured_on_grey_paper_and_not_on_blue_paper() -> None:
    assert value_of(neutral_cast(np.array([180, 180, 180], np.float32))) < 0.5
    assert value_of(neutral_cast(np.array([196, 180, 164], np.float32))) > 8
    assert neutral_cast(np.array([98, 150, 200], np.float32)) == NotMeasured("not_measured.backdrop_coloured")


def test_a_veil_reduces_contrast_and_darkness_does_not(face: Face) -> None:
    def contrast(pixels: Pixels) -> float:
        return value_of(
            light_metrics.lighting_metrics(patch_at(pixels, face, light_metrics.FACE_WIDTH_PX))["face_contrast"]
        )

    veiled = (picture() * 0.4 + 130).astype(np.uint8)
    assert contrast(veiled) < 0.45 < contrast(picture())
    assert contrast(apply_gain(np.full((480, 640), 0.4))) == pytest.approx(contrast(picture()), abs=0.05)


def test_a_black_cheek_is_crushed_and_black_hair_does_not_count(face: Face) -> None:
    def crushed(pixels: Pixels) -> float:
        return value_of(
            light_metrics.lighting_metrics(patch_at(pixels, face, light_metrics.FACE_WIDTH_PX))["crushed_share"]
        )

    dark_side = picture().copy()
    dark_side[:, : round(float(face.nose[0]))] //= 16
    assert crushed(dark_side) > 0.9
    above = picture().copy()
    above[: round(float(face.landmark(9)[1]))] = 0
    assert crushed(above) == 0


def test_the_levels_of_equally_lit_cheeks_overlap_and_others_do_not(face: Face) -> None:
    def overlap(pixels: Pixels) -> float:
        return value_of(
            light_metrics.lighting_metrics(patch_at(pixels, face, light_metrics.FACE_WIDTH_PX))["light_overlap"]
        )

    half = shade_half(picture(), "image_left", 0.4, float(face.nose[0]))
    assert overlap(half) < 0.3
    twin = picture().copy()  # the picture's right half is the mirror of its left one
    middle = round(float(face.eyes[0]))
    twin[:, middle : 2 * middle] = twin[:, :middle][:, ::-1][:, : 640 - middle]
    assert overlap(twin) > overlap(half) + 0.3


@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (1, 1), (1, -1)])
def test_the_length_of_a_smear_is_measured_in_every_direction(face: Face, direction: tuple[int, int]) -> None:
    steps = round(0.06 * face.width / np.hypot(*direction))
    shifts = [(direction[1] * k, direction[0] * k) for k in range(steps)]
    moved = [np.roll(picture(), shift, axis=(0, 1)).astype(np.float32) for shift in shifts]
    smeared = np.rint(np.mean(moved, axis=0)).astype(np.uint8)
    here = face.transform(1.0, (direction[0] * (steps - 1) / 2, direction[1] * (steps - 1) / 2))
    assert value_of(motion_blur(patch_at(smeared, here, 200))) == pytest.approx(0.06, rel=0.45)
    assert value_of(motion_blur(patch_at(picture(), face, 200))) < 0.022


def test_out_of_focus_is_not_smeared(face: Face) -> None:
    assert value_of(motion_blur(patch_at(blur(picture(), 0.7), face, 200))) < 0.025


def test_a_face_too_small_for_a_smear_is_reported(face: Face) -> None:
    small = cv2.resize(picture(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert motion_blur(patch_at(small, face.transform(0.5, (0, 0)), 200)) == NotMeasured("not_measured.face_too_small")


def test_the_strength_of_noise_is_measured(face: Face) -> None:
    grain = np.random.default_rng(3).normal(0, 1, (480, 640, 1))
    base = value_of(noise(blur(picture(), 1.5), face))
    for codes in (5, 10, 20):
        noisy = np.clip(blur(picture(), 1.5) + codes * grain, 0, 255).astype(np.uint8)
        assert value_of(noise(noisy, face)) == pytest.approx(np.hypot(codes, base), rel=0.12)


def test_the_noise_of_a_large_shot_is_that_which_remains_in_the_portrait(face: Face) -> None:
    large = cv2.resize(blur(picture(), 1.5), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(3).normal(0, 12, (*large.shape[:2], 1))
    noisy = np.clip(large + grain, 0, 255).astype(np.uint8)
    there = face.transform(4.0, (0, 0))
    assert value_of(noise(noisy, there)) == pytest.approx(12 * 213 / there.width, rel=0.15)


@pytest.mark.parametrize("scale", [2.0, 0.75])
def test_the_size_of_the_picture_changes_nothing(face: Face, scale: float) -> None:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    other = cv2.resize(picture(), None, fx=scale, fy=scale, interpolation=how)
    there = face.transform(scale, (0, 0))
    for name, limit in {"light_height": 0.03, "socket_shadow": 0.05}.items():
        here = value_of(shadow_metrics(patch_at(picture(), face, skin.FACE_WIDTH_PX))[name])
        assert value_of(shadow_metrics(patch_at(other, there, skin.FACE_WIDTH_PX))[name]) == pytest.approx(
            here, abs=limit
        ), name
    for measured, width, limit in ((shine, skin.FACE_WIDTH_PX, 0.05), (skin_cast, 100, 0.1), (motion_blur, 200, 0.006)):
        here = value_of(measured(patch_at(picture(), face, width)))
        assert value_of(measured(patch_at(other, there, width))) == pytest.approx(here, abs=limit), measured


def test_nothing_is_measured_of_a_face_outside_the_picture() -> None:
    missing = NotMeasured("not_measured.face_outside")
    assert set(light_metrics.lighting_metrics(None).values()) == {missing}
    assert set(shadow_metrics(None).values()) == {missing}
    assert [measured(None) for measured in (nose_shadow, shine, skin_cast, motion_blur)] == [missing] * 4
