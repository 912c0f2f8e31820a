"""The posing screen: the live view, one big sentence, the countdown, the shot and the making of the portrait."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.i18n import Message
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.hints import HELP_CALLED
from kiosk.ui.base import SplitScreen, fill_layout, row
from kiosk.ui.theme import Scale
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.widgets.live_view import LiveView, Phase
from kiosk.ui.widgets.shot_notice import ShotNotice
from kiosk.ui.widgets.transfer_bar import TransferBar
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.transfer_progress import TransferProgress


class PoseScreen(SplitScreen):
    """Serves the steps pose, countdown and shoot, because the live view must not flicker between them."""

    leave_requested = pyqtSignal()
    help_requested = pyqtSignal()
    text_changed = pyqtSignal()

    def __init__(self, ui_settings: UiSettings) -> None:
        super().__init__("pose")
        self.live_view = LiveView(ui_settings.standard)
        self.stage = Label(role="accent")
        self.hint = Label("screen.pose.waiting", "hint")
        self.hint.setObjectName("hint")
        self.hint.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Preferred)
        self.secondary = Label("screen.pose.camera", "lead")
        self.transfer_bar = TransferBar()
        self.notice = ShotNotice()
        self.notice.changed.connect(self._on_notice_changed)
        self.leave_button = Button("screen.leave", "pose_leave", "quiet")
        self.leave_button.clicked.connect(self.leave_requested)
        self.help_button = Button("screen.help", "pose_help", "quiet")
        self.help_button.clicked.connect(self.help_requested)
        self._buttons = QWidget()
        self._buttons_layout = row(self._buttons)
        self._advice: Advice | None = None
        self._step = Step.IDLE
        self._shots_before = 0
        self._help_called = False

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        if visit.step is not self._step:
            if self._step is Step.SHOOT:
                self._advice = None  # it belongs to the frame before the shot
            self._step = visit.step
            self._shots_before = visit.shot_count
        self._help_called = visit.is_help_pending
        self.notice.show_visit(visit)
        self.leave_button.setVisible(visit.step is Step.POSE)
        self.help_button.setVisible(visit.step is Step.POSE)
        if visit.step is Step.COUNTDOWN:
            self._show_countdown(visit, now, timeouts)
        elif visit.step is Step.SHOOT:
            self._show_shooting(saved=visit.shot_count > self._shots_before)
        else:
            self._pose()
        self._on_notice_changed()

    @property
    def content(self) -> tuple[object, ...]:
        """The values that determine the height of the text."""
        return self.hint.text(), self.secondary.text(), self.notice.isHidden(), self.leave_button.isHidden()

    @property
    def processing(self) -> bool:
        return self.live_view.phase is Phase.PROCESSING

    def show_advice(self, advice: Advice) -> None:
        before = self._advice
        self._advice = advice
        self.live_view.track_face(advice.face)
        if self._step is Step.POSE:
            self._update_advice(advice)
            if before is None or _advice_content(before) != _advice_content(advice):
                self.text_changed.emit()

    def show_transfer(self, transfer: TransferProgress | None) -> None:
        """Show the progress of a photo that takes long to arrive; None hides it."""
        if transfer is None or self._step is not Step.SHOOT or self.processing:
            self.transfer_bar.hide()
            return
        self.stage.set_key("screen.pose.taken")
        if transfer.percent is None:
            self.hint.set_key("device.transfer_unknown")
        else:
            self.hint.set_key("device.transfer", percent=transfer.percent)
        self.secondary.set_key("device.transfer_more")
        self.transfer_bar.show_percent(transfer.percent)
        self.text_changed.emit()

    def on_leave(self) -> None:
        """Remove the hint of the last pose before the next."""
        self.live_view.clear()
        self.live_view.staff_hint.set_hint("")
        self.transfer_bar.hide()
        self.notice.clear()
        self._advice = None
        self._step = Step.IDLE

    def clear(self) -> None:
        self.on_leave()
        self.stage.clear()
        self.hint.set_key("screen.pose.waiting")

    def update_layout(self, scale: Scale) -> None:
        side = self.align_labels(scale, self.stage, self.hint, self.secondary)
        self.notice.update_layout(scale)
        self.live_view.staff_hint.update_layout(scale)
        self.transfer_bar.update_layout(scale)
        self._buttons_layout.setSpacing(scale.px(20))
        fill_layout(self._buttons_layout, scale, self.leave_button, self.help_button)
        parts = (self.notice, 28, self.stage, 16, self.hint, 20, self.secondary, 24, self.transfer_bar)
        fill_layout(self.text_layout, scale, 1.0, *parts, 1.0, (self._buttons, side))
        if scale.tall:
            self.split(scale, self.live_view, (5, 2), gap=36)
            self._split_layout.setContentsMargins(scale.px(40), scale.px(10), scale.px(40), scale.px(48))
        else:
            self.split(scale, self.live_view, (66, 34), gap=52)
            self._split_layout.setContentsMargins(scale.px(40), scale.px(4), scale.px(88), scale.px(40))

    def _pose(self) -> None:
        self.secondary.set_key("screen.pose.camera")
        if self._advice is None:
            self.live_view.set_phase(Phase.SEEKING)
            self.live_view.staff_hint.set_hint("")
            self.hint.set_key("screen.pose.waiting")
            self._set_stage(ready=False)
        else:
            self._update_advice(self._advice)

    def _on_notice_changed(self) -> None:
        """Hide the secondary text while the reason of a rejected shot is shown."""
        self.secondary.setHidden(not self.notice.isHidden())
        self.text_changed.emit()

    def _update_advice(self, advice: Advice) -> None:
        self.hint.set_message(Message(advice.hint, advice.values))
        self.secondary.set_key(HELP_CALLED if self._help_called else "screen.pose.camera")
        self._set_stage(advice.ready)
        self.live_view.set_phase(Phase.READY if advice.ready else Phase.SEEKING)
        self.live_view.staff_hint.set_hint(advice.operator_hint)

    def _set_stage(self, ready: bool) -> None:
        if ready:
            self.stage.set_key("screen.pose.right")
        elif self._shots_before:
            self.stage.set_key("screen.pose.again", number=self._shots_before + 1)
        else:
            self.stage.set_key("screen.pose.stage")

    def _show_countdown(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        share = (now - visit.since) / timeouts.countdown if timeouts.countdown > 0 else 1.0
        self._set_texts("screen.pose.right", "screen.pose.hold", "screen.pose.look")
        self.live_view.set_phase(Phase.COUNTDOWN, visit.countdown_seconds(now, timeouts), share)

    def _show_shooting(self, saved: bool) -> None:
        if saved:
            self._set_texts("screen.pose.taken", "screen.pose.developing", "screen.pose.moment")
        else:
            self._set_texts("screen.pose.right", "screen.pose.still", "screen.pose.look")
        self.live_view.set_phase(Phase.PROCESSING if saved else Phase.SHOOTING)

    def _set_texts(self, stage: str, hint: str, secondary: str) -> None:
        self.live_view.staff_hint.set_hint("")
        for text, key in ((self.stage, stage), (self.hint, hint), (self.secondary, secondary)):
            text.set_key(key)


def _advice_content(advice: Advice) -> tuple[object, ...]:
    return advice.hint, advice.values
