"""The frame on the live view is the crop that the engine will make."""

from pathlib import Path

import numpy as np
import pytest

from config.standards.registry import PhotoStandard, Stage, load_standard
from hardware.simulators.studio_camera.driver import NO_DELAYS, StudioCamera
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.storage import FileStore
from kiosk.guidance.coaching.advice import FaceBox
from kiosk.guidance.live import LiveGuidance
from kiosk.ui.painting.outline import Area, portrait_framing


@pytest.fixture
def chsi() -> PhotoStandard:
    return load_standard("chsi")


def without(chsi: PhotoStandard, stage: Stage) -> PhotoStandard:
    return chsi.model_copy(update={"rules": {n: r for n, r in chsi.rules.items() if stage not in r.stages}})


def test_the_outline_meets_the_rules_of_the_portrait(chsi: PhotoStandard) -> None:
    outline = portrait_framing(4, 3, chsi).outline
    measured = {
        "hair_top": outline.hair_top * 640,
        "eye_line": outline.eye_line * 640,
        "face_width": outline.half_face * 2 * 480,
        "centring": (outline.centre - 0.5) * 480,
    }
    for name, value in measured.items():
        rule = chsi.rules[name]
        assert rule.min is not None
        assert rule.max is not None
        assert rule.min + rule.tolerance < value < rule.max - rule.tolerance, name
    assert outline.eye_line < outline.chin < outline.shoulder_line < 1


def test_another_standard_gives_another_outline(chsi: PhotoStandard) -> None:
    lower = {"min": 190.0, "max": 230.0, "target": 200.0}
    rules = chsi.rules | {"face_width": chsi.rules["face_width"].model_copy(update=lower)}
    changed = portrait_framing(4, 3, chsi.model_copy(update={"rules": rules})).outline
    assert changed.half_face < portrait_framing(4, 3, chsi).outline.half_face - 0.005


@pytest.mark.parametrize("size", [(1280, 960), (1280, 720), (960, 1280)])
def test_the_ideal_face_meets_the_live_rules(chsi: PhotoStandard, size: tuple[int, int]) -> None:
    framing = portrait_framing(*size, chsi)
    area = framing.pixel_area(*size)
    assert area.width / area.height == pytest.approx(480 / 640, rel=0.01)
    eyes = area.point_at(framing.outline.centre, framing.outline.eye_line)
    measured = {
        "place_across": eyes[0] / size[0] - 0.5,
        "place_up": eyes[1] / size[1],
        "face_size": 2 * framing.outline.half_face * area.width / size[1],
    }
    for name, value in measured.items():
        rule = chsi.rules[name]
        assert (rule.min or 0) < value < (rule.max or 0), name


def test_the_frame_for_a_face_out_of_bounds_is_the_nearest_one_within(chsi: PhotoStandard) -> None:
    far_left, left = (portrait_framing(1280, 960, chsi, FaceBox(x, 0.42, 0.6, 0.16)).area for x in (0.1, 0.44))
    assert far_left.x == pytest.approx(left.x, abs=0.002)
    assert left.x < portrait_framing(1280, 960, chsi).area.x - 0.05


def test_the_outline_follows_high_hair_and_a_long_chin_of_the_sitter(chsi: PhotoStandard) -> None:
    """At 1280 x 960 a face of 0.16 of the width is 0.213 of the height."""
    wide = 0.16 * 1280 / 960
    flat, high = (
        portrait_framing(1280, 960, chsi, FaceBox(0.5, 0.42, 0.42 + 0.8 * wide, 0.16, 0.42 - a * wide))
        for a in (0.9, 1.1)
    )
    assert high.outline.eye_line > flat.outline.eye_line + 0.01  # the crop leaves room for the hair
    for framing, above in ((flat, 0.9), (high, 1.1)):
        face = 2 * framing.outline.half_face * 480 / 640
        assert (framing.outline.eye_line - framing.outline.hair_top) / face == pytest.approx(above, rel=0.01)
    longer = portrait_framing(1280, 960, chsi, FaceBox(0.5, 0.42, 0.42 + 0.95 * wide, 0.16, 0.42 - 0.9 * wide))
    assert longer.outline.chin > flat.outline.chin + 0.02


@pytest.mark.parametrize("crown", [0.0, 0.41])
def test_a_crown_of_a_mask_that_includes_the_room_is_ignored(chsi: PhotoStandard, crown: float) -> None:
    outline = portrait_framing(1280, 960, chsi, FaceBox(0.5, 0.42, 0.6, 0.16, crown)).outline
    assert 50 / 640 < outline.hair_top < 110 / 640


@pytest.mark.parametrize("name", ["chsi", "guizhou", "xinhua-2020", "xinhua-upload"])
@pytest.mark.parametrize("size", [(1280, 960), (1280, 720), (960, 1280)])
def test_every_shipped_standard_has_an_outline(name: str, size: tuple[int, int]) -> None:
    for face in (None, FaceBox(0.45, 0.4, 0.58, 0.15, 0.2)):
        framing = portrait_framing(*size, load_standard(name), face)
        assert 0 <= framing.area.x < framing.area.x + framing.area.width <= 1.0001
        assert 0 <= framing.area.y < framing.area.y + framing.area.height <= 1.0001
        assert 0 < framing.outline.hair_top < framing.outline.eye_line < framing.outline.chin < 1


def test_without_live_rules_the_area_is_the_largest_in_the_middle(chsi: PhotoStandard) -> None:
    bare = portrait_framing(1280, 960, without(chsi, Stage.LIVE))
    assert bare.pixel_area(1280, 960) == Area(280, 0, 720, 960)
    assert bare.outline.hair_top * 640 == pytest.approx(portrait_framing(4, 3, chsi).outline.hair_top * 640, abs=5)


def test_the_frame_is_the_crop_of_the_engine(chsi: PhotoStandard, tmp_path: Path) -> None:
    """For a sitter who meets all rules, the frame around the face matches the crop closely, and the ideal frame to a
    twentieth of the picture."""
    seconds = [0.0]
    camera = StudioCamera(NO_DELAYS, clock=lambda: seconds[0])
    camera.open()
    camera.send_command("scene right")
    seconds[0] = 10.0  # the sitter has sat down
    guide = LiveGuidance(chsi)
    try:
        pixels = camera.frame()
        face = guide.analyze(pixels, 0.0).face
        shot = camera.shoot()
    finally:
        guide.close()
        camera.close()
    assert face is not None
    service = PortraitService(FileStore(tmp_path))
    try:
        portrait, _ = service.make_and_store(shot.data, chsi, {})
    finally:
        service.close()
    crop, size = portrait.recipe["crop"], portrait.recipe["shot"]["decoded_size"]  # type: ignore[index]
    cut = np.array([crop["left"] / size[0], crop["top"] / size[1], crop["width"] / size[0], crop["height"] / size[1]])
    height, width = pixels.shape[:2]
    for shown, tolerance in (
        (portrait_framing(width, height, chsi, face), 0.015),
        (portrait_framing(width, height, chsi), 0.05),
    ):
        drawn = np.array([shown.area.x, shown.area.y, shown.area.width, shown.area.height])
        assert drawn == pytest.approx(cut, abs=tolerance)
