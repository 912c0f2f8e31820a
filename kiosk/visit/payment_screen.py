"""The work while the payment screen is shown: request codes, poll the order, record cash, continue."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from config.i18n import Message
from kiosk.upload.order import SETTLED_STATES, CashPayment, OrderPayload, is_phone_payment_code
from kiosk.visit.current_state import CurrentState
from kiosk.visit.errors import problem_of
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.payment import PaymentPhase, PaymentStatus
from kiosk.visit.sitter import Sitter
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts

log = logging.getLogger(__name__)
POLL_INTERVAL_S: Final = 1.0
"""Seconds between a response and the next request: with a fast server the screen is at most two seconds behind."""


class PaymentProgress:
    """Requests run on a separate thread, one at a time; all methods run on the controller's thread.

    Without `orders` (a station without a server) every order can only be paid later.
    """

    def __init__(self, current: CurrentState, orders: OrderRequests | None, on_done: Callable[..., None]) -> None:
        self._current, self._orders, self._on_done = current, orders, on_done
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="order")
        self._is_busy = False
        self._next_at = 0.0

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def tick(self, timeouts: VisitTimeouts) -> None:
        """Send the next request when it is due, and leave the screen when its result was shown long enough."""
        payment, now = self._payment, self._current.now
        if payment is None:
            return
        if not payment.is_open:
            if now - payment.since >= timeouts.payment_result:
                self.finish()
        elif now >= payment.valid_until:
            self._update(payment.on_codes_expired(now))
        elif self._orders is None:
            self._update(payment.on_no_answer(now))
        elif not self._is_busy and (payment.phase is PaymentPhase.REQUESTING or now >= self._next_at):
            first = payment.phase is PaymentPhase.REQUESTING
            self._send(self._orders.start if first else self._orders.query)

    def finish(self) -> None:
        """Continue with the visit; a student who has not paid can pay on their own page."""
        state = self._current.value
        self._current.transition_to(state.on_payment_finished(self._current.now))

    def pay_cash(self) -> None:
        """Record the order's amount as cash; the server records it once, however often the operator repeats it."""
        payment = self._payment
        if payment is None or not self._current.value.accepts_cash:
            return
        if self._orders is None:
            self._notify("screen.payment.cash_unconfirmed")
            return
        cash_payment = payment.on_cash_entered(secrets.token_hex(16), self._current.now)
        cash, pay = CashPayment(amount_fen=cash_payment.amount_fen, key=cash_payment.cash_key), self._orders.pay_cash
        self._update(cash_payment)
        self._send(lambda student: pay(student, cash), is_cash=True)

    def handle_code(self, payload: str) -> None:
        """A code on the student's phone pays nothing here; it is neither stored nor logged."""
        if is_phone_payment_code(payload):
            notice = Message("screen.payment.phone_code")
            self._current.transition_to(self._current.value.on_payment_notice(notice, self._current.now))

    @property
    def _payment(self) -> PaymentStatus | None:
        state = self._current.value
        return state.payment if state.step is Step.PAYMENT else None

    def _update(self, payment: PaymentStatus) -> None:
        self._current.transition_to(self._current.value.on_payment(payment))

    def _send(self, request: Callable[[str], OrderPayload | None], is_cash: bool = False) -> None:
        sitter, payment = self._current.value.sitter, self._payment
        assert sitter is not None
        assert payment is not None
        student = payment.fee.student
        self._is_busy = True
        work = self._executor.submit(request, student)
        self._on_done(work, lambda done: self._on_answer(sitter, student, done, is_cash))

    def _on_answer(self, sitter: Sitter, student: str, done: Future[OrderPayload | None], is_cash: bool) -> None:
        self._is_busy, self._next_at = False, self._current.now + POLL_INTERVAL_S
        problem = problem_of(done)
        if problem is not None:
            log.info("no answer about the order: %s", problem.key)
        order = done.result() if problem is None else None
        payment = self._payment
        if payment is None or sitter is not self._current.value.sitter or student != payment.fee.student:
            return  # the response is about an earlier visit or order
        if order is not None:
            self._update(payment.on_answer(order, self._current.now))
        else:
            self._update(payment.on_no_answer(self._current.now))
        if is_cash and (order is None or order.state not in SETTLED_STATES):
            self._notify("screen.payment.cash_unconfirmed")
        elif is_cash and order is not None and not order.receipt_no:
            self._notify("screen.payment.cash_not_due")

    def _notify(self, key: str) -> None:
        notice = Message(key)
        self._current.transition_to(self._current.value.on_payment_notice(notice, self._current.now))
