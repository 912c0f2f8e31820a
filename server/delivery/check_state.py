"""The state of a delivery's check, for its page and its hand-over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.i18n import Message
from server.delivery.check_findings import open_findings, unchecked_items
from server.delivery.check_models import CheckStatus, DeliveryCheck
from server.delivery.models import Delivery, Status


@dataclass(frozen=True)
class CheckState:
    """`done` of `total` portraits are checked; `undecided` findings wait for a person. `statement` is the sentence for
    the hand-over."""

    check: DeliveryCheck | None
    is_waiting: bool
    done: int
    total: int
    undecided: int
    statement: Message

    @property
    def is_running(self) -> bool:
        return self.check is not None and self.check.status in (CheckStatus.WAITING.value, CheckStatus.RUNNING.value)

    @property
    def is_stopped(self) -> bool:
        return self.is_waiting and self.check is not None and self.check.status == CheckStatus.STOPPED.value


def check_state(delivery: Delivery, portraits: int) -> CheckState:
    """Return the state. `portraits`: how many the delivery contains now."""
    check = check_of(delivery)
    is_waiting = delivery.status == Status.WAITING.value
    unchecked = unchecked_items(delivery).count() if is_waiting else 0
    undecided = open_findings(delivery).count() if is_waiting else 0
    return CheckState(check, is_waiting, portraits - unchecked, portraits, undecided, statement_of(check))


def check_of(delivery: Delivery) -> DeliveryCheck | None:
    """Return the check; None for a delivery that was planned before there were checks."""
    return getattr(delivery, "portrait_check", None)


def statement_of(check: DeliveryCheck | None) -> Message:
    """Return the sentence that states whether the portraits of a package were checked, and with which result."""
    if check is None:  # planned before there were checks
        return Message("delivery.check_statement.none")
    if check.status == CheckStatus.SKIPPED.value:
        values: dict[str, Any] = {
            "by": check.skipped_by.get_username() if check.skipped_by else "",
            "reason": check.skip_reason,
        }
        return Message("delivery.check_statement.skipped", values)
    if check.status != CheckStatus.DONE.value or not check.summary:
        return Message("delivery.check_statement.open")
    return Message("delivery.check_statement.done", check.summary)


def audit_details(check: DeliveryCheck | None) -> dict[str, Any]:
    """Return the check's part of the audit record of a hand-over."""
    return {"check": check.status if check else "none", **(check.summary if check else {})}
