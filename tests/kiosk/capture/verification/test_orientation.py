"""A rotated photo is a separate problem, because advice for an upright one would be useless."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.types import PhotoProblem
from tests.kiosk.capture.conftest import Take
from tests.kiosk.capture.picture_files import picture
from tests.kiosk.capture.test_engine import CAMERA, downscale, encode_jpeg

EXPECTED_WORDS = {
    1: ("photo.rotated_left", "clockwise"),
    2: ("photo.upside_down", "upside down"),
    3: ("photo.rotated_right", "counter"),
}


@pytest.mark.parametrize("turns", EXPECTED_WORDS)
def test_the_direction_of_the_rotation_is_named(portrait_service: PortraitService, take: Take, turns: int) -> None:
    """In a picture turned counter-clockwise the head points to the left."""
    turned = Image.fromarray(np.rot90(np.asarray(downscale(take("right"))), turns))
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(encode_jpeg(turned), load_standard("chsi"), CAMERA)
    key, word = EXPECTED_WORDS[turns]
    assert problem.value.key == key
    assert word in problem.value.in_language("en")
    assert problem.value.in_language("zh_CN") != key


def test_a_picture_without_a_face_counts_as_upright(portrait_service: PortraitService) -> None:
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(encode_jpeg(picture(1200, 1600)), load_standard("chsi"), CAMERA)
    assert problem.value.key == "photo.no_face"


def test_a_portrait_is_made_of_an_upright_photo(portrait_service: PortraitService, take: Take) -> None:
    portrait, _ = portrait_service.make_and_store(
        encode_jpeg(downscale(take("right"), 3000)), load_standard("chsi"), CAMERA
    )
    assert portrait.jpeg
