"""The posing screen: the mirror, one big sentence, the countdown, the shot and its development."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.i18n import Message
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.hints import HELP_CALLED
from kiosk.ui.base import Halves, fill, row
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import Look
from kiosk.ui.widgets.live_view import LiveView, Mood
from kiosk.ui.widgets.shot_notice import ShotNotice
from kiosk.ui.widgets.transfer_bar import TransferBar
from kiosk.ui.widgets.translated import Button, Text
from kiosk.visit.state import VisitTimeouts, Step, VisitState
from kiosk.visit.transfer_progress import TransferProgress


class PoseScreen(Halves):
    """Serves the steps pose, countdown and shoot: the mirror must not blink between them."""

    left = pyqtSignal()
    help_asked = pyqtSignal()
    words_changed = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("pose")
        self.live = LiveView(look.standard)
        self.stage = Text(role="accent")
        self.hint = Text("screen.pose.waiting", "hint")
        self.hint.setObjectName("hint")
        self.hint.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Preferred)
        self.under = Text("screen.pose.camera", "lead")
        self.bar = TransferBar()
        self.notice = ShotNotice()
        self.notice.changed.connect(self._make_room)
        self.leave = Button("screen.leave", "pose_leave", "quiet")
        self.leave.clicked.connect(self.left)
        self.help = Button("screen.help", "pose_help", "quiet")
        self.help.clicked.connect(self.help_asked)
        self._ways = QWidget()
        self._ways_box = row(self._ways)
        self._advice: Advice | None = None
        self._step = Step.IDLE
        self._shots_before = 0
        self._helped = False

    def show_sitting(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        if sitting.step is not self._step:
            if self._step is Step.SHOOT:
                self._advice = None  # it spoke of the frame before the shot
            self._step = sitting.step
            self._shots_before = sitting.shots
        self._helped = sitting.calls_for_help
        self.notice.show_sitting(sitting)
        self.leave.setVisible(sitting.step is Step.POSE)
        self.help.setVisible(sitting.step is Step.POSE)
        if sitting.step is Step.COUNTDOWN:
            self._count(sitting, now, pace)
        elif sitting.step is Step.SHOOT:
            self._shoot(kept=sitting.shots > self._shots_before)
        else:
            self._pose()
        self._make_room()

    @property
    def content(self) -> tuple[object, ...]:
        """What decides how much room the words need."""
        return self.hint.text(), self.under.text(), self.notice.isHidden(), self.leave.isHidden()

    @property
    def developing(self) -> bool:
        return self.live.mood is Mood.DEVELOP

    def show_advice(self, advice: Advice) -> None:
        before = self._advice
        self._advice = advice
        self.live.follow(advice.face)
        if self._step is Step.POSE:
            self._tell_advice(advice)
            if before is None or _words_of(before) != _words_of(advice):
                self.words_changed.emit()

    def show_transfer(self, transfer: TransferProgress | None) -> None:
        """How far a photo is that takes long to come; None: there is none, or nothing is to be said of it."""
        if transfer is None or self._step is not Step.SHOOT or self.developing:
            self.bar.hide()
            return
        self.stage.say("screen.pose.taken")
        if transfer.percent is None:
            self.hint.say("device.transfer_unknown")
        else:
            self.hint.say("device.transfer", percent=transfer.percent)
        self.under.say("device.transfer_more")
        self.bar.show_percent(transfer.percent)
        self.words_changed.emit()

    def leave_off(self) -> None:
        """What was said of the last pose is not said of the next."""
        self.live.clear()
        self.live.note.tell("")
        self.bar.hide()
        self.notice.wipe()
        self._advice = None
        self._step = Step.IDLE

    def wipe(self) -> None:
        self.leave_off()
        self.stage.wipe()
        self.hint.say("screen.pose.waiting")

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.stage, self.hint, self.under)
        self.notice.arrange(scale)
        self.live.note.arrange(scale)
        self.bar.arrange(scale)
        self._ways_box.setSpacing(scale.px(20))
        fill(self._ways_box, scale, self.leave, self.help)
        parts = (self.notice, 28, self.stage, 16, self.hint, 20, self.under, 24, self.bar)
        fill(self.words_box, scale, 1.0, *parts, 1.0, (self._ways, side))
        if scale.tall:
            self.halve(scale, self.live, (5, 2), gap=36)
            self._rows.setContentsMargins(scale.px(40), scale.px(10), scale.px(40), scale.px(48))
        else:
            self.halve(scale, self.live, (66, 34), gap=52)
            self._rows.setContentsMargins(scale.px(40), scale.px(4), scale.px(88), scale.px(40))

    def _pose(self) -> None:
        self.under.say("screen.pose.camera")
        if self._advice is None:
            self.live.feel(Mood.SEEK)
            self.live.note.tell("")
            self.hint.say("screen.pose.waiting")
            self._say_stage(ready=False)
        else:
            self._tell_advice(self._advice)

    def _make_room(self) -> None:
        """The reason of a refused shot is the more important word."""
        self.under.setHidden(not self.notice.isHidden())
        self.words_changed.emit()

    def _tell_advice(self, advice: Advice) -> None:
        self.hint.tell(Message(advice.hint, advice.values))
        self.under.say(HELP_CALLED if self._helped else "screen.pose.camera")
        self._say_stage(advice.ready)
        self.live.feel(Mood.RIGHT if advice.ready else Mood.SEEK)
        self.live.note.tell(advice.operator_hint)

    def _say_stage(self, ready: bool) -> None:
        if ready:
            self.stage.say("screen.pose.right")
        elif self._shots_before:
            self.stage.say("screen.pose.again", number=self._shots_before + 1)
        else:
            self.stage.say("screen.pose.stage")

    def _count(self, sitting: VisitState, now: float, pace: VisitTimeouts) -> None:
        share = (now - sitting.since) / pace.countdown if pace.countdown > 0 else 1.0
        self._say("screen.pose.right", "screen.pose.hold", "screen.pose.look")
        self.live.feel(Mood.COUNT, sitting.seconds_left(now, pace), share)

    def _shoot(self, kept: bool) -> None:
        if kept:
            self._say("screen.pose.taken", "screen.pose.developing", "screen.pose.moment")
        else:
            self._say("screen.pose.right", "screen.pose.still", "screen.pose.look")
        self.live.feel(Mood.DEVELOP if kept else Mood.HOLD)

    def _say(self, stage: str, hint: str, under: str) -> None:
        self.live.note.tell("")
        for text, key in ((self.stage, stage), (self.hint, hint), (self.under, under)):
            text.say(key)


def _words_of(advice: Advice) -> tuple[object, ...]:
    return advice.hint, advice.values
