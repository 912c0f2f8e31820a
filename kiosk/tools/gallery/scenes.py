"""The states of the screens that the gallery draws, in the order of a visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from config.i18n import Message
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.prompts import prompts
from kiosk.tools.gallery.mannequin import document_frame, live_frame
from kiosk.tools.gallery.sample_data import ENROLMENTS, SITTER, portrait_of, sheet_status, status_of
from kiosk.ui.operator.status import SheetStatus
from kiosk.ui.ui_settings import UiSettings
from kiosk.ui.window import KioskWindow
from kiosk.upload.order import PaymentCode
from kiosk.visit.payment import Fee, PaymentPhase, PaymentStatus
from kiosk.visit.sitter import DocumentSummary, Sitter
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.transfer_progress import TransferProgress

Scene = tuple[str, Callable[[], object]]
"""The name of a picture, and a function that puts the window into its state."""

NOW: Final = 100.0
_READY: Final = Advice("hint.hold", ready=True, steady_for=0.5)
_MOVE_RIGHT: Final = Advice("hint.move_right", operator_hint="operator.backdrop_shadow")
_CAMERA_LOST: Final = Message("camera.lost")
_FEE: Final = Fee("a" * 32, "示范大学 · 2026 · 计算机", 3000, before_capture=False)
_ENDED_WITH_PORTRAIT: Final = Message("visit_ended.portrait_saved")
_ENDED_WITHOUT_PHOTO: Final = Message("visit_ended.nothing_taken")


def scenes(window: KioskWindow, ui_settings: UiSettings) -> Iterator[Scene]:
    """Yield all scenes; each one starts from the state of the scene before."""
    gallery = _Scenes(window, ui_settings)
    return chain(gallery.identification(), gallery.capture(), gallery.payment(), gallery.endings(), gallery.operator())


class _Scenes:
    def __init__(self, window: KioskWindow, ui_settings: UiSettings) -> None:
        self._window, self._standard = window, ui_settings.standard

    def identification(self) -> Iterator[Scene]:
        wrong = Message("last_four.wrong", {"left": 3})
        several = replace(SITTER, enrolments=ENROLMENTS, shareable=True)
        yield "01-welcome", lambda: self._show(_visit(Step.IDLE))
        yield "02-identify", lambda: self._show(_visit(Step.IDENTIFY))
        yield "02b-identify-code", lambda: self._window.show_frame(live_frame(self._standard))
        yield "02c-identify-who", lambda: self._show(VisitState(Step.IDENTIFY, NOW, SITTER))
        yield "02h-last-four", lambda: self._show(_visit(Step.LAST_FOUR))
        yield "02i-last-four-letters", self._window.last_four.keypad.letters.click
        yield "02j-last-four-wrong", lambda: self._show(_visit(Step.LAST_FOUR, notice=wrong))
        yield "02k-last-four-locked", lambda: self._show(_locked())
        yield "02l-choose", lambda: self._show(replace(_visit(Step.CHOOSE), sitter=several))
        yield "02m-student-no", lambda: self._show(_visit(Step.STUDENT_NO))
        yield "02d-document", self._show_document
        yield "02e-document-glare", lambda: self._show(_visit(Step.DOCUMENT, notice=Message("document.no_number")))
        yield "02f-document-who", lambda: self._show(_confirm_document("王*明"))
        yield "02g-document-staff", lambda: self._show(_confirm_document("王*朋", for_staff=True))
        yield "03-identify-refused", lambda: self._show(_visit(Step.IDENTIFY, notice=Message("roster.captured")))

    def capture(self) -> Iterator[Scene]:
        portrait = portrait_of(self._standard)
        failing = portrait_of(self._standard, ("hair_top", "background_evenness"))
        without_card = replace(_visit(Step.CONSENT), sitter=replace(SITTER, last_four=""))
        repeat = _visit(Step.POSE, shot_count=1, notice=_CAMERA_LOST)
        yield "04-consent", lambda: self._show(_visit(Step.CONSENT))
        yield (
            "04a-consent-code",
            lambda: self._show(without_card),
        )
        yield "04b-prepare", lambda: self._show(_visit(Step.PREPARE, questions=prompts(self._standard)))
        yield "05-pose-seek", lambda: self._pose(_visit(Step.POSE), _MOVE_RIGHT, offset=0.12)
        yield "06-pose-right", lambda: self._pose(_visit(Step.POSE), _READY)
        yield "07-pose-again", lambda: self._pose(repeat, _MOVE_RIGHT, offset=-0.1)
        yield "08-countdown", self._count_down
        yield "09-shoot", lambda: self._shoot(saved=False)
        yield "09b-transfer", self._transfer
        yield "10-developing", lambda: self._shoot(saved=True)
        yield "11-review", lambda: self._show(_visit(Step.REVIEW, shot_count=1, portrait=portrait))
        yield "12-review-broken", lambda: self._show(_visit(Step.REVIEW, shot_count=2, portrait=failing))

    def payment(self) -> Iterator[Scene]:
        phone_code = Message("screen.payment.phone_code")
        yield "12b-payment", lambda: self._show(_paying(PaymentPhase.WAITING))
        yield "12c-payment-phone-code", lambda: self._show(_paying(PaymentPhase.WAITING, notice=phone_code))
        yield "12d-payment-requesting", lambda: self._show(_paying(PaymentPhase.REQUESTING, codes=()))
        yield "12e-payment-checking", lambda: self._show(_paying(PaymentPhase.CHECKING))
        yield "12f-payment-interrupted", lambda: self._show(_paying(PaymentPhase.WAITING, is_connected=False))
        yield "12g-payment-paid", lambda: self._show(_paying(PaymentPhase.PAID, order_state="paid"))
        yield "12h-payment-offline", lambda: self._show(_paying(PaymentPhase.UNAVAILABLE, is_connected=False))
        yield "12i-done-unpaid", lambda: self._show(_unpaid())
        yield "12j-payment-several", lambda: self._show(_paying_second())

    def endings(self) -> Iterator[Scene]:
        error = _visit(Step.ERROR, shot_count=1, notice=_CAMERA_LOST, interrupted_step=Step.POSE)
        late = _visit(Step.REVIEW, portrait=portrait_of(self._standard), shot_count=1, late=True)
        yield "13-done", lambda: self._show(_visit(Step.DONE, shot_count=1))
        yield "13b-done-receipt", self._print_receipt
        yield "14-trouble", lambda: self._show(error)
        yield "15-help", lambda: self._show(_with_help(error))
        yield "15b-pose-help", lambda: self._pose(_with_help(_visit(Step.POSE)), _MOVE_RIGHT, offset=0.12)
        yield "15c-still-there", lambda: self._show(late)
        yield "15d-ended", lambda: self._show(VisitState(Step.ENDED, NOW, notice=_ENDED_WITH_PORTRAIT))
        yield "15e-ended-nothing", lambda: self._show(VisitState(Step.ENDED, NOW, notice=_ENDED_WITHOUT_PHOTO))

    def operator(self) -> Iterator[Scene]:
        operator = self._window.operator
        yield "16-pin", self._type_pin
        yield "17-operator", self._open_operator_page
        yield "23-sheets", self._open_sheets
        yield "23b-sheets-students", lambda: self._show_sheets(sheet_status(of_class=True))
        yield "23c-sheets-paper", lambda: self._show_sheets(sheet_status(waits=True))
        yield "18-operator-troubled", self._show_operator_errors
        yield "21-studio", operator.page.studio_button.click
        yield "22-devices", operator.page.devices_button.click
        yield "19-welcome-no-camera", operator.close

    # ------------------------------------------------------------------ actions on the window

    def _show(self, visit: VisitState) -> None:
        self._window.show_visit(visit, NOW, VisitTimeouts())

    def _pose(self, visit: VisitState, advice: Advice, offset: float = 0.0) -> None:
        self._show(visit)
        self._window.show_frame(live_frame(self._standard, offset=offset))
        self._window.show_advice(advice)
        self._show(visit)

    def _show_document(self) -> None:
        self._show(_visit(Step.DOCUMENT, notice=Message("document.confirming")))
        self._window.show_frame(document_frame())

    def _count_down(self) -> None:
        self._window.pose.notice.clear()  # as after a pose longer than the notice is shown
        self._pose(_visit(Step.COUNTDOWN), _READY)

    def _shoot(self, saved: bool) -> None:
        self._show(_visit(Step.SHOOT))
        self._window.show_frame(live_frame(self._standard))
        self._window.pose.live_view.freeze(0.4)
        self._show(_visit(Step.SHOOT, shot_count=int(saved)))
        self._window.pose.live_view.freeze(0.4)

    def _transfer(self) -> None:
        self._shoot(saved=False)
        self._window.show_transfer(TransferProgress(40))

    def _print_receipt(self) -> None:
        self._window.show_status(status_of())
        self._show(_visit(Step.DONE, shot_count=1))

    def _type_pin(self) -> None:
        self._show(_visit(Step.IDLE))
        self._window.operator.corner.tapped.emit()
        self._window.operator.pin_pad.keys["2"].click()

    def _open_sheets(self) -> None:
        self._show_sheets(sheet_status())
        self._window.operator.page.sheets.open()

    def _show_operator_errors(self) -> None:
        self._window.operator.page.sheets.hide()
        self._window.show_status(status_of(with_errors=True))

    def _show_sheets(self, sheets: SheetStatus) -> None:
        self._window.show_status(replace(status_of(), sheets=sheets))

    def _open_operator_page(self) -> None:
        self._window.show_status(status_of())
        self._window.operator.pin_pad.accepted.emit()


def _visit(step: Step, late: bool = False, **fields: object) -> VisitState:
    """Return a visit at a step; with `late`, near its timeout, when the station shows "Are you still there?"."""
    sitter = None if step in (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO) else SITTER
    since = NOW - (getattr(VisitTimeouts(), step.value) - 14 if late else 1.2)
    return VisitState(step=step, since=since, sitter=sitter, **fields)  # type: ignore[arg-type]


def _paying(phase: PaymentPhase, notice: Message | None = None, **fields: object) -> VisitState:
    codes = (
        PaymentCode(channel="wechat", text="weixin://wxpay/bizpayurl?pr=p4lpSuKzz"),
        PaymentCode(channel="alipay", text="https://qr.alipay.com/bax05351qvkkkc2hd"),
    )
    values = {"codes": codes, "valid_until": NOW + 272, "simulated": True, **fields}
    payment = PaymentStatus(_FEE, _FEE.amount_fen, NOW, phase, **values)  # type: ignore[arg-type]
    return _visit(Step.PAYMENT, notice=notice, payment=payment)


def _paying_second() -> VisitState:
    """Return a visit at the payment of its second enrolment; the first is paid."""
    minor = Fee("b" * 32, "示范大学 · 2026 · 法学 · 辅修", 2500, before_capture=False)
    first = PaymentStatus(_FEE, _FEE.amount_fen, NOW, PaymentPhase.PAID, order_state="paid")
    visit = _paying(PaymentPhase.WAITING)
    assert visit.payment is not None
    second = replace(visit.payment, fee=minor, amount_fen=minor.amount_fen)
    return replace(visit, sitter=replace(SITTER, fees=(_FEE, minor)), payment=second, earlier_payments=(first,))


def _unpaid() -> VisitState:
    return replace(_visit(Step.DONE, shot_count=1), sitter=replace(SITTER, fees=(_FEE,)))


def _confirm_document(name: str, for_staff: bool = False) -> VisitState:
    summary = DocumentSummary("id_card", name, "**************123X", name_differs=for_staff, needs_staff=for_staff)
    sitter: Sitter = replace(SITTER, identified_by="document", document=summary)
    return VisitState(Step.IDENTIFY, NOW, sitter)


def _with_help(visit: VisitState) -> VisitState:
    return visit.on_help_requested(Message("hint.tilt_right"), NOW)


def _locked() -> VisitState:
    why = Message("last_four.locked")
    return _visit(Step.LAST_FOUR, notice=why, locked=True).on_help_requested(why, NOW)
