"""Dark hair before a dark room: no part of the person counts as backdrop, and no haze of the room remains."""

from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Plane
from config.opencv import cv2
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from tests.kiosk.capture.matting.test_matte import HEIGHT, WIDTH, bust, coarse, strands

HAIR = np.asarray((0.22, 0.14, 0.10), np.float32)
SKIN = np.asarray((0.80, 0.62, 0.52), np.float32)
SHIRT = np.asarray((0.75, 0.72, 0.70), np.float32)


def room(level: float) -> Plane:
    """Return soft bright and dark patches around `level`, with camera noise."""
    rng = np.random.default_rng(3)
    patches = cv2.resize(rng.uniform(0.3, 1.7, (10, 8, 3)).astype(np.float32), (WIDTH, HEIGHT)) * level
    return np.clip(patches + rng.normal(0, 1.2 / 255, patches.shape), 0, 1).astype(np.float32)


def person() -> Plane:
    """Return the person's colours: a face with dark hair around it, and a light shirt below."""
    face = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(face, (120, 150), (32, 45), 0, 0, 360, (1,), -1)
    share = cv2.GaussianBlur(face.astype(np.float32), (0, 0), 1.0)[..., None]
    brightness = np.random.default_rng(1).uniform(0.4, 1.3, (HEIGHT, WIDTH, 1)).astype(np.float32)
    colours = np.asarray(share * SKIN + (1 - share) * HAIR * brightness, np.float32)
    colours[225:] = SHIRT
    return colours


def loose_hair() -> Plane:
    return np.maximum(bust(), strands())


def shot(level: float) -> Plane:
    share = loose_hair()[..., None]
    return np.asarray(share * person() + (1 - share) * room(level), np.float32)


@pytest.mark.parametrize("level", [0.05, 0.12, 0.20])
def test_dark_hair_before_a_dark_room_stays_and_the_room_leaves_no_haze(level: float) -> None:
    alpha = loose_hair()
    matte = compute_matte(shot(level), coarse(bust()), MatteSettings()).alpha
    core = cv2.erode((alpha > 0.99).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    assert float(matte[core].mean()) > 0.99
    beside = cv2.dilate((alpha > 0.5).astype(np.uint8), np.ones((61, 61), np.uint8)) > 0
    beside &= alpha < 0.01
    assert float(matte[beside].mean()) < 0.005


def test_an_object_of_the_shirts_colour_with_a_mask_of_40_percent_leaves_no_haze() -> None:
    """Before a room only the mask separates an object beside the shoulder from the shirt."""
    box, mask = np.zeros((HEIGHT, WIDTH), np.float32), coarse(bust()).copy()
    box[190:262, 172:238] = 1
    mask[190:262, 172:238] = np.maximum(mask[190:262, 172:238], 0.4)
    share, behind = bust()[..., None], np.where(box[..., None] > 0, SHIRT, room(0.5))
    image = np.asarray(share * person() + (1 - share) * behind, np.float32)
    found = compute_matte(image, mask, MatteSettings())
    assert found.backdrop is None
    assert float(found.alpha[192:225, 205:236].mean()) < 0.005
