"""The live view: mirrored frames at camera speed, with the area of the portrait."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt5.QtCore import QRect, QRectF, QSize, QVariantAnimation
from PyQt5.QtGui import QImage, QPainter, QPainterPath, QResizeEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.standards.registry import PhotoStandard
from kiosk.guidance.coaching.advice import FaceBox
from kiosk.ui.painting.animation import SmoothedFraming, SmoothedValue
from kiosk.ui.painting.countdown_ring import paint_processing, paint_ring, processing_rect, ring_rect
from kiosk.ui.painting.icons import MIN_REPAINT_INTERVAL_MS
from kiosk.ui.painting.outline import Area, portrait_framing
from kiosk.ui.painting.outline_painting import paint_outline, to_qrect
from kiosk.ui.theme import colour
from kiosk.ui.widgets.staff_hint import StaffHint

# The largest share of the view's width and height for the portrait's area in its ideal place.
MAX_AREA_SHARE: Final = (0.62, 0.76)


class Phase(StrEnum):
    """The overlay on the live view."""

    SEEKING = "seeking"
    READY = "ready"
    COUNTDOWN = "countdown"
    SHOOTING = "shooting"
    PROCESSING = "processing"


class LiveView(QWidget):
    """Paints the newest frame mirrored, like a mirror; the shot itself is never mirrored."""

    def __init__(self, standard: PhotoStandard, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("live")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._standard = standard
        self._image: QImage | None = None
        self._face: FaceBox | None = None
        self._home_framing = portrait_framing(*self._frame_size(), standard)
        self._framing, self._readiness = SmoothedFraming(self._home_framing, clock), SmoothedValue(clock)
        self.staff_hint = StaffHint(self)
        self._clock, self._painted_step_at = clock, -math.inf
        self.phase = Phase.SEEKING
        self.number = 0
        self.progress = 0.0
        self._shutter_flash = _create_animation(self, 420, loop=False)
        self._processing_animation = _create_animation(self, 1600, loop=True)

    def sizeHint(self) -> QSize:
        return QSize(400, 300)

    def show_frame(self, pixels: NDArray[np.uint8]) -> None:
        """Show a frame, RGB, height x width x 3. It replaces the last one; nothing older is stored."""
        height, width = pixels.shape[:2]
        contiguous = np.ascontiguousarray(pixels)
        # RGB32 is the format that Qt paints without converting (measured); the conversion copies, so that the image
        # owns its memory and the caller's buffer can be freed.
        unowned = QImage(contiguous.data, width, height, width * 3, QImage.Format_RGB888)  # type: ignore[call-overload]
        resized = (width, height) != self._frame_size()
        self._image = unowned.convertToFormat(QImage.Format_RGB32)
        if resized:
            self._reset_crop()
            self._place_staff_hint()
        self._framing.advance()
        self.update()

    def track_face(self, face: FaceBox | None) -> None:
        """Move the portrait's frame with the face as far as the live rules allow, and back without a face."""
        if face != self._face:
            self._face = face
            self._framing.set_target(
                portrait_framing(*self._frame_size(), self._standard, face) if face else self._home_framing
            )

    def clear(self) -> None:
        self._image, self._face = None, None
        self._reset_crop()
        self.phase, self.number, self.progress = Phase.SEEKING, 0, 0.0
        self._readiness.reset()
        self._shutter_flash.stop()
        self._processing_animation.stop()
        self.update()

    @property
    def is_empty(self) -> bool:
        return self._image is None

    def set_phase(self, phase: Phase, number: int = 0, progress: float = 0.0) -> None:
        """Set the phase; in COUNTDOWN also the number and the share (0..1) of the countdown that has passed."""
        if phase is Phase.SHOOTING and self.phase is not Phase.SHOOTING:
            self._shutter_flash.start()
        if (phase is Phase.PROCESSING) != (self.phase is Phase.PROCESSING):
            self._processing_animation.start() if phase is Phase.PROCESSING else self._processing_animation.stop()
        if (phase, number) != (self.phase, self.number):
            self._readiness.set_target(phase is not Phase.SEEKING)
            self.update()
        elif progress != self.progress:
            self.update(self._ring_rect())
        self.phase, self.number, self.progress = phase, number, progress

    def on_animation_step(self, value: float) -> None:
        """Repaint at most 25 times a second, and at the end; the 60 times of Qt would slow the engine down."""
        now = self._clock()
        if now - self._painted_step_at >= MIN_REPAINT_INTERVAL_MS / 1000 or value == 1.0:
            self._painted_step_at = now
            self.update(self._animated_rect())

    def _animated_rect(self) -> QRect:
        """Return the part of the widget that the animations change; repainting the whole frame takes too long."""
        if self.phase is not Phase.PROCESSING:
            return self.rect()
        return processing_rect(self.frame_and_portrait_area()[1]).toAlignedRect()

    def _ring_rect(self) -> QRect:
        """Return the part of the widget that the countdown changes between two frames."""
        return ring_rect(self.frame_and_portrait_area()[1], self._framing.current.outline).toAlignedRect()

    def freeze(self, phase: float) -> None:
        """Show one fixed phase of shutter and processing, for pictures of the screens."""
        self._shutter_flash.stop()
        self._processing_animation.stop()
        self._processing_animation.setCurrentTime(round(phase * self._processing_animation.duration()))

    def frame_and_portrait_area(self) -> tuple[Area, Area]:
        """Return the places of the mirrored frame and of the portrait's area on this widget, in its pixels.

        The frame covers the widget, unless the area would exceed MAX_AREA_SHARE; the portrait's ideal place is moved
        towards the middle. The frame does not move when the portrait's area follows a face.
        """
        width, height = self._frame_size()
        ideal = self._home_framing.pixel_area(width, height)
        least, most = sorted((self.width() / width, self.height() / height))
        closest = min(self.width() * MAX_AREA_SHARE[0] / ideal.width, self.height() * MAX_AREA_SHARE[1] / ideal.height)
        scale = max(least, min(most, closest))
        frame_width, frame_height = width * scale, height * scale
        left = _centred_start(self.width(), frame_width, (width - ideal.x - ideal.width / 2) * scale)  # mirrored
        top = _centred_start(self.height(), frame_height, (ideal.y + ideal.height / 2) * scale)
        portrait = self._framing.current.pixel_area(frame_width, frame_height)
        area = Area(left + frame_width - portrait.x - portrait.width, top + portrait.y, portrait.width, portrait.height)
        return Area(left, top, frame_width, frame_height), area

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_staff_hint()

    def _reset_crop(self) -> None:
        """Move the portrait's frame to the ideal place of a face at once, in frames of the present size."""
        self._home_framing = portrait_framing(*self._frame_size(), self._standard)
        self._framing.jump_to(self._home_framing)

    def _frame_size(self) -> tuple[int, int]:
        return (self._image.width(), self._image.height()) if self._image else (4, 3)

    def _place_staff_hint(self) -> None:
        self.staff_hint.set_picture_rect(to_qrect(self.frame_and_portrait_area()[0]).intersected(QRectF(self.rect())))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        frame, area = self.frame_and_portrait_area()
        visible = to_qrect(frame).intersected(QRectF(self.rect()))
        rounded = QPainterPath()
        rounded.addRoundedRect(visible, self.height() * 0.028, self.height() * 0.028)
        painter.fillPath(rounded, colour("night"))
        if self._image is not None:
            painter.save()
            painter.setClipPath(rounded)
            painter.setRenderHint(QPainter.SmoothPixmapTransform)
            painter.translate(frame.x + frame.width, frame.y)
            painter.scale(-frame.width / self._image.width(), frame.height / self._image.height())
            painter.drawImage(0, 0, self._image)
            painter.restore()
        painter.setClipRect(visible)  # painting inside the rounded clip takes twice the time
        self._paint_overlay(painter, area, rounded)

    def _paint_overlay(self, painter: QPainter, area: Area, rounded: QPainterPath) -> None:
        if self.phase is Phase.PROCESSING:
            painter.fillPath(rounded, colour("night", 0.82))
            paint_processing(painter, area, float(self._processing_animation.currentValue() or 0.0))
            return
        outside = QPainterPath(rounded)  # with a hole: Qt fills by the odd-even rule
        hole = to_qrect(area).intersected(rounded.boundingRect())
        outside.addRoundedRect(hole, area.width * 0.02, area.width * 0.02)
        painter.fillPath(outside, colour("night", 0.32))
        outline = self._framing.current.outline
        paint_outline(painter, area, outline, self._readiness.advance())
        if self.phase is Phase.COUNTDOWN:
            paint_ring(painter, ring_rect(area, outline), self.number, self.progress)
        if self._shutter_flash.state() == QVariantAnimation.Running:
            painter.fillPath(rounded, colour("night", 0.5 * (1 - float(self._shutter_flash.currentValue() or 0.0))))


def _centred_start(available: float, length: float, middle: float) -> float:
    """Return where a picture of that length begins so that its `middle` is centred without showing an edge."""
    if length <= available:
        return (available - length) / 2
    return min(0.0, max(available - length, available / 2 - middle))


def _create_animation(owner: LiveView, milliseconds: int, loop: bool) -> QVariantAnimation:
    animation = QVariantAnimation(owner)
    animation.setStartValue(0.0)
    animation.setEndValue(1.0)
    animation.setDuration(milliseconds)
    animation.setLoopCount(-1 if loop else 1)
    # A method of the widget, no lambda: Qt then disconnects when the widget is deleted.
    animation.valueChanged.connect(owner.on_animation_step)
    return animation
