"""Mixtures of person and backdrop that the seed counts as surely person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from config.arrays import Mask, Plane
from kiosk.capture.matting.backdrop_model import Backdrop
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from kiosk.capture.matting.mixtures import MixtureSettings, find_mixtures
from tests.kiosk.capture.matting.test_matte import HEIGHT, WIDTH, bust, coarse, compose_shot

SETTINGS = MixtureSettings()
HAIR, BLUE = np.asarray((0.2, 0.15, 0.1), np.float32), np.asarray((0.25, 0.5, 0.8), np.float32)
ROWS = slice(100, 104)
LEFT, DEEPEST = 40, 8
"""The first column of the person, and how many px from there a mixture may lie: `reach` of HEIGHT."""


def found(share: float, columns: slice, own: Plane = HAIR, rows: slice = ROWS) -> Mask:
    """Return the mixtures found in a person of one colour who is mixed with the backdrop in `columns`."""
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[:, LEFT:] = 1
    sure_person, undecided = alpha == 1, np.zeros(alpha.shape, bool)
    undecided[:, LEFT - 6 : LEFT] = True
    alpha[rows, columns] = share
    image = np.asarray(alpha[..., None] * own + (1 - alpha[..., None]) * BLUE, np.float32)
    backdrop = Backdrop(np.broadcast_to(BLUE, image.shape).copy(), np.full(3, 1 / 255, np.float32))
    mixtures = find_mixtures(image, backdrop, sure_person, undecided, SETTINGS)
    assert not (mixtures & ~sure_person).any()
    return mixtures


def test_a_mixture_at_the_outline_is_no_longer_surely_person() -> None:
    edge = slice(LEFT, LEFT + 3)
    assert found(SETTINGS.share - 0.02, edge)[ROWS, edge].all()
    assert not found(SETTINGS.share + 0.02, edge).any()
    assert not found(SETTINGS.share - 0.02, edge)[:, LEFT + DEEPEST :].any(), "nothing but the mixture and its rim"


def test_a_mixture_inside_stays_person() -> None:
    """It may be a highlight or a patch of cloth."""
    assert not found(0.5, slice(LEFT + 2, LEFT + 5)).any(), "not connected to the outline"
    assert found(0.5, slice(LEFT, LEFT + 30))[ROWS, LEFT : LEFT + DEEPEST].all()
    assert not found(0.5, slice(LEFT, LEFT + 30))[:, LEFT + DEEPEST + 2 :].any(), "too deep"


def test_clothes_of_the_backdrops_colour_are_no_mixture() -> None:
    edge = slice(LEFT, LEFT + 3)
    like = BLUE + np.float32(SETTINGS.min_contrast)
    assert not found(0.5, edge, np.asarray(like - 0.01, np.float32)).any()
    assert found(0.5, edge, np.asarray(like + 0.01, np.float32)).any()


def test_a_region_that_reaches_the_lower_edge_is_no_mixture() -> None:
    """It is clothes of the backdrop's colour beside a neck of another colour."""
    edge = slice(LEFT, LEFT + 3)
    assert not found(0.0, edge, rows=slice(HEIGHT - 30, HEIGHT)).any()
    assert found(0.0, edge, rows=slice(HEIGHT - 30, HEIGHT - 2)).any()


def test_a_thin_person_has_no_mixtures() -> None:
    thin = np.zeros((HEIGHT, WIDTH), bool)
    thin[:, 100:104] = True
    image = np.broadcast_to(BLUE, (HEIGHT, WIDTH, 3)).copy()
    backdrop = Backdrop(image, np.full(3, 1 / 255, np.float32))
    assert not find_mixtures(image, backdrop, thin, ~thin, SETTINGS).any()


def test_the_backdrop_between_strands_inside_the_mask_is_not_in_the_portrait() -> None:
    alpha = bust()
    strands = np.zeros(alpha.shape, bool)
    strands[90:160:5, 72:86] = strands[91:160:5, 72:86] = True  # finer than any gap
    combed = np.where(strands, np.minimum(alpha, 0.45), alpha).astype(np.float32)
    settings = MatteSettings()
    assert settings.trimap.gaps is not None
    without = replace(settings.trimap.gaps, mixtures=replace(SETTINGS, share=-1.0))
    errors = [
        np.abs(compute_matte(compose_shot(combed), coarse(alpha), one).alpha - combed)[strands & (alpha > 0.9)].mean()
        for one in (settings, replace(settings, trimap=replace(settings.trimap, gaps=without)))
    ]
    assert errors[0] < 0.5 * errors[1], errors
