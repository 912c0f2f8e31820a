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
    """Return the true alpha: a disc with a soft rim of some pixels."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return np.clip((80 - np.hypot(x - 120, y - 160)) / 6 + 0.5, 0, 1).astype(np.float32)


def wall() -> Plane:
    """Return a blue wall in uneven light."""
    x = np.linspace(0, 1, WIDTH, dtype=np.float32)
    light = np.broadcast_to((1 - 0.3 * x)[:, None], (HEIGHT, WIDTH, 1))
    return np.asarray(np.asarray((0.24, 0.52, 0.80), np.float32) * light, np.float32)


def person_colours() -> Plane:
    """Return skin below and hair above, with strands that cannot be derived from their neighbours."""
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
    """Return a matte that extends `by` pixels too far."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return np.clip((80 + by - np.hypot(x - 120, y - 160)) / 6 + 0.5, 0, 1).astype(np.float32)


def test_the_backdrop_is_taken_out_of_the_rim() -> None:
    found = estimate_foreground(mix(person()), person(), wall())
    assert found.dtype == np.float32
    assert error(mix(person()), edge_mask()) > 0.1, "the rim contained no backdrop"
    assert error(found, edge_mask()) < 0.02
    assert error(found, edge_mask(0.5, 0.9)) < 0.01, "where more than half is person, single strands are separated too"


def test_a_known_backdrop_is_better_than_an_estimated_one() -> None:
    image = mix(person())
    known, estimated = estimate_foreground(image, person(), wall()), estimate_foreground(image, person(), None)
    assert error(known, edge_mask()) < 0.75 * error(estimated, edge_mask())
    assert error(estimated, edge_mask()) < 0.05, "the comparison needs a good estimate"


def test_pixels_of_small_alpha_have_the_colour_of_their_neighbours_not_noise() -> None:
    """Where a is 0.05, division by it would multiply the noise by 20."""
    image, thin = mix(person(), 4.0), edge_mask(0.02, 0.1)
    share = np.maximum(person(), 0.01)[..., None]
    divided = np.clip((image - (1 - share) * wall()) / share, 0, 1)
    found = estimate_foreground(image, person(), wall())
    assert error(divided, thin) > 0.15
    assert error(found, thin) < 0.05


@pytest.mark.parametrize("backdrop", [wall(), None])
def test_pixels_of_alpha_1_stay_bit_for_bit(backdrop: Plane | None) -> None:
    image = mix(person())
    found = estimate_foreground(image, person(), backdrop)
    whole = person() == 1
    assert np.array_equal(found[whole], image[whole])
    assert not np.array_equal(found[~whole], image[~whole])


def test_colours_stay_valid_however_wrong_the_matte_is() -> None:
    for alpha in (grown_alpha(6), grown_alpha(-6), np.full((HEIGHT, WIDTH), 0.3, np.float32)):
        for found in (
            estimate_foreground(mix(person()), alpha, wall()),
            decontaminate(mix(person()), alpha, wall()).colours,
        ):
            assert np.isfinite(found).all()
            assert found.min() >= 0
            assert found.max() <= 1


@pytest.mark.parametrize("by", [-0.5, 0.5])
def test_a_slightly_wrong_matte_is_corrected(by: float) -> None:
    wrong = grown_alpha(by)
    found = decontaminate(mix(person()), wrong, wall()).alpha
    before, after = (float(np.abs(alpha - person()).sum()) for alpha in (wrong, found))
    assert after < 0.7 * before


def test_before_a_new_wall_the_corrected_rim_is_nearer_the_truth() -> None:
    image, wrong, white = mix(person()), grown_alpha(0.5), np.ones(3, np.float32)

    def before_white(alpha: Plane, colours: Plane) -> Any:
        return alpha[..., None] * colours + (1 - alpha[..., None]) * white

    truth, found = before_white(person(), person_colours()), decontaminate(image, wrong, wall())
    ours = np.abs(before_white(found.alpha, found.colours) - truth)[edge_mask()].mean()
    general = np.abs(before_white(wrong, estimate_foreground(image, wrong, None)) - truth)[edge_mask()].mean()
    assert ours < 0.75 * general


def test_alpha_changes_only_in_the_band() -> None:
    wrong = grown_alpha(1.0)
    found = decontaminate(mix(person()), wrong, wall())
    edge = ((wrong > 0) & (wrong < 1)).astype(np.uint8)
    far = cv2.dilate(edge, np.ones((5, 5), np.uint8)) == 0
    assert np.array_equal(found.alpha[far], wrong[far])
    assert np.array_equal(found.colours[far & (wrong == 1)], mix(person())[far & (wrong == 1)])
    assert (found.alpha[~far] != wrong[~far]).any()


def test_a_backdrop_that_differs_from_the_picture_is_not_used() -> None:
    image = mix(person())
    wrong = np.asarray(wall()[..., ::-1], np.float32)
    found = decontaminate(image, person(), wrong)
    assert np.array_equal(found.colours, estimate_foreground(image, person(), None))
    assert np.array_equal(found.alpha, person())
    assert not np.array_equal(decontaminate(image, person(), wall()).colours, found.colours)


def test_where_the_model_is_wrong_it_has_less_weight() -> None:
    """Next to a stain on the wall that is not in the model, alpha is corrected less."""
    image, wrong = mix(person()), grown_alpha(1.0)
    stained = image.copy()
    stain = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(stain, (215, 160), 25, 1, -1)
    stained -= 0.3 * ((1 - person()) * stain)[..., None]
    beside = cv2.dilate(stain, np.ones((5, 5), np.uint8)) > 0
    beside &= (wrong > 0) & (wrong < 1)
    changes = [np.abs(decontaminate(one, wrong, wall()).alpha - wrong)[beside].mean() for one in (image, stained)]
    assert beside.sum() > 50
    assert changes[1] < 0.5 * changes[0]


def test_a_matte_without_an_edge_leaves_all_as_it_is() -> None:
    image = mix(person())
    for alpha in (np.ones((HEIGHT, WIDTH), np.float32), (person() > 0.5).astype(np.float32)):
        assert np.array_equal(estimate_foreground(image, alpha, wall()), image)


def test_the_same_picture_gives_the_same_bits() -> None:
    first, second = (decontaminate(mix(person()), grown_alpha(1.0), wall()) for _ in range(2))
    assert np.array_equal(first.alpha, second.alpha)
    assert np.array_equal(first.colours, second.colours)
