"""The reviewer's latest decision that can still be taken back; every page of review shows it with a countdown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from server.submissions.models import PendingDecision


@dataclass(frozen=True)
class Undo:
    """A pending decision and how many of `seconds` are left to take it back."""

    pending: PendingDecision
    seconds_left: int
    seconds: int


def undo_of(user: Any, now: datetime, submission: str = "") -> Undo | None:
    """Return the latest decision of this reviewer, or the one on `submission`; None if nothing can be taken back."""
    pending = PendingDecision.objects.filter(user=user.pk, effective_at__gt=now).select_related("submission__student")
    if submission:
        pending = pending.filter(pk=submission)
    latest = pending.order_by("-decided_at", "-pk").first()
    if latest is None:
        return None
    left = max(1, round((latest.effective_at - now).total_seconds()))
    return Undo(latest, left, max(left, settings.APP.review.undo_seconds))
