"""One page of the list of the queue, and the reviewer's pending and latest decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

from server.core.form_numbers import whole_number
from server.members.scope import request_scope
from server.review.filters import QueueFilter
from server.review.queue import waiting
from server.review.queue_counts import Tallies, list_parts
from server.submissions.decisions import DECISIONS
from server.submissions.models import AuditEntry, PendingDecision, Submission
from server.submissions.queue_order import BY_SUSPICION, review_due
from server.submissions.visibility import submissions_of

PER_PAGE: Final = 50
RECENT: Final = 12
_UNUSED: Final = ("envelope", "student__id_number_encrypted", "student__id_number_hmac", "student__id_number_slow_hash")


@dataclass(frozen=True)
class Line:
    """One submission of the list. `due`: until when it has to be reviewed, None if it does not wait for a review."""

    submission: Submission
    due: datetime | None
    overdue: bool


@dataclass(frozen=True)
class ListPage:
    lines: list[Line]
    number: int
    last: int


def list_page(user: Any, chosen: QueueFilter, counts: Tallies, number: str, now: datetime) -> ListPage:
    """Return the page of this number, or the nearest one. The index alone finds the ids of the rows."""
    last = max(1, -(-counts.found // PER_PAGE))
    page = min(max(whole_number(number, 1), 1), last)
    ids = _page_ids(waiting(user, chosen, now), chosen, counts, (page - 1) * PER_PAGE, now)
    rows = with_names(submissions_of(user)).in_bulk(ids)
    return ListPage([line_of(rows[pk], chosen, now) for pk in ids if pk in rows], page, last)


def with_names(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.select_related("student", "campaign", "station").defer(*_UNUSED)


def line_of(submission: Submission, chosen: QueueFilter, now: datetime) -> Line:
    due = review_due(submission).moment if chosen.is_review else None
    return Line(submission, due, due is not None and due <= now)


def _page_ids(rows: QuerySet[Submission], chosen: QueueFilter, counts: Tallies, start: int, now: datetime) -> list[str]:
    if not chosen.by_priority:
        return _page_by_time(rows, chosen.newest_first, start)
    ids: list[str] = []
    order = ("received_at", "id")
    for part, count in zip(list_parts(chosen, now), counts.parts, strict=True):
        missing = PER_PAGE - len(ids)
        if start < count and missing:
            ids += rows.filter(part).order_by(*order).values_list("pk", flat=True)[start : start + missing]
        start = max(0, start - count)
    return ids


def _page_by_time(rows: QuerySet[Submission], newest_first: bool, start: int) -> list[str]:
    """Return a page by time. The index has two ranges, one of suspicious rows: both are read in order and merged."""
    order, end = ("-received_at", "-id") if newest_first else ("received_at", "id"), start + PER_PAGE
    ranges = [rows.filter(part).order_by(*order).values_list("received_at", "id")[:end] for part in BY_SUSPICION]
    return [pk for _, pk in islice(merge(*ranges, reverse=newest_first), start, end)]


def pending_of(user: Any, now: datetime) -> QuerySet[PendingDecision]:
    """Return the user's decisions that they may still take back, the latest first."""
    own = PendingDecision.objects.filter(user=user.pk, effective_at__gt=now)
    return own.select_related("submission__student").defer("submission__envelope").order_by("-decided_at", "pk")


def recent_of(user: Any) -> list[AuditEntry]:
    """Return the user's latest decisions that took effect."""
    own = AuditEntry.objects.filter(user=user.pk, action__in=[action.value for action in DECISIONS])
    scope = request_scope(user)
    if not scope.everything:
        own = own.filter(submission__campaign__in=scope.allowed())
    return list(own.select_related("submission__student").defer("submission__envelope").order_by("-id")[:RECENT])
