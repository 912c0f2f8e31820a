from __future__ import annotations

import numpy as np
import pytest

from config.opencv import cv2
from config.settings.studio import studio_settings
from kiosk.guidance.studio.backdrop_check import backdrop_figures, check_backdrop
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.reference_image import average_frames
from tests.kiosk.guidance.studio.synthetic_studio import Light, apply_gain, photographs, studio

SETTINGS = studio_settings()


def findings_in(room: Light) -> tuple[Finding, ...]:
    return check_backdrop(average_frames(photographs(room)), SETTINGS)


def finding_names(room: Light) -> list[str]:
    return [finding.name for finding in findings_in(room)]


@pytest.mark.parametrize("paper", [(116, 162, 208), (235, 235, 235), (200, 200, 200)])
def test_an_even_backdrop_has_no_findings(paper: tuple[float, float, float]) -> None:
    assert finding_names(studio(paper)) == []


@pytest.mark.parametrize(("left", "right", "expected"), [(0.6, 1.0, "left"), (1.0, 0.6, "right")])
def test_the_darker_side_is_named_with_its_ratio(left: float, right: float, expected: str) -> None:
    finding = findings_in(apply_gain(studio(), left, right))[0]
    assert finding.name == f"backdrop.{expected}_darker"
    assert finding.arrow == expected
    assert finding.values["percent"] == pytest.approx(21, abs=6)  # the measured strips are inside the frame


def test_the_mirrored_studio_is_reported_mirrored() -> None:
    room = apply_gain(studio(), 0.6, 1.0)
    there, here = (
        backdrop_figures(average_frames(photographs(room)), SETTINGS),
        backdrop_figures(average_frames(photographs(room[:, ::-1])), SETTINGS),
    )
    assert there["left_over_right"] == pytest.approx(-here["left_over_right"], abs=0.02)


def test_light_from_above_is_reported() -> None:
    room = studio()
    room *= np.linspace(1.0, 0.75, room.shape[0])[:, None, None]
    assert finding_names(room) == ["backdrop.down_darker"]


def test_a_shadow_is_found_where_it_lies() -> None:
    room = studio()
    dark = np.zeros(room.shape[:2])
    cv2.circle(dark, (400, 200), 60, (1,), -1)
    room *= 1 - 0.15 * cv2.GaussianBlur(dark, (0, 0), 14)[..., None]
    finding = findings_in(room)[0]
    assert finding.name == "backdrop.shadow"
    assert finding.box is not None
    left, top, right, bottom = finding.box
    assert left < 400 / 640 < right
    assert top < 200 / 480 < bottom


@pytest.mark.parametrize(("axis", "expected"), [(1, "upright"), (0, "lying")])
def test_folds_are_reported_by_their_direction(axis: int, expected: str) -> None:
    room = studio()
    wave = 1 + 0.05 * np.sin(np.arange(room.shape[axis]) / 4.0)
    room *= wave[None, :, None] if axis else wave[:, None, None]
    assert f"backdrop.folds_{expected}" in finding_names(room)


@pytest.mark.parametrize(("where", "expected"), [(slice(0, 150), "left"), (slice(500, 640), "right")])
def test_a_backdrop_that_ends_too_early_is_reported_by_its_side(where: slice, expected: str) -> None:
    room = studio()
    room[:, where] = (205, 200, 190)
    assert f"edge.{expected}" in finding_names(room)


def test_an_object_before_the_backdrop_is_reported() -> None:
    room = studio()
    room[150:260, 300:380] = (30, 90, 40)
    assert "object" in finding_names(room)


def test_a_backdrop_like_skin_is_reported() -> None:
    assert finding_names(studio((205, 165, 140))) == ["backdrop.like_skin"]


def test_a_clipped_and_a_black_backdrop_are_reported() -> None:
    assert "backdrop.too_bright" in finding_names(studio((254, 254, 254)))
    assert "backdrop.too_dark" in finding_names(studio((30, 32, 36)))


def test_two_lamps_of_different_colour_are_reported() -> None:
    room = studio((200, 200, 200))
    room[..., 2] *= np.linspace(0.8, 1.0, room.shape[1])[None]
    assert "backdrop.left_warmer" in finding_names(room)
