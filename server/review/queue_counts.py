"""The counts of the page of the queue. Each counts exactly the list that it links to, and reads the index alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from server.members.scope import campaigns_of
from server.records.models import Campaign
from server.review.filters import OTHER_STAGES, OUTCOMES, REVIEW_STAGES, QueueFilter
from server.review.grid import FOR_GRID
from server.review.queue import ROLES, listed
from server.submissions.leases import waiting_for
from server.submissions.models import IdentityCheck
from server.submissions.queue_order import is_overdue, parts_of_queue
from server.submissions.visibility import submissions_of


@dataclass(frozen=True)
class CampaignCounts:
    """One campaign's submissions in each stage, and how many of those that wait for a review are overdue."""

    campaign: Campaign
    stages: Counter[str]
    overdue: Counter[str]


@dataclass(frozen=True)
class Tallies:
    """Counts of the chosen list. `parts`, of each part of the queue, and `grid` apply the filters of verdict, identity
    and due time; the others do not."""

    total: int
    overdue: int
    doubtful: int
    grid: int
    outcomes: dict[str, int]
    parts: tuple[int, ...]

    @property
    def found(self) -> int:
        return sum(self.parts)


def campaign_counts(user: Any, now: datetime) -> list[CampaignCounts]:
    """Return the counts of every campaign that the user sees, the latest first."""
    stages: dict[str, Counter[str]] = {}
    overdue: dict[str, Counter[str]] = {}
    late = Count("pk", filter=is_overdue(now))
    for stage in REVIEW_STAGES:
        rows = waiting_for(user, ROLES[stage]).values("campaign").annotate(count=Count("pk"), late=late)
        for campaign, count, late_count in rows.order_by().values_list("campaign", "count", "late"):
            stages.setdefault(campaign, Counter())[stage] += count
            overdue.setdefault(campaign, Counter())[stage] += late_count
    others = submissions_of(user).filter(state__in=OTHER_STAGES).values("campaign", "state").annotate(count=Count("pk"))
    for campaign, state, count in others.order_by().values_list("campaign", "state", "count"):
        stages.setdefault(campaign, Counter())[state] += count
    campaigns = campaigns_of(user).order_by("-closes_at", "code")
    return [CampaignCounts(c, stages.get(c.pk, Counter()), overdue.get(c.pk, Counter())) for c in campaigns]


def tallies(user: Any, chosen: QueueFilter, now: datetime) -> Tallies:
    """Count the chosen list in one query."""
    rows = listed(user, chosen).filter(chosen.students())
    parts = {f"part{n}": _count(chosen.results(now) & part) for n, part in enumerate(list_parts(chosen, now))}
    outcomes = {f"outcome_{outcome}": _count(Q(worst_outcome=outcome)) for outcome in OUTCOMES}
    counts: dict[str, int] = rows.aggregate(
        total=Count("pk"),
        overdue=_count(is_overdue(now)),
        doubtful=_count(Q(identity_check=IdentityCheck.NOT_MATCHED.value)),
        grid=_count(FOR_GRID & chosen.results(now)),
        **outcomes,
        **parts,
    )
    return Tallies(
        total=counts["total"],
        overdue=counts["overdue"],
        doubtful=counts["doubtful"],
        grid=counts["grid"],
        outcomes={outcome: counts[f"outcome_{outcome}"] for outcome in OUTCOMES},
        parts=tuple(counts[name] for name in parts),
    )


def list_parts(chosen: QueueFilter, now: datetime) -> list[Q]:
    """Return the conditions of the list's parts in their order."""
    return parts_of_queue(now) if chosen.by_priority else [Q()]


def _count(condition: Q) -> Count:
    return Count("pk", filter=condition)


def totals(counts: list[CampaignCounts], campaign: str) -> tuple[Counter[str], Counter[str]]:
    """Return the counts and the overdue counts of one campaign, or of all together."""
    chosen = [one for one in counts if not campaign or one.campaign.pk == campaign]
    return sum((one.stages for one in chosen), Counter()), sum((one.overdue for one in chosen), Counter())
