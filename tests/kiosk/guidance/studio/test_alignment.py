from __future__ import annotations

import numpy as np
import pytest

from config.settings.studio import studio_settings
from kiosk.guidance.studio.alignment import Alignment, noise_between
from kiosk.guidance.studio.reference_image import plate
from tests.kiosk.guidance.studio.drawn_studio import gained, moved, shot, shots, sitter, studio


@pytest.fixture(scope="module")
def alignment() -> Alignment:
    return Alignment(plate(shots(framed())))


def framed() -> np.ndarray:
    """With an edge below as well, so that all directions are held."""
    room = studio()
    room[440:] = (120, 100, 80)
    return room


@pytest.mark.parametrize(("x", "y", "turn"), [(0, 0, 0), (8, 0, 0), (0, -8, 0), (3, 2, 1), (-30, 20, -2)])
def test_a_motion_is_measured(alignment: Alignment, x: float, y: float, turn: float) -> None:
    found = alignment.motion(plate([shot(moved(framed(), x, y, turn), 9)]))
    assert (found.x, found.y) == pytest.approx((x, y), abs=0.6)
    assert found.turn == pytest.approx(turn, abs=0.05)
    assert found.held > 0.8


def test_other_light_is_no_motion(alignment: Alignment) -> None:
    found = alignment.motion(plate([shot(gained(framed(), 0.6, 1.0), 9)]))
    assert found.shift < 0.5
    assert abs(found.turn) < 0.05


def test_a_sitter_does_not_pull(alignment: Alignment) -> None:
    found = alignment.motion(plate([shot(sitter(moved(framed(), 8)), 9)]))
    assert (found.x, found.y) == pytest.approx((8, 0), abs=1.0)


def test_paper_without_an_edge_holds_nothing() -> None:
    limit = studio_settings().limit("features")
    plain = shots(np.full((480, 640, 3), 180.0))
    edged = shots(framed())
    for frames, holds in ((plain, False), (edged, True)):
        noise = noise_between(plate(frames[:1]), plate(frames[1:2]))
        assert (Alignment(plate(frames)).error(noise) < limit) is holds
