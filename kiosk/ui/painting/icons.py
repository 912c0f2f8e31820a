"""Painted pictures shared by the screens: an animated widget, and the small icons."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QPointF, QRectF, Qt, QVariantAnimation
from PyQt5.QtGui import QColor, QHideEvent, QPainter, QPainterPath, QPen, QShowEvent
from PyQt5.QtWidgets import QWidget

from kiosk.ui.theme import colour

MIN_REPAINT_INTERVAL_MS: Final = 40  # Qt would repaint 60 times a second and take processor time from guidance


class Animated(QWidget):
    """A painted widget whose `phase` runs from 0 to 1 repeatedly, only while it is visible."""

    def __init__(self, period_ms: int) -> None:
        super().__init__()
        self.phase = 0.0
        self._period_ms = period_ms
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setDuration(period_ms)
        self._animation.setLoopCount(-1)
        self._animation.valueChanged.connect(self.advance)

    def is_running(self) -> bool:
        return self._animation.state() == QVariantAnimation.Running

    def freeze(self, phase: float) -> None:
        """Show one fixed phase, for pictures of the screens."""
        self._animation.stop()
        self.phase = phase
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self._animation.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._animation.stop()

    def advance(self, value: float) -> None:
        if abs(value - self.phase) * self._period_ms >= MIN_REPAINT_INTERVAL_MS:
            before, self.phase = self.phase, value
            if self.appearance(value) != self.appearance(before):
                self.update()

    def appearance(self, phase: float) -> float:
        """Return the value on which the picture depends; the widget is not repainted while the value is the same."""
        return phase


def create_painter(widget: QWidget) -> QPainter:
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setRenderHint(QPainter.SmoothPixmapTransform)
    return painter


def line_pen(shade: QColor, width: float, dash: list[float] | None = None) -> QPen:
    pen = QPen(shade, width, Qt.SolidLine, Qt.RoundCap, Qt.RoundJoin)
    if dash:
        pen.setDashPattern(dash)
    return pen


def smoothstep(t: float) -> float:
    """Return the smoothstep of `t`, limited to 0..1."""
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


class Icon(QWidget):
    """A round icon: tick, cross, question, dash, exclamation, or a picture of the consent screen."""

    COLOURS = {"tick": "accent", "cross": "brick", "question": "amber", "dash": "soft", "exclamation": "amber"}

    def __init__(self, kind: str, size: int = 44) -> None:
        super().__init__()
        self.kind = kind
        self.resize_to(size)

    def resize_to(self, size: int) -> None:
        self.setFixedSize(size, size)

    def set_kind(self, kind: str) -> None:
        self.kind = kind
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = create_painter(self)
        shade = colour(self.COLOURS.get(self.kind, "accent"))
        faint = QColor(shade)
        faint.setAlphaF(0.13)
        painter.setPen(Qt.NoPen)
        painter.setBrush(faint)
        side = float(self.width())
        painter.drawEllipse(QRectF(0, 0, side, side))
        painter.scale(side / 100, side / 100)
        painter.setPen(line_pen(shade, 8))
        painter.setBrush(Qt.NoBrush)
        painter.drawPath(_icon_path(self.kind))


def _icon_path(kind: str) -> QPainterPath:
    """Return the strokes of an icon on a square of 100."""
    path = QPainterPath()
    for stroke in _POLYLINES.get(kind, ()):
        path.moveTo(QPointF(*stroke[0]))
        for point in stroke[1:]:
            path.lineTo(QPointF(*point))
    for x, y, w, h in _ROUNDED_RECTS.get(kind, ()):
        path.addRoundedRect(QRectF(x, y, w, h), min(w, h) / 2 if w == h else 6, min(w, h) / 2 if w == h else 6)
    if kind == "question":
        path.moveTo(36, 40)
        path.cubicTo(36, 20, 66, 20, 64, 40)
        path.cubicTo(63, 52, 50, 50, 50, 62)
    return path


_POLYLINES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "tick": (((28, 52), (44, 68), (73, 34)),),
    "cross": (((34, 34), (66, 66)), ((66, 34), (34, 66))),
    "dash": (((32, 50), (68, 50)),),
    "question": (((50, 76), (50, 76.5)),),
    "exclamation": (((50, 26), (50, 56)), ((50, 73), (50, 73.5))),
    "camera": (((38, 34), (43, 27), (57, 27), (62, 34)),),
    "why": (((28, 44), (50, 34), (72, 44), (50, 54), (28, 44)), ((36, 50), (36, 64), (50, 70), (64, 64), (64, 50))),
    "where": (((30, 66), (30, 44), (50, 28), (70, 44), (70, 66), (30, 66)), ((50, 66), (50, 52))),
    "retention": (((50, 34), (50, 51), (62, 57)),),
}
_ROUNDED_RECTS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "camera": ((25, 34, 50, 36), (41, 43, 18, 18)),
    "retention": ((26, 26, 48, 48),),
}
