from __future__ import annotations

import numpy as np
import pytest

from config.settings.studio import studio_settings
from kiosk.guidance.studio.alignment import Alignment, estimate_noise
from kiosk.guidance.studio.reference_image import average_frames
from tests.kiosk.guidance.studio.synthetic_studio import add_sitter, apply_gain, photograph, photographs, shift, studio


@pytest.fixture(scope="module")
def alignment() -> Alignment:
    return Alignment(average_frames(photographs(room_with_frame())))


def room_with_frame() -> np.ndarray:
    """Return a room with an edge below as well, so that motion in every direction is visible."""
    room = studio()
    room[440:] = (120, 100, 80)
    return room


@pytest.mark.parametrize(("x", "y", "turn"), [(0, 0, 0), (8, 0, 0), (0, -8, 0), (3, 2, 1), (-30, 20, -2)])
def test_a_motion_is_measured(alignment: Alignment, x: float, y: float, turn: float) -> None:
    found = alignment.estimate_motion(average_frames([photograph(shift(room_with_frame(), x, y, turn), 9)]))
    assert (found.x, found.y) == pytest.approx((x, y), abs=0.6)
    assert found.rotation == pytest.approx(turn, abs=0.05)
    assert found.inlier_share > 0.8


def test_other_light_is_no_motion(alignment: Alignment) -> None:
    found = alignment.estimate_motion(average_frames([photograph(apply_gain(room_with_frame(), 0.6, 1.0), 9)]))
    assert found.shift < 0.5
    assert abs(found.rotation) < 0.05


def test_a_sitter_does_not_affect_the_motion(alignment: Alignment) -> None:
    found = alignment.estimate_motion(average_frames([photograph(add_sitter(shift(room_with_frame(), 8)), 9)]))
    assert (found.x, found.y) == pytest.approx((8, 0), abs=1.0)


def test_plain_paper_has_too_few_features() -> None:
    limit = studio_settings().limit("features")
    plain = photographs(np.full((480, 640, 3), 180.0))
    edged = photographs(room_with_frame())
    for frames, enough in ((plain, False), (edged, True)):
        noise = estimate_noise(average_frames(frames[:1]), average_frames(frames[1:2]))
        assert (Alignment(average_frames(frames)).shift_error(noise) < limit) is enough
