"""The logo of the welcome screen is painted only while its cap moves, because it is shown all day."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from kiosk.ui.painting.logo import WelcomeLogo


@pytest.mark.parametrize(("phases", "painted"), [((0.45, 0.6, 0.85), 0), ((0.05, 0.1, 0.17), 0), ((0.25, 0.3), 2)])
def test_it_is_painted_only_while_the_cap_moves(
    phases: tuple[float, ...], painted: int, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    logo = WelcomeLogo()
    qtbot.addWidget(logo)
    logo.freeze(phases[0] - 0.01)
    calls: list[None] = []
    monkeypatch.setattr(logo, "update", lambda: calls.append(None))
    for phase in phases:
        logo.advance(phase)
    assert len(calls) == painted
    assert logo.phase == phases[-1]
