from __future__ import annotations

import numpy as np
import pytest

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import Operation, load_standard
from kiosk.capture.cropping.roll_correction import MAX_ROLL_DEG, RollCorrection, roll
from kiosk.capture.cropping.solver import solve
from kiosk.capture.cropping.subject import face_centre_x, head_of_face
from kiosk.capture.matting.matte import extract_crop
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.kiosk.guidance.pictures import place_astronaut

CHSI = load_standard("chsi")
ROTATION_ALLOWED = CHSI.model_copy(update={"allowed": (*CHSI.allowed, Operation.ROTATE)})


def tilted_picture(degrees: float) -> Pixels:
    """Return the sitter with a tilted head: the left eye is lower by the angle `degrees`."""
    turn = cv2.getRotationMatrix2D((640, 380), -degrees, 1)
    picture = place_astronaut(scale=2.2, eyes=(640, 380))
    return np.asarray(cv2.warpAffine(picture, turn, (1280, 960), borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("degrees", [-9.0, 6.0])
def test_a_tilted_head_becomes_level_in_the_portrait(finder: FaceFinder, degrees: float) -> None:
    picture = tilted_picture(degrees)
    (before,) = finder.find(place_astronaut(scale=2.2, eyes=(640, 380))).faces
    (face,) = finder.find(picture).faces
    level = RollCorrection.for_face(face, ROTATION_ALLOWED)
    assert level.angle == pytest.approx(roll(before) + degrees, abs=0.7)
    upright = level.rotate(face)
    assert roll(upright) == pytest.approx(0, abs=1e-3)
    assert level.rotate_row(*face.chin) == pytest.approx(float(upright.chin[1]), abs=1e-2)
    at = head_of_face(upright, float(upright.eyes[1]) - 0.9 * face.width, level.angle)
    crop = solve(at, (1280, 960), ROTATION_ALLOWED)
    image = extract_crop(picture, crop, (480, 640))
    (result,) = finder.find(np.rint(image * 255).astype(np.uint8)).faces
    assert roll(result) == pytest.approx(0, abs=0.7)
    assert float(result.eyes[1]) == pytest.approx(crop.to_portrait(at).eyes, abs=2)
    assert face_centre_x(result) == pytest.approx(240, abs=4)


def test_without_permission_nothing_is_turned(finder: FaceFinder) -> None:
    (face,) = finder.find(tilted_picture(6)).faces
    assert RollCorrection.for_face(face, CHSI).angle == 0
    assert (RollCorrection().rotate(face).points == face.points).all()


def test_a_tilt_larger_than_the_maximum_is_not_corrected(finder: FaceFinder) -> None:
    (face,) = finder.find(tilted_picture(MAX_ROLL_DEG + 5)).faces
    assert abs(roll(face)) > MAX_ROLL_DEG
    assert RollCorrection.for_face(face, ROTATION_ALLOWED).angle == 0
