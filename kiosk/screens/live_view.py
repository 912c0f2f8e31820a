"""The mirror: live frames at camera speed, with the outline of the standard on them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, QVariantAnimation
from PyQt5.QtGui import QImage, QPainter, QPainterPath
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.standard import PhotoStandard
from kiosk.screens.drawing import line
from kiosk.screens.outline import Area, Outline, outline_of, portrait_area
from kiosk.screens.ring import paint_developing, paint_ring
from kiosk.screens.theme import colour

AREA_SHARE: Final = 0.70


class Mood(StrEnum):
    """What the mirror shows over the picture."""

    SEEK = "seek"
    RIGHT = "right"
    COUNT = "count"
    HOLD = "hold"
    DEVELOP = "develop"


class LiveView(QWidget):
    """Paints the newest frame mirrored, as a person knows herself from a mirror; the shot itself is never mirrored."""

    def __init__(self, standard: PhotoStandard) -> None:
        super().__init__()
        self.setObjectName("live")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._standard = standard
        self._outline = outline_of(standard)
        self._image: QImage | None = None
        self.mood = Mood.SEEK
        self.number = 0
        self.share = 0.0
        self._flash = _fading(self, 420, loop=False)
        self._turning = _fading(self, 1600, loop=True)

    def sizeHint(self) -> QSize:
        return QSize(400, 300)

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """RGB, height x width x 3. The newest frame replaces the last one; nothing older is kept."""
        height, width = pixels.shape[:2]
        solid = np.ascontiguousarray(pixels)
        # RGB32 is the format that Qt paints without converting (measured); the conversion copies, so that the image
        # owns its memory and the caller's buffer may go.
        borrowed = QImage(solid.data, width, height, width * 3, QImage.Format_RGB888)  # type: ignore[call-overload]
        self._image = borrowed.convertToFormat(QImage.Format_RGB32)
        self.update()

    def clear(self) -> None:
        self._image = None
        self.mood, self.number, self.share = Mood.SEEK, 0, 0.0
        self._flash.stop()
        self._turning.stop()
        self.update()

    @property
    def empty(self) -> bool:
        return self._image is None

    def feel(self, mood: Mood, number: int = 0, share: float = 0.0) -> None:
        """The mood; in COUNT also the number shown and the share (0..1) of the countdown that is over."""
        if mood is Mood.HOLD and self.mood is not Mood.HOLD:
            self._flash.start()
        if (mood is Mood.DEVELOP) != (self.mood is Mood.DEVELOP):
            self._turning.start() if mood is Mood.DEVELOP else self._turning.stop()
        if (mood, number, share) != (self.mood, self.number, self.share):
            self.mood, self.number, self.share = mood, number, share
            self.update()

    def repaint_phase(self, _: float) -> None:
        self.update()

    def still(self, phase: float) -> None:
        """One still phase of flash and development, for pictures of the screens."""
        self._flash.stop()
        self._turning.stop()
        self._turning.setCurrentTime(round(phase * self._turning.duration()))

    def shown_area(self) -> tuple[Area, Area]:
        """Where the mirrored frame and the portrait's area lie on this widget, in its pixels.

        The picture is drawn as large as lets the area fill AREA_SHARE of the height, and half of the width at most;
        it always covers as much of the widget as it can."""
        width, height = (self._image.width(), self._image.height()) if self._image else (4, 3)
        area = portrait_area(width, height, self._standard)
        closest = min(self.height() * AREA_SHARE / area.height, self.width() * 0.62 / area.width)
        scale = max(closest, min(self.width() / width, self.height() / height))
        frame_width, frame_height = width * scale, height * scale
        area_x, area_y = (width - area.x - area.width) * scale, area.y * scale  # mirrored
        left = _slide(self.width(), frame_width, area_x + area.width * scale / 2)
        top = _slide(self.height(), frame_height, area_y + area.height * scale / 2)
        frame = Area(left, top, frame_width, frame_height)
        return frame, Area(left + area_x, top + area_y, area.width * scale, area.height * scale)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        frame, area = self.shown_area()
        seen = _rect(frame).intersected(QRectF(self.rect()))
        rounded = QPainterPath()
        rounded.addRoundedRect(seen, self.height() * 0.028, self.height() * 0.028)
        painter.fillPath(rounded, colour("night"))
        painter.setClipPath(rounded)
        if self._image is not None:
            painter.save()
            painter.setRenderHint(QPainter.SmoothPixmapTransform)
            painter.translate(frame.x + frame.width, frame.y)
            painter.scale(-frame.width / self._image.width(), frame.height / self._image.height())
            painter.drawImage(0, 0, self._image)
            painter.restore()
        self._paint_over(painter, area)

    def _paint_over(self, painter: QPainter, area: Area) -> None:
        outside = QPainterPath()
        outside.addRect(QRectF(self.rect()))
        inside = QPainterPath()
        inside.addRoundedRect(_rect(area), area.width * 0.02, area.width * 0.02)
        painter.fillPath(outside.subtracted(inside), colour("night", 0.32))
        if self.mood is Mood.DEVELOP:
            painter.fillPath(inside, colour("night", 0.9))
            paint_developing(painter, area, float(self._turning.currentValue() or 0.0))
            return
        paint_outline(painter, area, self._outline, self.mood)
        if self.mood is Mood.COUNT:
            paint_ring(painter, area, self.number, self.share)
        if self._flash.state() == QVariantAnimation.Running:
            white = colour("card", 0.9 * (1 - float(self._flash.currentValue() or 0.0)))
            painter.fillRect(self.rect(), white)


def paint_outline(painter: QPainter, area: Area, outline: Outline, mood: Mood) -> None:
    """Dashed and white while seeking, one calm green line when all is right."""
    right = mood is not Mood.SEEK
    path = outline_path(area, outline)
    painter.save()
    painter.setClipRect(_rect(area), Qt.IntersectClip)
    thick = area.width / 160
    painter.setPen(line(colour("night", 0.16), thick * 3))
    painter.drawPath(path)
    shade = colour("calm") if right else colour("card")
    painter.setPen(line(shade, thick * 1.5 if right else thick * 1.2, None if right else [3, 3]))
    painter.drawPath(path)
    painter.setPen(line(shade, thick))
    for side in (-1, 1):  # the eye line, beside the head
        for edge in (0.16, 0.22):
            start = area.place(outline.centre + side * (outline.half_face + edge - 0.10), outline.eye_line)
            stop = area.place(outline.centre + side * (outline.half_face + edge - 0.07), outline.eye_line)
            painter.drawLine(QPointF(*start), QPointF(*stop))
    painter.restore()
    painter.setPen(line(shade, thick * 0.8))
    painter.setBrush(Qt.NoBrush)
    painter.drawRoundedRect(_rect(area), area.width * 0.02, area.width * 0.02)


def outline_path(area: Area, outline: Outline) -> QPainterPath:
    """The head oval from hair top to chin, as wide as the face, and the shoulders, in the pixels of `area`."""
    path = QPainterPath()
    left, top = area.place(outline.centre - outline.half_face, outline.hair_top)
    right, bottom = area.place(outline.centre + outline.half_face, outline.chin)
    path.addEllipse(QRectF(QPointF(left, top), QPointF(right, bottom)))
    for side in (-1, 1):
        _shoulder(path, area, outline, side)
    return path


def _shoulder(path: QPainterPath, area: Area, o: Outline, side: int) -> None:
    neck_x = o.centre + side * o.half_neck
    tip_x = o.centre + side * o.half_shoulders
    under_jaw = o.chin - 0.028
    collar = o.shoulder_line - 0.035
    path.moveTo(*area.place(neck_x, under_jaw))
    path.cubicTo(
        QPointF(*area.place(neck_x, collar)),
        QPointF(*area.place(neck_x + side * 0.02, collar + 0.02)),
        QPointF(*area.place(neck_x + side * 0.14, o.shoulder_line + 0.03)),
    )
    path.cubicTo(
        QPointF(*area.place(o.centre + side * 0.44, o.shoulder_line + 0.075)),
        QPointF(*area.place(tip_x - side * 0.12, o.shoulder_line + 0.12)),
        QPointF(*area.place(tip_x, 1.02)),
    )


def _slide(room: float, length: float, middle: float) -> float:
    """Where a picture of that length begins so that its `middle` is centred in the room without baring an edge."""
    if length <= room:
        return (room - length) / 2
    return min(0.0, max(room - length, room / 2 - middle))


def _rect(area: Area) -> QRectF:
    return QRectF(area.x, area.y, area.width, area.height)


def _fading(owner: LiveView, milliseconds: int, loop: bool) -> QVariantAnimation:
    fading = QVariantAnimation(owner)
    fading.setStartValue(0.0)
    fading.setEndValue(1.0)
    fading.setDuration(milliseconds)
    fading.setLoopCount(-1 if loop else 1)
    # A method of the widget, no lambda: Qt then cuts the connection when the widget goes.
    fading.valueChanged.connect(owner.repaint_phase)
    return fading
