from __future__ import annotations

import numpy as np
import pytest
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

from config.opencv import cv2
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.mesh import CROP_SIDE_PX
from kiosk.guidance.detection.refinement import MIRROR_INDICES, refinement_crops
from tests.kiosk.guidance.pictures import mirror_picture, place_astronaut


def test_the_mirror_indices_are_the_mirror_image_of_the_mesh() -> None:
    assert (MIRROR_INDICES[MIRROR_INDICES] == np.arange(478)).all()
    assert MIRROR_INDICES[[33, 234, 61, 468, 10, 152, 1]].tolist() == [263, 454, 291, 473, 10, 152, 1]
    edges = {frozenset(edge) for edge in FACEMESH_TESSELATION}
    unmatched = [edge for edge in edges if frozenset(MIRROR_INDICES[list(edge)].tolist()) not in edges]
    assert len(unmatched) <= 6, "the mesh itself has six diagonals that are not mirrored"


@pytest.mark.parametrize("scale", [0.8, 2.2])
def test_the_matrix_of_a_crop_maps_a_position_to_the_crop(finder: FaceFinder, scale: float) -> None:
    """The matrix maps a mark in the picture to its position in the crop."""
    picture = place_astronaut(scale=scale, eyes=(640, 380))
    (face,) = finder.find(picture).faces
    x, y = (round(float(v)) for v in face.nose)
    marked = np.zeros_like(picture)
    cv2.rectangle(marked, (x - 2, y - 2), (x + 2, y + 2), (255, 255, 255), -1)
    crops = refinement_crops(marked, face, CROP_SIDE_PX)
    assert len(crops) > 0
    for crop in crops:
        assert crop.pixels.shape == (CROP_SIDE_PX, CROP_SIDE_PX, 3)
        weight = crop.pixels[..., 0].astype(float)
        rows, columns = np.mgrid[:CROP_SIDE_PX, :CROP_SIDE_PX]
        position_in_crop = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
        turn, shift = crop.matrix[:, :2], crop.matrix[:, 2]
        assert position_in_crop == pytest.approx(turn @ (x, y) + shift, abs=0.3)


def test_a_mirrored_picture_has_mirrored_landmarks(finder: FaceFinder) -> None:
    picture = place_astronaut(scale=2.2, eyes=(640, 380))
    (face,), (other,) = finder.find(picture).faces, finder.find(mirror_picture(picture)).faces
    back = other.points[MIRROR_INDICES] * (-1, 1, 1) + (1280, 0, 0)
    distances = np.linalg.norm((back - face.points)[:, :2], axis=1)
    assert np.median(distances) < 0.006 * face.width


def test_a_larger_picture_has_the_same_landmarks_scaled(finder: FaceFinder) -> None:
    picture = place_astronaut(scale=2.2, eyes=(640, 380))
    large = np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    (face,), (other,) = finder.find(picture).faces, finder.find(large).faces
    distances = np.linalg.norm((other.points / 2 - face.points)[:, :2], axis=1)
    assert np.median(distances) < 0.006 * face.width


def test_the_person_mask_alone_is_that_of_the_whole_search(finder: FaceFinder) -> None:
    picture = place_astronaut(scale=2.2, eyes=(640, 380))
    detections = finder.find(picture)
    assert finder.person_mask(picture) == pytest.approx(detections.person_mask_at(detections.size), abs=1e-6)
    assert finder.person_mask(picture).max() > 0.9
