"""Draw approvals for a second look, offer them to other reviewers, and report disagreements to the lead.

The submission's state does not change and nobody waits. No error among n approvals drawn at random means, with 95 %
confidence, fewer than 3/n errors in all (rule of three): n = 32 bounds the rate below 9.4 %.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import SystemRandom
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from server.core.api_errors import ApiError
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.review.models import SecondLook
from server.submissions.models import AuditEntry
from server.submissions.reasons import GivenReason, check_reasons
from server.submissions.rule import Action

_DAYS_BACK: Final = 7
"""How many past days are drawn, in case no worker ran on them."""
_MAX_AGE: Final = timedelta(days=14)
"""A second look that nobody has answered by then is dropped."""
REPORTED: Final = timedelta(days=30)
MAX_REPORTED: Final = 50
_LEADS: Final = (Role.ADMINISTRATOR, Role.FINAL_REVIEWER)
"""The roles that see disagreements in their scope."""
_random = SystemRandom()


@dataclass(frozen=True)
class ReviewerReport:
    """One reviewer's second looks of the last REPORTED days: how many have been answered, and how many of these
    were not fine."""

    reviewer: str
    looked: int
    not_fine: int


def draw_second_looks(now: datetime) -> int:
    """Draw from the approvals of the last days, for each reviewer and day once; return how many. Safe to call at any
    time."""
    today = timezone.localdate(now)
    SecondLook.objects.filter(looked_at=None, drawn_at__lt=now - _MAX_AGE).delete()
    return sum(_draw(today - timedelta(days=back), now) for back in range(1, _DAYS_BACK + 1))


def waiting_for_look(user: Any) -> QuerySet[SecondLook]:
    """Return the second looks that the user may take: in their scope as a reviewer, of no decision of their own."""
    rows = SecondLook.objects.filter(_in_scope(user, Role.REVIEWER, Role.FINAL_REVIEWER), looked_at=None)
    own = Q(reviewer=user.pk) | Q(submission__first_reviewer=user.pk) | Q(submission__retoucher=user.pk)
    return rows.exclude(own | Q(submission__final_reviewer=user.pk)).order_by("id")


def answer(identifier: int, user: Any, now: datetime, reason: GivenReason | None) -> None:
    """Record the result: fine if there is no reason. Raises ApiError: second_look_over, the errors of reasons."""
    checked = None if reason is None else check_reasons([reason])[0]
    with transaction.atomic():
        row = waiting_for_look(user).select_for_update(of=("self",)).filter(pk=identifier).first()
        if row is None:  # somebody else has answered it
            raise ApiError("refused.second_look_over")
        row.looked_by, row.looked_at, row.is_fine = user, now, checked is None
        if checked is not None:
            row.reason, row.comment = checked.code, checked.comment
        row.save()


def is_lead(user: Any) -> bool:
    """Whether the user sees disagreements somewhere."""
    return has_role(user, *_LEADS)


def disagreements(user: Any, now: datetime) -> list[SecondLook]:
    """Return the approvals in the lead's scope that somebody else did not find fine, the latest first."""
    rows = _reported(user, now).filter(is_fine=False).select_related("submission__student", "reviewer", "looked_by")
    return list(rows.defer("submission__envelope").order_by("-looked_at", "-id")[:MAX_REPORTED])


def reports(user: Any, now: datetime) -> list[ReviewerReport]:
    rows = _reported(user, now).values("reviewer__username").order_by("reviewer__username")
    counted = rows.annotate(looked=Count("pk"), not_fine=Count("pk", filter=Q(is_fine=False)))
    return [ReviewerReport(row["reviewer__username"], row["looked"], row["not_fine"]) for row in counted]


def _reported(user: Any, now: datetime) -> QuerySet[SecondLook]:
    return SecondLook.objects.filter(_in_scope(user, *_LEADS), looked_at__gte=now - REPORTED)


def _in_scope(user: Any, *roles: Role) -> Q:
    scope = request_scope(user, *roles)
    return Q() if scope.everything else Q(submission__campaign__in=scope.allowed())


def _draw(day: date, now: datetime) -> int:
    start = timezone.make_aware(datetime.combine(day, time(0)))
    approvals = AuditEntry.objects.filter(
        action=Action.APPROVE.value, at__gte=start, at__lt=start + timedelta(days=1), user__isnull=False
    )
    with transaction.atomic():
        drawn = SecondLook.objects.filter(day=day).values("reviewer")
        of_reviewer: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for pk, submission, user in approvals.exclude(user__in=drawn).values_list("pk", "submission", "user"):
            of_reviewer[user].append((pk, submission))
        rows = [
            SecondLook(entry_id=pk, submission_id=submission, reviewer_id=user, day=day, drawn_at=now)
            for user, entries in of_reviewer.items()
            for pk, submission in _random.sample(entries, min(settings.APP.review.second_looks, len(entries)))
        ]
        SecondLook.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
