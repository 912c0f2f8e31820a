"""The letters of a screen are the largest that fit, regardless of their size before."""

from __future__ import annotations

from PyQt5.QtWidgets import QWidget

from kiosk.ui.base import _SCALE_FACTORS, _try_factor, fit
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.visit.step import Step
from tests.kiosk.ui.sample_visits import show_step

WIDTH = 1000
SCALE = Scale.for_window(1280, 720)


def first_that_fits(screen: QWidget, height: int) -> float:
    """Return the largest factor that fits, or the smallest factor if none fits."""
    factors = (
        factor
        for index, factor in enumerate(_SCALE_FACTORS)
        if _try_factor(screen, SCALE, index, WIDTH, height) == factor
    )
    return next(factors, _SCALE_FACTORS[-1])


def test_the_largest_letters_that_fit_do_not_depend_on_those_before(
    window: KioskWindow, ui_settings: UiSettings
) -> None:
    show_step(window, Step.CONSENT, ui_settings)
    screen = window.screens.consent
    heights = (700, 180, 420, 60, 300, 360, 700, 240, 480, 330)
    expected = [first_that_fits(screen, height) for height in heights]
    assert len(set(expected)) >= 5, "control: different factors fit the heights"
    assert [fit(screen, SCALE, WIDTH, height) for height in heights] == expected
