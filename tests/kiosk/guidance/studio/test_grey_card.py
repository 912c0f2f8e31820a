from __future__ import annotations

import numpy as np
import pytest

from config.opencv import cv2
from config.settings.studio import studio_settings
from kiosk.guidance.studio.grey_card import CardKind, card_figures, check_card, find_card
from kiosk.guidance.studio.reference_image import ReferenceImage, average_frames
from tests.kiosk.guidance.studio.synthetic_studio import Light, photographs, studio

SETTINGS = studio_settings()
GREY = 118.0  # 18 % in sRGB


def with_card(colour: tuple[float, float, float] = (GREY, GREY, GREY), askew: float = 0.0) -> Light:
    room = studio()
    corners = cv2.boxPoints(((320, 200), (110, 140), askew))
    cv2.fillPoly(room, [np.rint(corners).astype(np.int32)], colour)
    return room


def reference_image_of(room: Light) -> ReferenceImage:
    return average_frames(photographs(room))


def finding_names(room: Light, kind: CardKind = "grey") -> list[str]:
    picture = reference_image_of(room)
    card = find_card(picture, SETTINGS)
    assert card is not None
    return [finding.name for finding in check_card(picture, card, kind, SETTINGS)]


@pytest.mark.parametrize("askew", [0.0, 8.0, -12.0])
def test_a_correct_card_has_no_findings(askew: float) -> None:
    assert finding_names(with_card(askew=askew)) == []


def test_a_white_card_is_compared_with_white() -> None:
    white = (243.0, 243.0, 243.0)  # 90 % in sRGB
    assert finding_names(with_card(white), "white") == []
    assert finding_names(with_card(white), "grey") == ["card.too_bright"]


def test_no_card_is_found_on_a_backdrop_alone_whatever_its_colour() -> None:
    for paper in ((116, 162, 208), (150, 150, 150), (240, 240, 240)):
        assert find_card(reference_image_of(studio(paper)), SETTINGS) is None


def test_a_grey_circle_and_a_red_board_are_no_cards() -> None:
    with_circle = studio()
    cv2.circle(with_circle, (320, 200), 70, (GREY,) * 3, -1)
    assert find_card(reference_image_of(with_circle), SETTINGS) is None
    assert find_card(reference_image_of(with_card((200.0, 60.0, 60.0))), SETTINGS) is None


@pytest.mark.parametrize(("code", "stops"), [(160.0, 0.94), (85.0, -0.96)])
def test_exposure_is_reported_in_stops_of_light(code: float, stops: float) -> None:
    picture = reference_image_of(with_card((code,) * 3))
    card = find_card(picture, SETTINGS)
    assert card is not None
    assert card_figures(picture, card, "grey", SETTINGS)["exposure"] == pytest.approx(stops, abs=0.05)
    assert finding_names(with_card((code,) * 3)) == ["card.too_bright" if stops > 0 else "card.too_dark"]


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((135.0, 117.0, 95.0), "card.too_warm"),
        ((102.0, 118.0, 142.0), "card.too_cool"),
        ((108.0, 124.0, 108.0), "card.too_green"),
        ((126.0, 113.0, 126.0), "card.too_magenta"),
    ],
)
def test_a_cast_is_reported_by_its_direction(colour: tuple[float, float, float], expected: str) -> None:
    assert finding_names(with_card(colour)) == [expected]


def test_the_gains_make_the_card_neutral() -> None:
    picture = reference_image_of(with_card((135.0, 117.0, 95.0)))
    card = find_card(picture, SETTINGS)
    assert card is not None
    figures = card_figures(picture, card, "grey", SETTINGS)
    red, green, blue = card.linear
    assert red * figures["gain_red"] == pytest.approx(green, rel=0.01)
    assert blue * figures["gain_blue"] == pytest.approx(green, rel=0.01)


def test_the_card_shows_the_weaker_lamp() -> None:
    room = with_card()
    room[131:270, 265:376] *= np.linspace(0.88, 1.1, 111)[None, :, None]
    assert finding_names(room) == ["lamp.left_weaker"]
