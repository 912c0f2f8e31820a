"""The payment screen: the amount, a QR code for each wallet, and the state of the order on the server."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QSizePolicy, QWidget

from config.i18n import Message
from config.money import format_yuan
from kiosk.ui.base import Card, Notice, SplitScreen, fill_layout, row
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.qr_code import QrCode
from kiosk.ui.widgets.translated import Button, Label
from kiosk.visit.payment import Fee, PaymentPhase, PaymentStatus
from kiosk.visit.state import VisitState
from kiosk.visit.timeouts import VisitTimeouts

CHANNELS: Final = ("wechat", "alipay")
SHOWN_ORDERS: Final = 4
"""Number of orders of one portrait that are listed; no student has more enrolments, and the last screen shows the
unpaid amount of all."""
_TITLES: Final = {
    PaymentPhase.REQUESTING: "screen.payment.title",
    PaymentPhase.WAITING: "screen.payment.title",
    PaymentPhase.CHECKING: "screen.payment.checking",
    PaymentPhase.PAID: "screen.payment.paid",
    PaymentPhase.UNAVAILABLE: "screen.payment.later_title",
}


class PaymentScreen(SplitScreen):
    """Shows only confirmed results: an unknown result is shown as being checked, not as failed."""

    continued = pyqtSignal()
    cash_requested = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("payment")
        self.codes = {channel: _WalletCode(channel) for channel in CHANNELS}
        self.icon = Icon("tick")
        self._code_row = QWidget()
        self._code_box = row(self._code_row)
        self.name = Label(role="accent")
        self.title = Label(role="title")
        self.amount = Label(role="display", wrap=False)
        self.orders = [Label(role="small") for _ in range(SHOWN_ORDERS)]
        self.lead = Label(role="lead")
        self.seconds = Label(role="small")
        self.simulated = Label("screen.payment.simulated", "warning")
        self.notice = Notice("payment_notice")
        self.later_button = Button("screen.payment.later", "payment_later")
        self.continue_button = Button("screen.payment.continue", "payment_continue", "primary")
        self.cash_button = Button("screen.payment.cash", "payment_cash", "quiet")
        self.later_button.clicked.connect(self.continued)
        self.continue_button.clicked.connect(self.continued)
        self.cash_button.clicked.connect(self.cash_requested)

    @staticmethod
    def content(visit: VisitState) -> object:
        """Return the values that determine the height of the text."""
        payment = visit.payment
        if payment is None:
            return None
        shown_codes = tuple(bool(payment.code(channel)) for channel in CHANNELS)
        state = (payment.phase, payment.order_state, payment.is_connected, payment.simulated, payment.receipt_no)
        return state, shown_codes, _order_lines(visit)

    def show_visit(self, visit: VisitState, now: float, timeouts: VisitTimeouts) -> None:
        payment = visit.payment
        if payment is None:
            return
        self.name.set_text(visit.sitter.name if visit.sitter is not None else "")
        self.title.set_key(_TITLES[payment.phase])
        self.amount.set_text(format_yuan(payment.amount_fen))
        self._show_orders(visit)
        self.lead.set_message(_lead(payment))
        self.simulated.setVisible(payment.simulated)
        self.notice.setVisible(visit.notice is not None)
        self.notice.label.set_message(visit.notice)
        self._show_codes(payment, now)
        self.later_button.setVisible(payment.is_open)
        self.continue_button.setVisible(not payment.is_open)
        self.cash_button.setVisible(visit.accepts_cash)

    def clear(self) -> None:
        for code in self.codes.values():
            code.picture.encode("")
        for label in (self.name, self.amount, *self.orders, self.lead, self.notice.label):
            label.clear()

    def update_layout(self, scale: Scale) -> None:
        for code in self.codes.values():
            code.update_layout(scale)
        self.notice.update_layout(scale)
        self.icon.resize_to(scale.px(200))
        self._code_box.setSpacing(scale.px(32))
        fill_layout(self._code_box, scale, *((code, 1) for code in self.codes.values()), (self.icon, Qt.AlignCenter))
        labels = (self.name, self.title, self.amount, *self.orders, self.lead, self.simulated, self.seconds)
        side = self.align_labels(scale, *labels)
        head = (self.name, 8, self.title, 4, self.amount)
        facts = (12, self.lead, 12, self.simulated, self.seconds, 16)
        continue_buttons = ((self.later_button, side), (self.continue_button, side))
        buttons = (self.notice, 20, *continue_buttons, 20, (self.cash_button, side))
        self.set_texts(scale, *head, *self.orders, *facts, *buttons)
        self.split(scale, self._code_row, (6, 7) if scale.tall else (7, 6), gap=56)

    def _show_orders(self, visit: VisitState) -> None:
        """List the orders: a portrait for several enrolments has one for each, paid one after the other."""
        lines = _order_lines(visit)
        for place, label in enumerate(self.orders):
            label.setVisible(place < len(lines))
            label.set_message(lines[place] if place < len(lines) else None)

    def _show_codes(self, payment: PaymentStatus, now: float) -> None:
        seconds = payment.seconds_left(now)
        for channel, code in self.codes.items():
            code.picture.encode(payment.code(channel) if payment.is_open else "")
            code.setVisible(bool(code.picture.text))
        no_code = not any(code.picture.text for code in self.codes.values())
        self.icon.setVisible(no_code)
        self.icon.set_kind("tick" if payment.is_settled else "retention")
        self.seconds.setVisible(seconds is not None and not no_code)
        self.seconds.set_key("screen.payment.seconds", time=f"{(seconds or 0) // 60}:{(seconds or 0) % 60:02}")


def _order_lines(visit: VisitState) -> tuple[Message, ...]:
    """Return a line for each order, but none for a single order, whose amount is shown above."""
    fees = visit.sitter.fees if visit.sitter is not None else ()
    payments = {payment.fee.student: payment for payment in visit.payments}
    if len(fees) < 2:
        return ()
    return tuple(_order_line(visit, fee, payments.get(fee.student)) for fee in fees[:SHOWN_ORDERS])


def _order_line(visit: VisitState, fee: Fee, payment: PaymentStatus | None) -> Message:
    values = {"label": fee.label, "amount": format_yuan(payment.amount_fen if payment is not None else fee.amount_fen)}
    if payment is None:
        return Message("screen.payment.order_next", values)
    if not payment.unpaid_fen:
        return Message("screen.payment.order_settled", values)
    return Message("screen.payment.order_now" if payment is visit.payment else "screen.payment.order_later", values)


def _lead(payment: PaymentStatus) -> Message:
    if payment.phase is PaymentPhase.PAID:
        if payment.receipt_no:
            return Message("screen.payment.paid_cash", {"number": payment.receipt_no})
        return Message("screen.payment.nothing_owed" if payment.order_state == "waived" else "screen.payment.paid_lead")
    if payment.phase is PaymentPhase.UNAVAILABLE:
        return Message("screen.payment.closed" if payment.order_state else "screen.payment.offline")
    if payment.phase is PaymentPhase.REQUESTING:
        return Message("screen.payment.requesting")
    if not payment.is_connected:
        return Message("screen.payment.interrupted")
    if payment.phase is PaymentPhase.CHECKING:
        return Message("screen.payment.checking_lead")
    return Message("screen.payment.scan" if payment.codes else "screen.payment.no_codes")


class _WalletCode(Card):
    """The QR code of one wallet and its name."""

    def __init__(self, channel: str) -> None:
        super().__init__("plain")
        self.picture = QrCode(f"code_{channel}")
        self.label = Label(f"screen.payment.{channel}", "strong", centred=True)
        self.box.addWidget(self.picture)
        self.box.addWidget(self.label)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)

    def update_layout(self, scale: Scale, padding: float = 20, spacing: float = 12) -> None:
        super().update_layout(scale, padding, spacing)
        self.picture.setFixedHeight(scale.px(400))
