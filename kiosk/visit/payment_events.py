"""Events of a visit about its orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from config.i18n import Message
from kiosk.visit.payment import Fee, PaymentStatus
from kiosk.visit.state_data import StateData, allowed_at
from kiosk.visit.step import Step


class PaymentEvents(StateData):
    """A payment comes before posing or after the portrait, as the campaign requires.

    A visit also continues without it.
    """

    @allowed_at(Step.PAYMENT)
    def on_payment(self, payment: PaymentStatus) -> Self:
        """The server responded, or did not; an equal status changes nothing."""
        if payment == self.payment:
            return self
        is_new_phase = self.payment is None or payment.phase is not self.payment.phase
        return replace(self, payment=payment, notice=None if is_new_phase else self.notice)

    @allowed_at(Step.PAYMENT)
    def on_payment_notice(self, notice: Message, now: float) -> Self:
        """Show another notice on this screen, for example about a scanned code that is of no use here."""
        return replace(self, notice=notice, touched_at=now)

    @allowed_at(Step.PAYMENT)
    def on_payment_finished(self, now: float) -> Self:
        """The student has paid, or pays later on their own page: the visit continues either way, with the order of the
        next enrolment if there is one."""
        return self.after_portrait(now) if self.portrait is not None else self.before_posing(now)

    def before_posing(self, now: float) -> Self:
        """Continue after the consent: with an order that is due before the picture, or with posing."""
        fee = self._next_fee(before_capture=True)
        if fee is not None:
            return self._to_payment(fee, now)
        return self.transition_to(Step.PREPARE if self.questions else Step.POSE, now)

    def after_portrait(self, now: float) -> Self:
        """Continue after the accepted portrait: with an order that is due now, or with the end."""
        fee = self._next_fee(before_capture=False)
        return self.transition_to(Step.DONE, now) if fee is None else self._to_payment(fee, now)

    def _next_fee(self, before_capture: bool) -> Fee | None:
        shown = {payment.fee.student for payment in self.payments}
        due = (fee for fee in self._fees if fee.before_capture is before_capture and fee.student not in shown)
        return next(due, None)

    def _to_payment(self, fee: Fee, now: float) -> Self:
        payment = PaymentStatus(fee, fee.amount_fen, now)
        return self.transition_to(Step.PAYMENT, now, payment=payment, earlier_payments=self.payments)
