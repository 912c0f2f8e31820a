"""Clothes of the backdrop's colour keep their shoulders."""

from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Mask, Plane
from config.opencv import cv2
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from tests.kiosk.capture.matting.test_matte import HEIGHT, WIDTH, bust, coarse, wall

DARK_GREY = (0.28, 0.28, 0.29)
BLUE = (62 / 255, 132 / 255, 205 / 255)
SHOULDERS = {"left": (slice(260, HEIGHT), slice(WIDTH - 62, WIDTH - 30)), "right": (slice(260, HEIGHT), slice(30, 62))}


def backdrop(colour: tuple[float, float, float]) -> Plane:
    """The wall of the other tests in another colour, with its fall-off, shadow and noise."""
    return np.asarray(wall() / np.asarray(BLUE, np.float32) * np.asarray(colour, np.float32), np.float32)


def torso() -> Mask:
    rows = np.zeros((HEIGHT, WIDTH), bool)
    rows[222:] = True
    return rows


def sitter(colour: tuple[float, float, float], shade: float) -> Plane:
    """A person in clothes of the backdrop's colour, a little darker, with skin above."""
    skin = np.asarray((0.80, 0.62, 0.52), np.float32)
    own = np.where(torso()[..., None], np.asarray(colour, np.float32) * shade, skin)
    noise = np.random.default_rng(5).normal(0, 1.2 / 255, own.shape)
    share = bust()[..., None]
    return np.asarray(share * (own + noise) + (1 - share) * backdrop(colour), np.float32)


def doubtful_at(side: str, level: float) -> Plane:
    """The mask of a person, one shoulder of which it does not know."""
    person = coarse(bust()).copy()
    rows, columns = SHOULDERS[side]
    outside = slice(columns.start, WIDTH) if side == "left" else slice(0, columns.stop)
    part = np.zeros_like(person)
    part[rows.start - 25 :, outside] = 1
    part = np.asarray(cv2.GaussianBlur(part, (0, 0), 3), np.float32)
    return np.asarray(person * (1 - part) + np.minimum(person, level) * part, np.float32)


@pytest.mark.parametrize("colour", [BLUE, DARK_GREY])
@pytest.mark.parametrize("lost", ["left", "right"])
def test_a_shoulder_that_the_network_loses_stays(colour: tuple[float, float, float], lost: str) -> None:
    image, person, network = sitter(colour, 0.90), doubtful_at(lost, 0.4), doubtful_at(lost, 0.0)
    found = compute_matte(image, person, MatteSettings(), network).alpha
    for part in SHOULDERS.values():
        inside = bust()[part] > 0.99
        assert float(found[part][inside].mean()) > 0.95
    wide = cv2.dilate((bust() > 0).astype(np.uint8), np.ones((41, 41), np.uint8)) == 0
    assert (found[wide] == 0).all(), "the backdrop beside the shoulders is removed all the same"
