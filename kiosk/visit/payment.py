"""The payment of a visit, as far as the station knows it. The server alone decides whether an order is paid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import Final

from kiosk.upload.order import CLOSED_STATES, SETTLED_STATES, OrderPayload, PaymentCode
from kiosk.upload.roster_payload import CampaignPayload, StudentPayload

_WITHOUT_CODES_S: Final = 15.0
"""Seconds until codes are requested again if the server sent none."""


@dataclass(frozen=True)
class Fee:
    """The fee of one enrolment. `before_capture`: it is due before the picture is taken. `student` is the enrolment's
    StudentPayload.id, `label` its name on a screen."""

    student: str
    label: str
    amount_fen: int
    before_capture: bool


def fee_of(campaign: CampaignPayload, student: StudentPayload) -> Fee | None:
    """Return the fee of the enrolment's order; None if the school pays, or the order is settled."""
    required = campaign.payment_required in ("before_capture", "before_review", "before_delivery")
    if not required or campaign.payer != "student" or campaign.price_fen <= 0:
        return None
    if student.order_state in (*SETTLED_STATES, *CLOSED_STATES):
        return None
    label = " · ".join(part for part in (campaign.school, campaign.title, student.label) if part)
    return Fee(student.id, label, campaign.price_fen, campaign.payment_required == "before_capture")


class PaymentPhase(StrEnum):
    """`CHECKING`: somebody may have paid, but the server has no confirmation yet. `UNAVAILABLE`: not payable here."""

    REQUESTING = "requesting"
    WAITING = "waiting"
    CHECKING = "checking"
    PAID = "paid"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class PaymentStatus:
    """The order of one enrolment, `fee`. `since` and `valid_until` (of the codes) are seconds of the visit's clock.
    `order_state` is the state in the server's last response, "" before the first. `is_connected`: the server
    responded to the last request. `receipt_no` is set if cash was paid."""

    fee: Fee
    amount_fen: int
    since: float
    phase: PaymentPhase = PaymentPhase.REQUESTING
    codes: tuple[PaymentCode, ...] = field(default=(), repr=False)
    valid_until: float = inf
    order_state: str = ""
    receipt_no: str = ""
    cash_key: str = field(default="", repr=False)
    simulated: bool = False
    is_connected: bool = True

    @property
    def is_settled(self) -> bool:
        return self.phase is PaymentPhase.PAID

    @property
    def unpaid_fen(self) -> int:
        """The amount that is still to pay, as far as the station can tell."""
        return 0 if self.is_settled or self.order_state in CLOSED_STATES else self.amount_fen

    @property
    def is_open(self) -> bool:
        """Whether the student can still pay here."""
        return self.phase not in (PaymentPhase.PAID, PaymentPhase.UNAVAILABLE)

    def code(self, channel: str) -> str:
        """Return the text of a channel's QR code; "" if there is none."""
        return next((code.text for code in self.codes if code.channel == channel), "")

    def seconds_left(self, now: float) -> int | None:
        """Return how long the codes are valid; None without codes."""
        return max(0, round(self.valid_until - now)) if self.codes and self.valid_until != inf else None

    def on_answer(self, order: OrderPayload, now: float) -> PaymentStatus:
        """The server sent the order's state, and codes if they were requested."""
        updated = replace(
            self,
            amount_fen=order.amount_fen,
            order_state=order.state,
            receipt_no=order.receipt_no,
            simulated=order.simulated,
            is_connected=True,
        )
        if order.state in SETTLED_STATES:
            return updated._enter(PaymentPhase.PAID, now, codes=())
        if order.state in CLOSED_STATES:
            return updated._enter(PaymentPhase.UNAVAILABLE, now, codes=())
        phase = PaymentPhase.CHECKING if order.checking else PaymentPhase.WAITING
        if order.codes or self.phase is PaymentPhase.REQUESTING:
            valid = order.codes_valid_seconds if order.codes else _WITHOUT_CODES_S
            return updated._enter(phase, now, codes=order.codes, valid_until=now + (inf if valid is None else valid))
        return updated._enter(phase, now)

    def on_no_answer(self, now: float) -> PaymentStatus:
        """The server did not respond. The last state stays, because a code on the screen can still be paid."""
        if self.phase is PaymentPhase.REQUESTING:
            return self._enter(PaymentPhase.UNAVAILABLE, now, is_connected=False)
        return replace(self, is_connected=False)

    def on_codes_expired(self, now: float) -> PaymentStatus:
        """The codes have expired; request new ones."""
        return self._enter(PaymentPhase.REQUESTING, now, codes=(), valid_until=inf)

    def on_cash_entered(self, key: str, now: float) -> PaymentStatus:
        """The operator took cash, which the server has to record. Every retry has the key of the first request."""
        return self._enter(PaymentPhase.CHECKING, now, cash_key=self.cash_key or key)

    def _enter(self, phase: PaymentPhase, now: float, **changes: object) -> PaymentStatus:
        since = self.since if phase is self.phase else now
        return replace(self, phase=phase, since=since, **changes)  # type: ignore[arg-type]
