"""The data of a visit at one moment, and values derived from it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

from config.i18n import Message
from kiosk.capture.types import Portrait
from kiosk.upload.outbox.models import IdentifiedBy
from kiosk.visit.payment import Fee, PaymentStatus
from kiosk.visit.sitter import Sitter
from kiosk.visit.step import IDENTIFYING_STEPS, Step
from kiosk.visit.timeouts import VisitTimeouts

P = ParamSpec("P")
S = TypeVar("S", bound="StateData")
Event = Callable[Concatenate[S, P], S]


def allowed_at(*steps: Step) -> Callable[[Event[S, P]], Event[S, P]]:
    """Let an event change the state at these steps only."""

    def decorate(event: Event[S, P]) -> Event[S, P]:
        @wraps(event)
        def guarded(state: S, /, *arguments: P.args, **keywords: P.kwargs) -> S:
            return event(state, *arguments, **keywords) if state.step in steps else state

        return guarded

    return decorate


@dataclass(frozen=True)
class HelpRequest:
    """A request for help: the reason for the operator, its start, and whether the operator has acknowledged it."""

    reason: Message
    since: float
    acknowledged: bool = False


@dataclass(frozen=True)
class StateData:
    """The content of a state: the step of the visit and its data so far.

    `notice` is the reason why a card was refused, or why the last shot has to be repeated. `interrupted_step` is the
    step to which retry returns after an error. `shot_count` counts bursts. `questions` are shown before posing and were
    answered at `prepared_at`. A sitter at the step IDENTIFY was found by a code or document and has to confirm their
    identity.

    `touched_at` is when the screen was last touched in this step, `face_seen_at` when a face was last seen. `help` is
    set while the station calls the operator; it ends with the step. At LAST_FOUR the typed characters are being checked
    while `checking`, and only the operator can continue once it is `locked`. `payment` is set from the step PAYMENT on,
    which follows consent or the accepted portrait, as the campaign requires; the visit also continues without a
    payment. A portrait for several enrolments has one order for each: `earlier_payments` are those whose screens have
    ended.
    """

    step: Step = Step.IDLE
    since: float = 0.0
    sitter: Sitter | None = None
    consent_at: datetime | None = None
    questions: tuple[str, ...] = ()
    prepared_at: datetime | None = None
    shot_count: int = 0
    portrait: Portrait | None = None
    notice: Message | None = None
    interrupted_step: Step | None = None
    touched_at: float = -math.inf
    face_seen_at: float = -math.inf
    help: HelpRequest | None = None
    checking: bool = False
    locked: bool = False
    payment: PaymentStatus | None = None
    earlier_payments: tuple[PaymentStatus, ...] = ()

    @property
    def asks_confirmation(self) -> bool:
        """Whether the screen asks the sitter to confirm their identity."""
        return self.step is Step.IDENTIFY and self.sitter is not None

    def accepts_identification(self, by: IdentifiedBy) -> bool:
        """Return whether a card, code or document is accepted now. A card also replaces typing the last four."""
        return self.step in IDENTIFYING_STEPS or (by == "id_card" and self.step is Step.LAST_FOUR)

    def is_present(self, now: float, timeouts: VisitTimeouts) -> bool:
        """Return whether somebody is there, as far as the station can detect it."""
        return now - max(self.face_seen_at, self.touched_at) <= timeouts.presence

    @property
    def is_help_pending(self) -> bool:
        return self.help is not None and not self.help.acknowledged

    @property
    def accepts_cash(self) -> bool:
        """Whether the operator can record cash now."""
        return self.step is Step.PAYMENT and self.payment is not None and not self.payment.is_settled

    @property
    def payments(self) -> tuple[PaymentStatus, ...]:
        """The orders whose screens were shown, the present one last."""
        return (*self.earlier_payments, self.payment) if self.payment is not None else ()

    @property
    def unpaid_fen(self) -> int:
        """The amount that the sitter still has to pay, as far as the station can tell."""
        shown = {payment.fee.student for payment in self.payments}
        due = (fee.amount_fen for fee in self._fees if fee.student not in shown)
        return sum(payment.unpaid_fen for payment in self.payments) + sum(due)

    @property
    def _fees(self) -> tuple[Fee, ...]:
        return self.sitter.fees if self.sitter is not None else ()

    def transition_to(self, step: Step, now: float, **changes: object) -> Self:
        """Return the state at another step, whose time starts now; a notice and a call for help end with a step."""
        return replace(self, step=step, since=now, **{"notice": None, "help": None, **changes})  # type: ignore[arg-type]

    def restart(self, step: Step, now: float, **data: object) -> Self:
        """Return a new state with only `data`, without anything about the sitter so far."""
        return type(self)(step, now, **data)  # type: ignore[arg-type]
