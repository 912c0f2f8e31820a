"""Scrolling with a finger, whose touches Qt converts into events of the left mouse button."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QPointF, Qt
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.ui.widgets.scroll_area import TouchScrollArea


def send_mouse(widget: QWidget, kind: QEvent.Type, y: int) -> None:
    place = QPointF(50, y)
    pressed = Qt.NoButton if kind == QEvent.MouseButtonRelease else Qt.LeftButton
    button = Qt.NoButton if kind == QEvent.MouseMove else Qt.LeftButton
    on_screen = QPointF(widget.mapToGlobal(place.toPoint()))
    QApplication.sendEvent(widget, QMouseEvent(kind, place, on_screen, button, Qt.MouseButtons(pressed), Qt.NoModifier))


def test_a_finger_scrolls_an_area_that_was_hidden_and_shown_again(qtbot: QtBot) -> None:
    area, content = TouchScrollArea(), QWidget()
    content.setMinimumHeight(2000)
    area.setWidget(content)
    qtbot.addWidget(area)
    area.resize(200, 300)
    bar = area.verticalScrollBar()
    for _ in range(2):
        area.show()
        qtbot.waitExposed(area)
        bar.setValue(0)
        send_mouse(area.viewport(), QEvent.MouseButtonPress, 250)
        for y in range(240, 40, -20):
            send_mouse(area.viewport(), QEvent.MouseMove, y)
        qtbot.waitUntil(lambda: bar.value() > 50)
        send_mouse(area.viewport(), QEvent.MouseButtonRelease, 40)
        area.hide()
    assert area.horizontalScrollBar().maximum() == 0
