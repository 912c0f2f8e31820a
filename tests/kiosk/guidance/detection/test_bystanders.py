"""Faces that the mesh misses: their minimum size, the delay in a stream, and mere pictures of faces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from mediapipe.framework.formats.landmark_pb2 import NormalizedLandmarkList

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.guidance.detection.bystanders import PART_INTERVAL_FRAMES
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.mesh import landmark_points
from tests.kiosk.guidance.pictures import astronaut, place_astronaut


@pytest.fixture(scope="module")
def stream() -> Iterator[FaceFinder]:
    finder = FaceFinder(still=False)
    yield finder
    finder.close()


def side_by_side(scale: float = 0.55) -> Pixels:
    """Return the sitter and, far behind, somebody a quarter as large."""
    picture = place_astronaut(scale=2.2, eyes=(420, 380))
    picture[:, 850:] = place_astronaut(scale=scale, eyes=(1050, 420))[:, 850:]
    return picture


def add_print(size: int, at: tuple[int, int]) -> Pixels:
    """Return the sitter with a small picture of a face whose corner is `at`."""
    picture = place_astronaut(scale=2.2, eyes=(640, 300))
    face = cv2.resize(astronaut()[0:220, 120:340], (size, size), interpolation=cv2.INTER_AREA)
    picture[at[1] : at[1] + size, at[0] : at[0] + size] = face
    return picture


def test_a_face_a_quarter_as_large_as_the_sitter_s_is_found(finder: FaceFinder) -> None:
    first, second = finder.find(side_by_side()).faces
    assert second.width == pytest.approx(first.width / 4, rel=0.2)
    assert second.eyes == pytest.approx((1050, 420), abs=6)


def test_a_stream_finds_a_bystander_within_a_second_and_in_every_frame_afterwards(stream: FaceFinder) -> None:
    picture, alone = side_by_side(), place_astronaut(scale=2.2, eyes=(420, 380))
    counts = [len(stream.find(picture).faces) for _ in range(4 * PART_INTERVAL_FRAMES + 8)]
    first = counts.index(2)
    assert first <= 4 * PART_INTERVAL_FRAMES + 1
    assert set(counts[first:]) == {2}
    counts_alone = [len(stream.find(alone).faces) for _ in range(4 * PART_INTERVAL_FRAMES + 8)]
    assert counts_alone[-1] == 1


def test_a_face_printed_on_the_sitter_s_own_shirt_is_no_person(finder: FaceFinder) -> None:
    on_shirt, on_wall = add_print(100, (600, 640)), add_print(100, (1000, 640))
    assert len(finder.find(on_wall).faces) == 2  # control: the picture of a face is found
    assert len(finder.find(on_shirt).faces) == 1


def test_landmarks_read_from_their_bytes_equal_those_read_one_by_one() -> None:
    landmarks = NormalizedLandmarkList()
    for number in range(5):
        landmarks.landmark.add(x=0.1 * number, y=-0.5, z=0.0)
    expected = np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32)
    assert np.array_equal(landmark_points(landmarks), expected)
    landmarks.landmark[2].visibility = 0.5  # five more bytes: not the form that is read as one block
    assert np.array_equal(landmark_points(landmarks), expected)
    assert landmark_points(NormalizedLandmarkList()).shape == (0, 3)
