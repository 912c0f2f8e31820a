"""The shoulders of clothes in the backdrop's colour are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from config.arrays import Mask, Plane
from config.opencv import cv2
from kiosk.capture.matting.camouflage import CamouflageSettings, backdrop_up_to_edges
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from kiosk.capture.matting.trimap import BACKDROP, compute_trimap
from tests.kiosk.capture.matting.test_matte import HEIGHT, WIDTH, bust, coarse, wall

DARK_GREY = (0.28, 0.28, 0.29)
BLUE = (62 / 255, 132 / 255, 205 / 255)
SHOULDERS = {"left": (slice(260, HEIGHT), slice(WIDTH - 62, WIDTH - 30)), "right": (slice(260, HEIGHT), slice(30, 62))}


def backdrop(colour: tuple[float, float, float]) -> Plane:
    """Return the wall of the other tests in another colour, with its uneven light, shadow and noise."""
    return np.asarray(wall() / np.asarray(BLUE, np.float32) * np.asarray(colour, np.float32), np.float32)


def torso() -> Mask:
    rows = np.zeros((HEIGHT, WIDTH), bool)
    rows[222:] = True
    return rows


def sitter(colour: tuple[float, float, float], shade: float) -> Plane:
    """Return a person with skin above and clothes in the backdrop's colour times `shade` below."""
    skin = np.asarray((0.80, 0.62, 0.52), np.float32)
    own = np.where(torso()[..., None], np.asarray(colour, np.float32) * shade, skin)
    noise = np.random.default_rng(5).normal(0, 1.2 / 255, own.shape)
    share = bust()[..., None]
    return np.asarray(share * (own + noise) + (1 - share) * backdrop(colour), np.float32)


def doubtful_at(side: str, level: float) -> Plane:
    """Return the mask of a person with values of at most `level` at one shoulder."""
    person = coarse(bust()).copy()
    rows, columns = SHOULDERS[side]
    outside = slice(columns.start, WIDTH) if side == "left" else slice(0, columns.stop)
    part = np.zeros_like(person)
    part[rows.start - 25 :, outside] = 1
    part = np.asarray(cv2.GaussianBlur(part, (0, 0), 3), np.float32)
    return np.asarray(person * (1 - part) + np.minimum(person, level) * part, np.float32)


@pytest.mark.parametrize("colour", [BLUE, DARK_GREY])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_shoulder_that_the_network_lacks_is_kept(colour: tuple[float, float, float], side: str) -> None:
    image, person, network = sitter(colour, 0.90), doubtful_at(side, 0.4), doubtful_at(side, 0.0)
    alpha = compute_matte(image, person, MatteSettings(), network).alpha
    for part in SHOULDERS.values():
        inside = bust()[part] > 0.99
        assert float(alpha[part][inside].mean()) > 0.95
    wide = cv2.dilate((bust() > 0).astype(np.uint8), np.ones((41, 41), np.uint8)) == 0
    assert (alpha[wide] == 0).all(), "the backdrop beside the shoulders is still removed"


def edges_with_a_hole(hole_px: int) -> Mask:
    """Return a row of edges across the picture with a hole."""
    edges = np.zeros((HEIGHT, WIDTH), bool)
    edges[200] = True
    edges[200, 100 : 100 + hole_px] = False
    return edges


@pytest.mark.parametrize(("hole_px", "crossed"), [(0, False), (5, False), (60, True)])
def test_the_backdrop_extends_to_the_next_edge_and_not_through_small_holes(hole_px: int, crossed: bool) -> None:
    above = np.zeros((HEIGHT, WIDTH), bool)
    above[:150] = True
    everywhere, nobody = np.ones_like(above), np.zeros((HEIGHT, WIDTH), np.float32)
    found = backdrop_up_to_edges(everywhere, edges_with_a_hole(hole_px), above, nobody, CamouflageSettings())
    assert found[190].all()
    assert bool(found[210:].any()) == crossed


def test_the_backdrop_does_not_extend_into_the_mask_of_a_person_or_another_colour() -> None:
    above, nobody = np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), np.float32)
    above[:150] = True
    person, everywhere, other = nobody.copy(), np.ones_like(above), np.ones_like(above)
    person[200:], other[200:] = 0.45, False
    for alike, mask in ((everywhere, person), (other, nobody)):
        found = backdrop_up_to_edges(alike, np.zeros_like(above), above, mask, CamouflageSettings())
        assert found[190].all()
        assert not found[200:].any()


@pytest.mark.parametrize("colour", [BLUE, DARK_GREY])
def test_the_backdrop_beside_camouflaged_shoulders_is_sure_up_to_their_edge(colour: tuple[float, float, float]) -> None:
    """The mask is uncertain far beyond the shoulders."""
    image, far = sitter(colour, 0.80), cv2.dilate(bust(), np.ones((45, 45), np.uint8))
    person = np.maximum(coarse(bust()), 0.3 * np.asarray(cv2.GaussianBlur(far, (0, 0), 3), np.float32))
    settings = MatteSettings().trimap
    backdrop_mask = compute_trimap(image, person, settings).values == BACKDROP
    near = (cv2.dilate((bust() > 0.01).astype(np.uint8), np.ones((31, 31), np.uint8)) > 0) & torso()
    outside = near & (cv2.dilate((bust() > 0.01).astype(np.uint8), np.ones((21, 21), np.uint8)) == 0)
    assert float(backdrop_mask[outside].mean()) > 0.9
    assert not (backdrop_mask & (bust() > 0.5)).any()
    assert settings.gaps is not None
    closed = replace(settings, gaps=replace(settings.gaps, camouflage=CamouflageSettings(clear=0.0)))
    without = compute_trimap(image, person, closed).values == BACKDROP
    assert float(without[outside].mean()) < 0.1, "nothing but the edge decides there"
