from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Plane
from config.opencv import cv2
from kiosk.capture.matting.seed_regions import SeedSettings, seed_regions
from kiosk.capture.types import PhotoProblem

SETTINGS = SeedSettings()


def person() -> Plane:
    mask = np.zeros((640, 480), np.uint8)
    cv2.ellipse(mask, (240, 250), (100, 140), 0, 0, 360, (255,), -1)
    cv2.rectangle(mask, (200, 350), (280, 450), (255,), -1)
    cv2.ellipse(mask, (240, 660), (200, 240), 0, 0, 360, (255,), -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2), np.float32) / 255


def fill_box(mask: Plane, left: int, top: int, right: int, bottom: int, value: float) -> Plane:
    changed = mask.copy()
    changed[top:bottom, left:right] = value
    return changed


def test_without_a_network_a_band_around_the_masks_edge_is_left_open() -> None:
    sure, never = seed_regions(person(), None, SETTINGS)
    assert not (sure & never).any()
    edge = np.abs(person() - 0.5) < 0.2
    assert not sure[edge].any()
    assert not never[edge].any()
    assert sure[250, 240]
    assert never[20, 20]


def test_a_network_that_lacks_the_torso_makes_no_hole() -> None:
    lacking = fill_box(person(), 150, 480, 330, 640, 0)
    sure, _never = seed_regions(person(), lacking, SETTINGS)
    assert sure[500:, 180:300].all()
    assert not seed_regions(lacking, lacking, SETTINGS)[0][500:, 180:300].any(), "control: lacking in both"
    nothing, backdrop = seed_regions(person(), np.zeros((640, 480), np.float32), SETTINGS)
    assert nothing[560, 240]
    assert not backdrop[560, 240]


def test_what_a_network_finds_far_from_the_person_is_not_accepted() -> None:
    chair = fill_box(person(), 0, 100, 90, 300, 1)
    sure, _ = seed_regions(person(), chair, SETTINGS)
    assert not sure[100:300, :90].any()
    sure, _ = seed_regions(fill_box(person(), 0, 100, 90, 300, 1), chair, SETTINGS)
    joined = fill_box(chair, 80, 180, 160, 220, 1)
    assert not seed_regions(person(), joined, SETTINGS)[0][100:300, :60].any(), (
        "not even where it is connected to the person"
    )


def test_a_network_narrows_the_band_and_opens_gaps() -> None:
    gap = fill_box(person(), 325, 240, 345, 330, 0)
    without, with_it = seed_regions(person(), None, SETTINGS), seed_regions(person(), person(), SETTINGS)
    assert (~(with_it[0] | with_it[1])).sum() < 0.7 * (~(without[0] | without[1])).sum()
    assert not seed_regions(person(), gap, SETTINGS)[0][250:320, 328:].any()


def test_no_person_and_no_backdrop_are_reported() -> None:
    for mask, key in ((np.zeros((64, 48)), "photo.no_person"), (np.ones((64, 48)), "photo.no_backdrop")):
        with pytest.raises(PhotoProblem) as problem:
            seed_regions(mask.astype(np.float32), None, SETTINGS)
        assert problem.value.key == key
