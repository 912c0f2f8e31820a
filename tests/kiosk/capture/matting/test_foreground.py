from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from config.arrays import Plane
from config.opencv import cv2
from kiosk.capture.matting.foreground import decontaminate, estimate_foreground

HEIGHT, WIDTH = 320, 240
HAIR = (0.22, 0.14, 0.10)
SKIN = (0.80, 0.62, 0.52)


def person() -> Plane:
    """The true alpha: a disc with a rim of some pixels."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return np.clip((80 - np.hypot(x - 120, y - 160)) / 6 + 0.5, 0, 1).astype(np.float32)


def wall() -> Plane:
    """Blue, with the light falling off."""
    x = np.linspace(0, 1, WIDTH, dtype=np.float32)
    light = np.broadcast_to((1 - 0.3 * x)[:, None], (HEIGHT, WIDTH, 1))
    return np.asarray(np.asarray((0.24, 0.52, 0.80), np.float32) * light, np.float32)


def person_colours() -> Plane:
    """Skin below, hair above, with strands that the neighbours do not reveal."""
    colours = np.full((HEIGHT, WIDTH, 3), SKIN, np.float32)
    colours[:160] = HAIR
    strands = np.random.default_rng(1).normal(0, 0.03, (HEIGHT, WIDTH, 1))
    return np.clip(colours + strands, 0, 1).astype(np.float32)


def mix(alpha: Plane, noise: float = 1.0) -> Plane:
    share = alpha[..., None]
    grain = np.random.default_rng(2).normal(0, noise / 255, (HEIGHT, WIDTH, 3))
    return np.clip(share * person_colours() + (1 - share) * wall() + grain, 0, 1).astype(np.float32)


def edge_mask(low: float = 0.05, high: float = 0.95) -> NDArray[np.bool_]:
    return (person() > low) & (person() < high)


def error(found: Plane, where: NDArray[np.bool_]) -> float:
    return float(np.abs(found - person_colours())[where].mean())


def grown_alpha(by: float) -> Plane:
    """A matte that ends `by` pixels too far out."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return np.clip((80 + by - np.hypot(x - 120, y - 160)) / 6 + 0.5, 0, 1).astype(np.float32)


def test_the_backdrop_is_taken_out_of_the_rim() -> None:
    found = estimate_foreground(mix(person()), person(), wall())
    assert found.dtype == np.float32
    assert error(mix(person()), edge_mask()) > 0.1, "there was no backdrop in the rim to lose"
    assert error(found, edge_mask()) < 0.02
    assert error(found, edge_mask(0.5, 0.9)) < 0.01, "where half is person, single strands are separated too"


def test_a_known_backdrop_is_better_than_an_estimated_one() -> None:
    image = mix(person())
    known, guessed = estimate_foreground(image, person(), wall()), estimate_foreground(image, person(), None)
    assert error(known, edge_mask()) < 0.75 * error(guessed, edge_mask())
    assert error(guessed, edge_mask()) < 0.05, "the guess must be a fair one"


def test_thin_parts_take_their_colour_from_near_by_not_from_noise() -> None:
    """Where a is 0.05, dividing by it would make 20 of every 1 of noise."""
    image, thin = mix(person(), 4.0), edge_mask(0.02, 0.1)
    share = np.maximum(person(), 0.01)[..., None]
    divided = np.clip((image - (1 - share) * wall()) / share, 0, 1)
    found = estimate_foreground(image, person(), wall())
    assert error(divided, thin) > 0.15
    assert error(found, thin) < 0.05


@pytest.mark.parametrize("backdrop", [wall(), None])
def test_whole_pixels_stay_bit_for_bit(backdrop: Plane | None) -> None:
    image = mix(person())
    found = estimate_foreground(image, person(), backdrop)
    whole = person() == 1
    assert np.array_equal(found[whole], image[whole])
    assert not np.array_equal(found[~whole], image[~whole])


def test_colours_stay_colours_however_wrong_the_matte() -> None:
    for alpha in (grown_alpha(6), grown_alpha(-6), np.full((HEIGHT, WIDTH), 0.3, np.float32)):
        for found in (
            estimate_foreground(mix(person()), alpha, wall()),
            decontaminate(mix(person()), alpha, wall()).colours,
        ):
            assert np.isfinite(found).all()
            assert found.min() >= 0
            assert found.max() <= 1


@pytest.mark.parametrize("by", [-0.5, 0.5])
def test_a_matte_that_is_wrong_by_a_little_is_corrected(by: float) -> None:
    given = grown_alpha(by)
    found = decontaminate(mix(person()), given, wall()).alpha
    before, after = (float(np.abs(alpha - person()).sum()) for alpha in (given, found))
    assert after < 0.7 * before


def test_before_a_new_wall_the_corrected_rim_is_nearer_the_truth() -> None:
    image, given, white = mix(person()), grown_alpha(0.5), np.ones(3, np.float32)

    def before_white(alpha: Plane, colours: Plane) -> Any:
        return alpha[..., None] * colours + (1 - alpha[..., None]) * white

    truth, found = before_white(person(), person_colours()), decontaminate(image, given, wall())
    ours = np.abs(before_white(found.alpha, found.colours) - truth)[edge_mask()].mean()
    general = np.abs(before_white(given, estimate_foreground(image, given, None)) - truth)[edge_mask()].mean()
    assert ours < 0.75 * general


def test_alpha_changes_only_in_the_band() -> None:
    given = grown_alpha(1.0)
    found = decontaminate(mix(person()), given, wall())
    edge = ((given > 0) & (given < 1)).astype(np.uint8)
    far = cv2.dilate(edge, np.ones((5, 5), np.uint8)) == 0
    assert np.array_equal(found.alpha[far], given[far])
    assert np.array_equal(found.colours[far & (given == 1)], mix(person())[far & (given == 1)])
    assert (found.alpha[~far] != given[~far]).any()


def test_a_backdrop_that_is_not_the_one_seen_is_not_used() -> None:
    image = mix(person())
    wrong = np.asarray(wall()[..., ::-1], np.float32)
    found = decontaminate(image, person(), wrong)
    assert np.array_equal(found.colours, estimate_foreground(image, person(), None))
    assert np.array_equal(found.alpha, person())
    assert not np.array_equal(decontaminate(image, person(), wall()).colours, found.colours)


def test_where_the_model_is_wrong_it_has_less_weight() -> None:
    """A stain on the wall that the model does not know: next to it alpha stays unchanged, elsewhere it is corrected."""
    image, given = mix(person()), grown_alpha(1.0)
    stained = image.copy()
    stain = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(stain, (215, 160), 25, 1, -1)
    stained -= 0.3 * ((1 - person()) * stain)[..., None]
    beside = cv2.dilate(stain, np.ones((5, 5), np.uint8)) > 0
    beside &= (given > 0) & (given < 1)
    moved = [np.abs(decontaminate(seen, given, wall()).alpha - given)[beside].mean() for seen in (image, stained)]
    assert beside.sum() > 50
    assert moved[1] < 0.5 * moved[0]


def test_a_matte_without_an_edge_leaves_all_as_it_is() -> None:
    image = mix(person())
    for alpha in (np.ones((HEIGHT, WIDTH), np.float32), (person() > 0.5).astype(np.float32)):
        assert np.array_equal(estimate_foreground(image, alpha, wall()), image)


def test_the_same_picture_gives_the_same_bits() -> None:
    first, second = (decontaminate(mix(person()), grown_alpha(1.0), wall()) for _ in range(2))
    assert np.array_equal(first.alpha, second.alpha)
    assert np.array_equal(first.colours, second.colours)
