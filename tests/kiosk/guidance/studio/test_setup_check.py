from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.arrays import Pixels
from config.errors import Problem
from config.settings.studio import studio_settings
from config.standards.registry import load_standard
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.studio.setup_check import CheckKind, SetupCheckResult, check_studio, dump_checks, load_checks
from tests.kiosk.guidance.pictures import place_astronaut, shade_half
from tests.kiosk.guidance.studio.synthetic_studio import apply_gain, photographs, studio
from tests.kiosk.guidance.studio.test_grey_card import with_card

AT = datetime(2026, 6, 1, 7, 58, tzinfo=UTC)


def check(frames: list[Pixels], finder: FaceFinder, expected_kind: CheckKind | None = None) -> SetupCheckResult:
    return check_studio(frames, finder, load_standard("chsi"), studio_settings(), AT, expected_kind=expected_kind)


def finding_names(report: SetupCheckResult) -> list[str]:
    return [finding.name for finding in report.check.defects]


def test_the_kind_of_the_check_is_recognised(finder: FaceFinder) -> None:
    assert check(photographs(studio(), 2), finder).check.kind is CheckKind.EMPTY
    assert check(photographs(with_card(), 2), finder).check.kind is CheckKind.CARD
    assert check([place_astronaut()], finder).check.kind is CheckKind.HELPER


@pytest.mark.parametrize(
    ("expected_kind", "key"),
    [(CheckKind.CARD, "studio.no_card"), (CheckKind.HELPER, "studio.no_helper"), (CheckKind.EMPTY, "studio.not_empty")],
)
def test_a_missing_object_is_a_problem(finder: FaceFinder, expected_kind: CheckKind, key: str) -> None:
    frames = [place_astronaut()] if expected_kind is CheckKind.EMPTY else photographs(studio(), 2)
    with pytest.raises(Problem) as caught:
        check(frames, finder, expected_kind)
    assert caught.value.key == key


def test_a_helper_too_far_too_low_and_in_half_light_is_reported(finder: FaceFinder) -> None:
    """The eyes are at row 560 of 960 and the face is a third smaller: camera down, chair nearer."""
    found = finding_names(check([place_astronaut(scale=1.45, eyes=(640, 560))], finder))
    assert "face.too_far" in found
    assert "camera.lower" in found
    dark = finding_names(check([shade_half(place_astronaut(), "image_left", 0.5, 640)], finder))
    assert {"lamp.left_weaker", "lamp.left_off"} & set(dark)


def test_the_camera_is_moved_by_centimetres_measured_on_the_face(finder: FaceFinder) -> None:
    high, low = (check([place_astronaut(eyes=(640, y))], finder).check for y in (250, 600))
    by = {finding.name: finding.values["cm"] for set_up in (high, low) for finding in set_up.findings if finding.arrow}
    face = low.figures["face_size"] * 960  # pixels for 14 cm
    assert by["camera.lower"] == pytest.approx((600 - 0.42 * 960) / face * 14, abs=3)
    assert "camera.raise" in by


def test_stored_checks_are_read_back(finder: FaceFinder) -> None:
    checked = check(photographs(apply_gain(studio(), 0.5, 1.0), 2), finder)
    assert checked.check.defects
    loaded = load_checks(dump_checks({CheckKind.EMPTY: checked.check}))
    assert loaded == {CheckKind.EMPTY: checked.check}
    with pytest.raises(ValueError, match="at"):
        load_checks(b'{"empty": {"kind": "empty"}}')
