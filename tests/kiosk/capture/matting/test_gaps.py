"""Backdrop between loose hair and the person, where the mask contains only the person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from config.arrays import Mask, Plane
from config.opencv import cv2
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from tests.kiosk.capture.matting.test_matte import HEIGHT, WIDTH, bust, coarse, compose_shot, wall

WITHOUT_GAPS = replace(MatteSettings(), trimap=replace(MatteSettings().trimap, gaps=None))


def spot(x: int, y: int, radius: int) -> Mask:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(drawn, (x, y), radius, 1, -1)
    return drawn > 0


def showing_backdrop(where: Mask, alpha: Plane) -> Plane:
    """Return the picture of a person of that alpha, with the wall visible at `where`."""
    return compose_shot(np.where(where, 0, alpha).astype(np.float32))


GAP = spot(83, 140, 7)
"""A spot beside the head, 9 px inside the outline."""


def test_a_gap_that_the_mask_fills_is_backdrop() -> None:
    alpha = bust()
    image = showing_backdrop(GAP, alpha)
    inner = cv2.erode(GAP.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert float(compute_matte(image, coarse(alpha), MatteSettings()).alpha[inner].max()) < 0.1
    assert float(compute_matte(image, coarse(alpha), WITHOUT_GAPS).alpha[inner].min()) > 0.9


def test_a_gap_in_the_network_s_alpha_is_used_where_the_colour_confirms_it() -> None:
    alpha = bust()
    deep = spot(120, 150, 8)  # far from the outline, where only a network can find a gap
    network = np.where(deep, 0, alpha).astype(np.float32)
    inner = cv2.erode(deep.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    confirmed = compute_matte(showing_backdrop(deep, alpha), coarse(alpha), MatteSettings(), network).alpha
    assert float(confirmed[inner].max()) < 0.1
    unconfirmed = compute_matte(compose_shot(alpha), coarse(alpha), MatteSettings(), network).alpha
    assert float(unconfirmed[inner].min()) > 0.9, "a network alone must not cut holes into a person"


def test_the_backdrops_colour_inside_the_face_and_at_the_collar_stays() -> None:
    alpha = bust()
    for where in (spot(120, 120, 5), spot(120, 250, 9)):
        found = compute_matte(showing_backdrop(where, alpha), coarse(alpha), MatteSettings()).alpha
        assert float(found[where].min()) > 0.99


def test_hair_beyond_the_mask_is_no_haze() -> None:
    """A lock of hair beside pale clothes has a colour that no sure pixel of the person has."""
    alpha = np.maximum(bust(), np.where(spot(60, 225, 12), 1, 0)).astype(np.float32)
    pale = np.asarray((0.93, 0.90, 0.86), np.float32)
    own = np.where(spot(60, 225, 14)[..., None], (0.1, 0.08, 0.07), pale)
    image = np.asarray(alpha[..., None] * own + (1 - alpha[..., None]) * wall(), np.float32)
    lock = spot(60, 222, 6)
    assert float(compute_matte(image, coarse(bust()), MatteSettings()).alpha[lock].min()) > 0.9
    assert float(compute_matte(image, coarse(bust()), WITHOUT_GAPS).alpha[lock].min()) < 0.8
