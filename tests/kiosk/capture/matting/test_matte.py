from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Plane
from config.opencv import cv2
from config.srgb import linear_to_srgb
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.matting.backdrop_model import BackdropModel
from kiosk.capture.matting.matte import Matte, MatteSettings, composite, compute_matte, extract_crop
from kiosk.capture.matting.trimap import BACKDROP, PERSON, TrimapSettings, compute_trimap
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.crown import find_crown

HEIGHT, WIDTH = 320, 240
BLUE = (100, 197, 255)


def wall(seed: int = 0) -> Plane:
    """Return a blue wall that is darker on one side, with a shadow and camera noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    light = 1 - 0.2 * x / WIDTH - 0.1 * (y / HEIGHT - 0.5) ** 2
    light *= 1 - 0.1 * np.exp(-(((x - 190) / 25) ** 2) - ((y - 150) / 70) ** 2)
    plain = np.asarray((62, 132, 205), np.float32) / 255 * light[..., None]
    return np.asarray(plain + rng.normal(0, 1.2 / 255, plain.shape), np.float32)


def bust() -> Plane:
    """Return the true alpha: head and shoulders with a soft rim."""
    sharp = np.zeros((HEIGHT * 4, WIDTH * 4), np.uint8)
    cv2.ellipse(sharp, (480, 520), (190, 270), 0, 0, 360, 255, -1)
    cv2.rectangle(sharp, (400, 700), (560, 1000), 255, -1)
    cv2.ellipse(sharp, (480, 1300), (420, 420), 0, 0, 360, 255, -1)
    small = cv2.resize(sharp, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)


def coarse(alpha: Plane) -> Plane:
    """Return the result of a small network, wrong by a few pixels."""
    moved = np.roll(cv2.GaussianBlur(alpha, (0, 0), 4), 3, axis=1)
    return np.asarray(moved, np.float32)


def compose_shot(alpha: Plane, seed: int = 0) -> Plane:
    hair = np.broadcast_to(np.asarray((0.22, 0.14, 0.10), np.float32), (HEIGHT, WIDTH, 3))
    mixed = alpha[..., None] * hair + (1 - alpha[..., None]) * wall(seed)
    return np.asarray(mixed, np.float32)


def test_the_backdrop_behind_the_person_is_extrapolated() -> None:
    sure = coarse(bust()) < 0.02
    found = BackdropModel(wall(), sure).estimate(sure).colour
    error = np.abs(cv2.GaussianBlur(wall(), (0, 0), 3) - found)
    assert float(error[~sure].mean()) < 4 / 255
    flat = np.abs(wall() - wall()[sure].mean(axis=0))
    assert float(flat[~sure].mean()) > 2 * float(error[~sure].mean()), "the mean colour of the wall is as good"


def test_the_trimap_agrees_with_the_true_alpha_and_narrows_the_band() -> None:
    alpha = bust()
    trimap = compute_trimap(compose_shot(alpha), coarse(alpha), TrimapSettings()).values
    assert float(alpha[trimap == PERSON].min()) > 0.9
    assert float(alpha[trimap == BACKDROP].max()) < 0.1
    wide = TrimapSettings(min_contrast=9.0)  # no contrast is enough: the band stays as wide as it began
    assert (trimap == BACKDROP).sum() > (
        compute_trimap(compose_shot(alpha), coarse(alpha), wide).values == BACKDROP
    ).sum()


def test_the_matte_is_near_the_true_alpha_and_better_than_the_mask() -> None:
    alpha = bust()
    matte = compute_matte(compose_shot(alpha), coarse(alpha), MatteSettings())
    error = float(np.abs(matte.alpha - alpha).sum())
    assert error < 0.15 * float(np.abs(coarse(alpha) - alpha).sum())
    rim = (alpha > 0.2) & (alpha < 0.8)
    assert float(np.abs(matte.foreground[rim] - (0.22, 0.14, 0.10)).mean()) < 0.06
    assert float(np.abs(compose_shot(alpha)[rim] - (0.22, 0.14, 0.10)).mean()) > 0.12, "the rim contained no backdrop"


def test_a_bun_beyond_the_mask_is_not_lost() -> None:
    alpha = bust()
    with_bun = alpha.copy()
    cv2.circle(with_bun, (120, 50), 18, 1.0, -1, cv2.LINE_AA)
    matte = compute_matte(compose_shot(with_bun), coarse(alpha), MatteSettings())
    bun = np.zeros(alpha.shape, np.uint8)
    cv2.circle(bun, (120, 50), 14, 1, -1)
    assert float(matte.alpha[bun > 0].mean()) > 0.9


def test_no_person_and_no_backdrop_are_reported() -> None:
    for mask, key in ((np.zeros((HEIGHT, WIDTH)), "photo.no_person"), (np.ones((HEIGHT, WIDTH)), "photo.no_backdrop")):
        with pytest.raises(PhotoProblem) as problem:
            compute_matte(wall(), mask.astype(np.float32), MatteSettings())
        assert problem.value.key == key


def test_the_crown_is_the_hair_not_one_stray_strand() -> None:
    alpha = np.zeros((200, 100), np.float32)
    alpha[80:] = 1
    alpha[20:80, 48:50] = 1
    assert find_crown(alpha, centre=50, face_width=60, max_row=120) == pytest.approx(79.5, abs=1)
    assert find_crown(alpha, centre=50, face_width=60, max_row=60) is None
    assert find_crown(np.ones((200, 100), np.float32), 50, 60, 120) == 0.0


def test_outside_the_person_is_exactly_the_background_colour() -> None:
    alpha = bust()
    pixels = composite(Matte(alpha, compose_shot(alpha)), BLUE)
    assert (pixels[alpha == 0] == BLUE).all()
    assert (alpha == 0).any()
    inside = alpha == 1
    assert np.abs(pixels[inside] - compose_shot(alpha)[inside] * 255).max() <= 0.51


def test_scaling_averages_light_not_numbers() -> None:
    stripes = np.zeros((640, 480, 3), np.uint8)
    stripes[:, ::2] = 255
    half = extract_crop(stripes, Crop(0, 0, 480, 640, 0.5), (240, 320))
    assert half * 255 == pytest.approx(np.full_like(half, 187.5), abs=0.5)  # half the light is 188, not 128
    assert float(linear_to_srgb(np.full((1, 1, 3), 0.5, np.float32))[0, 0, 0]) * 255 == pytest.approx(187.5, abs=0.1)


def test_alpha_is_exactly_0_far_outside_and_exactly_1_in_the_core() -> None:
    alpha = bust()
    found = compute_matte(compose_shot(alpha), coarse(alpha), MatteSettings()).alpha
    assert found.dtype == np.float32
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
    far = cv2.dilate((coarse(alpha) > 0.02).astype(np.uint8), np.ones((41, 41), np.uint8)) == 0
    core = cv2.erode((alpha > 0.99).astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    assert far.any()
    assert (found[far] == 0).all()
    assert core.any()
    assert (found[core] == 1).all()


def test_the_same_picture_has_the_same_matte_with_any_number_of_threads() -> None:
    alpha = bust()
    threads = cv2.getNumThreads()
    try:
        found = []
        for count in (1, 2, 1):
            cv2.setNumThreads(count)
            found.append(compute_matte(compose_shot(alpha), coarse(alpha), MatteSettings()))
    finally:
        cv2.setNumThreads(threads)
    assert len({one.alpha.tobytes() for one in found}) == len({one.foreground.tobytes() for one in found}) == 1


def test_a_mirrored_picture_has_the_mirrored_matte() -> None:
    alpha = bust()
    cv2.circle(alpha, (80, 70), 18, 1.0, -1, cv2.LINE_AA)
    straight = compute_matte(compose_shot(alpha), coarse(alpha), MatteSettings()).alpha
    mirrored = compute_matte(
        np.ascontiguousarray(compose_shot(alpha)[:, ::-1]),
        np.ascontiguousarray(coarse(alpha)[:, ::-1]),
        MatteSettings(),
    ).alpha[:, ::-1]
    assert float(np.abs(straight - mirrored).mean()) < 0.002
    assert float(np.abs(straight - straight[:, ::-1]).mean()) > 0.002, "the picture itself is not symmetrical"


def strands() -> Plane:
    """Return hairs 1 pixel wide outside the head, drawn at 8 times the size."""
    sharp = np.zeros((HEIGHT * 8, WIDTH * 8), np.uint8)
    for x in (90, 105, 135, 150):
        cv2.line(sharp, (x * 8, 75 * 8), ((2 * x - 120) * 8, 50 * 8), (255,), 8, cv2.LINE_AA)
    return cv2.resize(sharp, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def test_single_hairs_are_found_and_the_backdrop_between_them_is_removed() -> None:
    with_hair = np.maximum(bust(), strands())
    loose = (strands() > 0.3) & (bust() < 0.02)
    between = cv2.dilate(loose.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    between &= with_hair < 0.01
    found = compute_matte(compose_shot(with_hair), coarse(bust()), MatteSettings()).alpha
    assert float(found[loose].mean()) > 0.7 * float(with_hair[loose].mean())
    assert float(found[between].mean()) < 0.05
    assert float(compute_matte(compose_shot(bust()), coarse(bust()), MatteSettings()).alpha[loose].mean()) < 0.1


def test_a_torso_in_the_backdrops_colour_is_kept() -> None:
    alpha, torso = bust(), np.zeros((HEIGHT, WIDTH), bool)
    torso[230:] = True
    dyed = np.where(torso[..., None], np.asarray((62, 132, 205), np.float32) / 255 * 0.93, compose_shot(alpha))
    image = np.asarray(alpha[..., None] * dyed + (1 - alpha[..., None]) * wall(), np.float32)
    found = compute_matte(image, coarse(alpha), MatteSettings()).alpha
    inside = cv2.erode((alpha > 0.99).astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    assert (inside & torso).any()
    assert (found[inside & torso] == 1).all()
    difference = np.abs(image - wall()).mean(axis=2)
    assert float(np.median(difference[inside & torso])) < 0.1, "the torso differed from the backdrop"


def test_a_room_is_no_backdrop_and_removes_no_part_of_the_person() -> None:
    alpha = bust()
    rng = np.random.default_rng(3)
    patches = cv2.resize(rng.uniform(0.1, 0.9, (10, 8, 3)).astype(np.float32), (WIDTH, HEIGHT))
    image = np.asarray(compose_shot(alpha) + (1 - alpha[..., None]) * (patches - wall()), np.float32)
    assert compute_trimap(image, coarse(alpha), TrimapSettings()).backdrop is None
    assert compute_trimap(compose_shot(alpha), coarse(alpha), TrimapSettings()).backdrop is not None
    found = compute_matte(image, coarse(alpha), MatteSettings()).alpha
    assert float(np.abs(found - alpha).sum()) < 0.5 * float(np.abs(coarse(alpha) - alpha).sum())


def test_a_network_helps_where_the_mask_is_wrong() -> None:
    alpha = bust()
    lacking = coarse(alpha).copy()
    lacking[250:, :70] = 0  # the mask lacks a shoulder, and the clothes are hardly darker than the wall
    dyed = np.where(np.mgrid[0:HEIGHT, 0:WIDTH][0][..., None] > 230, wall() * 0.94, compose_shot(alpha))
    image = np.asarray(alpha[..., None] * dyed + (1 - alpha[..., None]) * wall(), np.float32)
    errors = [
        float(np.abs(compute_matte(image, lacking, MatteSettings(), network).alpha - alpha).sum())
        for network in (None, coarse(alpha), alpha)
    ]
    assert errors[2] < errors[1] < errors[0]


def test_recipes_keep_the_keys_of_the_first_release() -> None:
    """Recipes are compared and replayed by key, and those of 86a4649 have `least_contrast`."""
    entry = MatteSettings(trimap=TrimapSettings(min_contrast=0.5)).as_recipe()["trimap"]
    assert entry["least_contrast"] == 0.5
    assert "min_contrast" not in entry


def test_the_last_bits_of_a_network_change_nothing_but_in_recipes_of_method_2() -> None:
    """The alphas of two types of processor differ by some 1e-6."""
    alpha = bust()
    image = np.asarray(wall() * (1 - alpha[..., None]) + 0.2 * alpha[..., None], np.float32)
    seed = np.asarray(np.rint(255 * alpha) / 255, np.float32)
    noise = np.random.default_rng(1).uniform(-1e-5, 1e-5, seed.shape).astype(np.float32)
    other = np.asarray(np.clip(seed + noise, 0, 1), np.float32)
    dim = np.asarray(image * 0.5 + np.random.default_rng(2).random(image.shape) * 0.5, np.float32)  # no plain backdrop
    for settings, same in (
        (MatteSettings(), True),
        (MatteSettings(trimap=TrimapSettings(gaps=None)), False),
    ):
        first, second = (compute_matte(dim, coarse(alpha), settings, one) for one in (seed, other))
        assert np.array_equal(first.alpha, second.alpha) == same
