"""The page of the queue: counts, filters, search, and the list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.records.models import Campaign
from server.review import queue_list
from server.review.access import require_reviewer
from server.review.filters import FINAL, FIRST, OUTCOMES, REVIEW_STAGES, SORTS, STAGES, QueueFilter
from server.review.queue import claimed, first
from server.review.queue_counts import CampaignCounts, Tallies, campaign_counts, tallies, totals
from server.review.second_looks import is_lead, waiting_for_look
from server.stations.models import Station
from server.submissions.clock import run_due_transitions
from server.submissions.models import IdentityCheck

MAX_CARDS = 12
MAX_STATIONS = 200


@dataclass(frozen=True)
class LinkedCount:
    """A count, the list that it counts, and whether that list is shown now. `name` is the end of its message id."""

    name: str
    count: int
    url: str
    chosen: bool
    kind: str = ""


@require_safe
@require_reviewer
def queue_page(request: HttpRequest) -> HttpResponse:
    now, chosen = timezone.now(), QueueFilter.parse(request.GET)
    run_due_transitions(now)
    campaigns = campaign_counts(request.user, now)
    chosen = _with_only_campaign(chosen, campaigns)
    counts = tallies(request.user, chosen, now)
    page = queue_list.list_page(request.user, chosen, counts, request.GET.get("page", ""), now)
    context = {
        "chosen": chosen,
        "suffix": chosen.query(),
        "all_url": QueueFilter(campaign=chosen.campaign, stage=chosen.stage).query() or "?",
        "counts": counts,
        "page": page,
        "previous_url": chosen.query(page=page.number - 1),
        "next_url": chosen.query(page=page.number + 1),
        "stages": _stage_counts(chosen, campaigns),
        "chips": _chips(chosen, counts) if chosen.is_review else [],
        "looks": waiting_for_look(request.user).count(),
        "lead": is_lead(request.user),
        "cards": _cards(chosen, campaigns),
        **_form_choices(chosen, campaigns),
        **_own_work(request.user, chosen, now),
    }
    return render(request, "review/queue.html", context)


def _with_only_campaign(chosen: QueueFilter, campaigns: list[CampaignCounts]) -> QueueFilter:
    """Choose the user's only campaign for a filter by class, because a class belongs to a campaign."""
    if not chosen.class_name or chosen.campaign or len(campaigns) != 1:
        return chosen
    return replace(chosen, campaign=campaigns[0].campaign.pk)


def _own_work(user: Any, chosen: QueueFilter, now: datetime) -> dict[str, Any]:
    """Return the submission to begin with, the user's claims, and their latest decisions."""
    if not chosen.is_review:
        return {"start": None, "claimed": [], "pending": [], "recent": []}
    own = queue_list.with_names(claimed(user, chosen, now)).order_by("received_at", "id")
    return {
        "start": first(user, chosen),
        "claimed": [queue_list.line_of(one, chosen, now) for one in own],
        "pending": queue_list.pending_of(user, now),
        "recent": queue_list.recent_of(user),
    }


def _stage_counts(chosen: QueueFilter, campaigns: list[CampaignCounts]) -> list[LinkedCount]:
    stages, _ = totals(campaigns, chosen.campaign)
    plain = QueueFilter(campaign=chosen.campaign)
    return [
        LinkedCount(stage, stages[stage], plain.query(stage=stage) or "?", chosen.stage == stage)
        for stage in STAGES
        if stage == FIRST or stages[stage] or chosen.stage == stage
    ]


def _chips(chosen: QueueFilter, counts: Tallies) -> list[LinkedCount]:
    """Return the counts within the list; a chosen one links to the list without it."""
    mismatch = IdentityCheck.NOT_MATCHED.value
    chips = [("overdue", counts.overdue, "overdue", "1", chosen.overdue, "fail")]
    chips += [(o, counts.outcomes[o], "outcome", o, chosen.outcome == o, _kind(o)) for o in OUTCOMES]
    chips.append(("identity", counts.doubtful, "identity", mismatch, chosen.identity == mismatch, "fail"))
    others = {"outcome": "", "identity": "", "overdue": ""}
    return [
        LinkedCount(label, count, chosen.query(**others | ({} if is_on else {name: value})) or "?", is_on, kind)
        for label, count, name, value, is_on, kind in chips
        if count or is_on
    ]


def _kind(outcome: str) -> str:
    return "good" if outcome == "pass" else outcome


def _cards(chosen: QueueFilter, campaigns: list[CampaignCounts]) -> list[dict[str, Any]]:
    """Return the campaigns to choose from, those with work first; none for a user with one campaign."""
    if len(campaigns) < 2:
        return []
    by_work = sorted(campaigns, key=lambda one: not (one.stages[FIRST] or one.stages[FINAL]))
    return [
        {
            "campaign": one.campaign,
            "chosen": chosen.campaign == one.campaign.pk,
            "url": QueueFilter(campaign=one.campaign.pk, stage=chosen.stage).query(),
            "counts": _card_counts(one),
        }
        for one in by_work[:MAX_CARDS]
    ]


def _card_counts(one: CampaignCounts) -> list[LinkedCount]:
    plain = QueueFilter(campaign=one.campaign.pk)
    stages = [LinkedCount(stage, one.stages[stage], plain.query(stage=stage), False) for stage in REVIEW_STAGES]
    late = LinkedCount("overdue", one.overdue[FIRST], plain.query(overdue="1"), False, "fail")
    return [count for count in (*stages, late) if count.count or count.name == FIRST]


def _form_choices(chosen: QueueFilter, campaigns: list[CampaignCounts]) -> dict[str, Any]:
    own = [one.campaign for one in campaigns]
    shown = [one for one in own if chosen.campaign in ("", one.pk)]
    of_them = Q(everything=True) | Q(campaigns__in=own) | Q(schools__in={one.school_id for one in own})
    return {
        "campaigns": own,
        "classes": _classes(shown[0]) if len(shown) == 1 else [],
        "stations": Station.objects.filter(of_them).distinct().order_by("name")[:MAX_STATIONS],
        "by_phone": any(one.photo_sources for one in own),
        "identities": IdentityCheck.values,
        "outcomes": OUTCOMES,
        "sorts": SORTS,
    }


def _classes(campaign: Campaign) -> list[str]:
    names = campaign.students.order_by("class_name").values_list("class_name", flat=True)
    return [name for name in names.distinct() if name]
