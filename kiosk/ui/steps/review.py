"""The review screen: the portrait as it will be submitted, and the verdict of each rule."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QPainterPath
from PyQt5.QtWidgets import QSizePolicy, QWidget

from kiosk.guidance.verdict import Outcome, failed_verdicts
from kiosk.ui.base import SplitScreen, fill_layout, row
from kiosk.ui.painting.icons import create_painter, line_pen
from kiosk.ui.theme import Scale, colour
from kiosk.ui.widgets.translated import Button, Label
from kiosk.ui.widgets.verdict_list import VerdictList
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts


class PortraitPicture(QWidget):
    """The portrait on a white mount; never mirrored, never retouched."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("portrait")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self._sha256 = ""
        self._image = QImage()

    @property
    def is_empty(self) -> bool:
        return self._image.isNull()

    def show_jpeg(self, jpeg: bytes, sha256: str) -> None:
        if sha256 != self._sha256:
            self._sha256, self._image = sha256, QImage.fromData(jpeg, "JPG")
            self.update()

    def clear(self) -> None:
        self._sha256, self._image = "", QImage()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 400)

    def paintEvent(self, event: object) -> None:
        if self._image.isNull():
            return
        painter = create_painter(self)
        mount = min(self.width(), self.height()) * 0.03
        scale = min(
            (self.width() - 2 * mount - 4) / self._image.width(), (self.height() - 2 * mount - 4) / self._image.height()
        )
        width, height = self._image.width() * scale, self._image.height() * scale
        box = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        outer = box.adjusted(-mount, -mount, mount, mount)
        for spread in range(8, 0, -2):
            shadow = QPainterPath()
            shadow.addRoundedRect(outer.adjusted(-spread / 2, 0, spread / 2, spread), mount * 0.6, mount * 0.6)
            painter.fillPath(shadow, colour("ink", 0.02))
        painter.setPen(line_pen(colour("line"), 1))
        painter.setBrush(colour("card"))
        painter.drawRoundedRect(outer, mount * 0.6, mount * 0.6)
        painter.drawImage(box, self._image)


class ReviewScreen(SplitScreen):
    accepted = pyqtSignal()
    retake_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("review")
        self.picture = PortraitPicture()
        self.shots = Label(role="accent", wrap=False)
        self.title = Label("screen.review.title", "title")
        self.lead = Label(role="lead")
        self.verdicts = VerdictList()
        self.accept_button = Button("screen.review.accept", "accept", "primary")
        self.retake_button = Button("screen.review.retake", "retake")
        self.accept_button.clicked.connect(self.accepted)
        self.retake_button.clicked.connect(self.retake_requested)
        self._head, self._buttons = QWidget(), QWidget()
        self._head_box = row(self._head)
        self._buttons_box = row(self._buttons)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        self.shots.set_key("screen.review.shots", number=visit.shot_count)
        if visit.portrait is None:
            return
        self.picture.show_jpeg(visit.portrait.jpeg, visit.portrait.sha256)
        self.verdicts.show_verdicts(visit.portrait.verdicts)
        failed = len(failed_verdicts(visit.portrait.verdicts))
        unsure = sum(verdict.outcome is Outcome.UNSURE for verdict in visit.portrait.verdicts)
        if failed:
            self.lead.set_key("screen.review.failed", number=failed)
        elif unsure:
            self.lead.set_key("screen.review.unsure", number=unsure)
        else:
            questions = len(visit.portrait.questions)
            key = "screen.review.passed_questions" if questions else "screen.review.passed"
            self.lead.set_key(key, **({"number": questions} if questions else {}))

    def clear(self) -> None:
        self.picture.clear()
        self.verdicts.clear()
        self.shots.clear()
        self.lead.clear()

    def update_layout(self, scale: Scale) -> None:
        self.verdicts.update_layout(scale)
        self._buttons_box.setSpacing(scale.px(28))
        fill_layout(self._buttons_box, scale, (self.retake_button, 2), (self.accept_button, 3))
        fill_layout(self._head_box, scale, (self.title, 1), (self.shots, Qt.AlignBottom))
        fill_layout(self.text_layout, scale, self._head, 4, self.lead, 28, (self.verdicts, 1), 28, self._buttons)
        if scale.tall:
            self.split(scale, self.picture, (7, 6), gap=40)
        else:
            self.split(scale, self.picture, (9, 11), gap=64)
            self._split_layout.setContentsMargins(scale.px(88), scale.px(4), scale.px(88), scale.px(40))
