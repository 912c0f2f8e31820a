"""The framing between two pictures is found within its reported error, and not if there is none."""

from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from config.similarity import Similarity, fit_similarity
from hardware.cameras.dual.matching import FramingProblem, match_pictures
from hardware.cameras.dual.settings import dual_camera_settings
from hardware.cameras.dual.similarity import pixel_matrix, shot_grid
from tests.hardware.cameras.dual.synthetic_scenes import (
    LIVE,
    LIVE_POSITION,
    SHOT,
    SHOT_POSITION,
    degrade,
    scene,
    true_error,
    view_of,
)

SETTINGS = dual_camera_settings()


@pytest.fixture(scope="module")
def room() -> Pixels:
    return scene()


@pytest.fixture(scope="module")
def shot(room: Pixels) -> Pixels:
    return view_of(room, SHOT_POSITION, SHOT)


def test_a_similarity_and_its_inverse_cancel_each_other() -> None:
    there = Similarity(1.7, 25.0, -0.3, 0.2)
    points = shot_grid(0.75)
    assert np.allclose(there.inverse().transform(there.transform(points)), points)
    back = fit_similarity(points, there.transform(points))
    assert np.allclose((back.scale, back.roll, back.x, back.y), (1.7, 25.0, -0.3, 0.2))


def test_the_matrix_for_pixels_equals_the_similarity() -> None:
    there, live, view = Similarity(1.7, 25.0, -0.3, 0.2), (640, 480), (1280, 960)
    pixels = np.array([(0.0, 0.0), (639.0, 0.0), (100.0, 479.0)])  # the middles of these pixels
    expected = there.transform((pixels + 0.5) / 640) * 1280 - 0.5
    matrix = pixel_matrix(there, live, view)
    assert np.allclose(pixels @ matrix[:, :2].T + matrix[:, 2], expected)


@pytest.mark.parametrize(
    "live",
    [
        LIVE_POSITION,
        Similarity(1.0, -5.0, 0.0, 0.05),
        Similarity(1.4, 90.0, 1.3, -0.2),  # the live camera is turned on its side
        Similarity(1.5, 0.0, -0.26, -0.17),
    ],
)
def test_the_framing_is_found_to_within_the_error_that_it_reports(live: Similarity, room: Pixels, shot: Pixels) -> None:
    framing = match_pictures(degrade(view_of(room, live, LIVE), seed=2), shot, SETTINGS)
    assert true_error(framing.similarity, live, SHOT_POSITION).max() <= framing.error < SETTINGS.max_error


def test_distortion_of_the_lens_is_part_of_the_error(room: Pixels, shot: Pixels) -> None:
    straight = degrade(view_of(room, LIVE_POSITION, LIVE), seed=2)
    width, height = LIVE
    lens = np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    bent = cv2.undistort(straight, lens, np.array([0.25, 0.0, 0.0, 0.0]))
    good, bad = match_pictures(straight, shot, SETTINGS), match_pictures(np.asarray(bent, np.uint8), shot, SETTINGS)
    assert bad.error > 2 * good.error


def test_detail_in_one_corner_only_makes_the_others_unsure(room: Pixels) -> None:
    wall = np.full_like(room, 120)
    wall[220:420, 250:470] = room[220:420, 250:470]
    all_over = match_pictures(view_of(room, LIVE_POSITION, LIVE), view_of(room, SHOT_POSITION, SHOT), SETTINGS)
    corner = match_pictures(
        degrade(view_of(wall, LIVE_POSITION, LIVE), seed=1),
        degrade(view_of(wall, SHOT_POSITION, SHOT), seed=3),
        SETTINGS,
    )
    assert corner.error > all_over.error


def problem(live: Pixels, picture: Pixels) -> str:
    with pytest.raises(FramingProblem) as caught:
        match_pictures(live, picture, SETTINGS)
    return caught.value.warning


def test_a_plain_wall_gives_no_framing() -> None:
    wall = np.full((420, 560, 3), 140, np.uint8)
    assert problem(degrade(wall, seed=1), degrade(wall, seed=2)) == "framing_few"


def test_two_scenes_give_no_framing(shot: Pixels) -> None:
    assert problem(view_of(scene(seed=9), LIVE_POSITION, LIVE), shot) in ("framing_few", "framing_disagrees")


def test_objects_at_different_distances_do_not_agree(room: Pixels, shot: Pixels) -> None:
    """The pictures are those of a room with objects at all distances and of lenses that are far apart."""
    live = view_of(room, LIVE_POSITION, LIVE)
    for part, down in enumerate((40, 0, -40, 80)):
        columns = slice(80 + 100 * part, 180 + 100 * part)
        live[:, columns] = np.roll(live[:, columns], down, axis=0)
    assert problem(live, shot) == "framing_disagrees"


def test_a_framing_that_is_right_for_the_wall_alone_is_refused(room: Pixels, shot: Pixels) -> None:
    """The sitter is nearer than the wall: two lenses side by side show the sitter in front of different parts of it."""
    before_the_wall = shot.copy()
    before_the_wall[60:340, 190:410] = np.roll(shot, 25, axis=1)[60:340, 190:410]
    live = degrade(view_of(room, LIVE_POSITION, LIVE), seed=2)
    assert problem(live, before_the_wall) == "framing_disagrees"
