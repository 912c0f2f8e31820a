import pytest
from PyQt5.QtGui import QColor

from config.standards.registry import load_standard
from kiosk.guidance.coaching.prompts import prompts
from kiosk.ui.painting.pictogram import Pictogram
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import show_step

ALL = ("glasses", "hair", "headwear", "jewellery", "makeup", "clothing")


def test_only_questions_with_a_rule_in_the_standard_are_shown() -> None:
    chsi = load_standard("chsi")
    assert prompts(chsi) == ALL
    rules = {name: rule for name, rule in chsi.rules.items() if name not in ("jewellery", "hair_clear")}
    assert prompts(chsi.model_copy(update={"rules": rules})) == ("glasses", "hair", "headwear", "makeup", "clothing")
    del rules["ears"]
    assert "hair" not in prompts(chsi.model_copy(update={"rules": rules}))


def test_only_the_given_questions_are_shown(window: KioskWindow, ui_settings: UiSettings) -> None:
    show_step(window, Step.PREPARE, ui_settings, questions=("glasses", "makeup"))
    assert [name for name, card in window.prepare.cards.items() if card.isVisible()] == ["glasses", "makeup"]
    show_step(window, Step.PREPARE, ui_settings, questions=ALL)
    assert all(card.isVisible() for card in window.prepare.cards.values())


@pytest.mark.parametrize("kind", ALL)
def test_every_pictogram_shows_its_object_in_colour(window: KioskWindow, ui_settings: UiSettings, kind: str) -> None:
    drawing = Pictogram(kind)
    drawing.resize_to(100)
    picture = drawing.grab().toImage()
    upper = (QColor(picture.pixel(x, y)) for x in range(0, 66) for y in range(100))  # left of the badge
    assert sum(c.green() > c.red() + 60 for c in upper) > 40
