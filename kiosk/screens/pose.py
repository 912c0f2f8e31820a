"""The posing screen: the mirror, one big sentence, the countdown, the shot and its development."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QSizePolicy

from kiosk.guidance.advice import Advice
from kiosk.screens.live_view import LiveView, Mood
from kiosk.screens.look import Look
from kiosk.screens.screen import Halves, Notice, fill
from kiosk.screens.speech import Button, Text
from kiosk.screens.theme import Scale
from kiosk.sitting import Pace, Saying, Sitting, Step


class PoseScreen(Halves):
    """Serves the steps pose, countdown and shoot: the mirror must not blink between them."""

    left = pyqtSignal()

    def __init__(self, look: Look) -> None:
        super().__init__("pose")
        self.live = LiveView(look.standard)
        self.stage = Text(role="accent")
        self.hint = Text("screen.pose.waiting", "hint")
        self.hint.setObjectName("hint")
        self.hint.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Preferred)
        self.under = Text("screen.pose.camera", "lead")
        self.notice = Notice("shot_notice")
        self.operator = Notice("operator_notice", "mist")
        self.leave = Button("screen.leave", "pose_leave", "quiet")
        self.leave.clicked.connect(self.left)
        self._advice: Advice | None = None
        self._step = Step.IDLE
        self._shots_before = 0

    def show_sitting(self, sitting: Sitting, now: float, pace: Pace) -> None:
        if sitting.step is not self._step:
            if self._step is Step.SHOOT:
                self._advice = None  # it spoke of the frame before the shot
            self._step = sitting.step
            self._shots_before = sitting.shots
        self.notice.setVisible(sitting.notice is not None)
        self.notice.text.tell(sitting.notice)
        posing = sitting.step is Step.POSE
        self.leave.setVisible(posing)
        self.operator.setVisible(posing and self._advice is not None and bool(self._advice.operator))
        if sitting.step is Step.COUNTDOWN:
            self._count(sitting, now, pace)
        elif sitting.step is Step.SHOOT:
            self._shoot(kept=sitting.shots > self._shots_before)
        else:
            self._pose(sitting)

    @property
    def content(self) -> tuple[object, ...]:
        """What decides how much room the words need."""
        advice = self._advice
        return (advice.hint, bool(advice.operator)) if advice and self._step is Step.POSE else ()

    @property
    def developing(self) -> bool:
        return self.live.mood is Mood.DEVELOP

    def show_advice(self, advice: Advice) -> None:
        self._advice = advice
        if self._step is Step.POSE:
            self._tell_advice()

    def leave_off(self) -> None:
        """What was said of the last pose is not said of the next."""
        self.live.clear()
        self._advice = None
        self._step = Step.IDLE

    def wipe(self) -> None:
        self.leave_off()
        self.notice.text.wipe()
        self.operator.text.wipe()
        self.stage.wipe()
        self.hint.say("screen.pose.waiting")

    def arrange(self, scale: Scale) -> None:
        side = self.align(scale, self.stage, self.hint, self.under)
        self.notice.arrange(scale)
        self.operator.arrange(scale)
        parts = (self.stage, 16, self.hint, 20, self.under, 28, self.notice, 12, self.operator)
        fill(self.words_box, scale, 1.0, *parts, 1.0, (self.leave, side))
        if scale.tall:
            self.halve(scale, self.live, (5, 2), gap=36)
            self._rows.setContentsMargins(scale.px(40), scale.px(10), scale.px(40), scale.px(48))
        else:
            self.halve(scale, self.live, (68, 32), gap=56)
            self._rows.setContentsMargins(scale.px(40), scale.px(4), scale.px(88), scale.px(40))

    def _pose(self, sitting: Sitting) -> None:
        self.under.setHidden(sitting.notice is not None)
        self.under.say("screen.pose.camera")
        if self._advice is None:
            self.live.feel(Mood.SEEK)
            self.hint.say("screen.pose.waiting")
            self._say_stage(ready=False)
        else:
            self._tell_advice()

    def _tell_advice(self) -> None:
        advice = self._advice
        if advice is None:
            return
        self.hint.tell(Saying(advice.hint, advice.values))
        self._say_stage(advice.ready)
        self.live.feel(Mood.RIGHT if advice.ready else Mood.SEEK)
        self.operator.setVisible(bool(advice.operator))
        self.under.setHidden(bool(advice.operator) or self.notice.isVisibleTo(self))
        self.operator.text.tell(Saying(advice.operator) if advice.operator else None)

    def _say_stage(self, ready: bool) -> None:
        if ready:
            self.stage.say("screen.pose.right")
        elif self._shots_before:
            self.stage.say("screen.pose.again", number=self._shots_before + 1)
        else:
            self.stage.say("screen.pose.stage")

    def _count(self, sitting: Sitting, now: float, pace: Pace) -> None:
        share = (now - sitting.since) / pace.countdown if pace.countdown > 0 else 1.0
        self.stage.say("screen.pose.right")
        self.hint.say("screen.pose.hold")
        self.under.say("screen.pose.look")
        self.under.show()
        self.live.feel(Mood.COUNT, sitting.seconds_left(now, pace), share)

    def _shoot(self, kept: bool) -> None:
        self.stage.say("screen.pose.right")
        self.hint.say("screen.pose.developing" if kept else "screen.pose.still")
        self.under.say("screen.pose.moment" if kept else "screen.pose.look")
        self.live.feel(Mood.DEVELOP if kept else Mood.HOLD)
