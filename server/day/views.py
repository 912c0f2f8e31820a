"""The page of the capture day, and its part that is requested again every few seconds."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.day.access import campaigns, get_campaign, require_day
from server.day.campaign_choice import in_order_of_interest
from server.day.counts import class_counts, total
from server.day.stations import station_lines
from server.day.student_state import is_capture_over
from server.records.models import Campaign

CLASSES_PER_PAGE: Final = 60


@require_safe
@require_day
def day(request: HttpRequest) -> HttpResponse:
    """Redirect to the chosen campaign, or to the first in the list, such as the one that is open today."""
    if request.GET.get("campaign"):
        return redirect("day:campaign", get_campaign(request, request.GET["campaign"]).pk)
    known = in_order_of_interest(campaigns(request.user), timezone.now())
    return redirect("day:campaign", known[0].pk) if known else render(request, "day/empty.html")


@require_safe
@require_day
def campaign_day(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    known = in_order_of_interest(campaigns(request.user), timezone.now())
    context = {"campaigns": known, "refresh_seconds": settings.APP.day.refresh_seconds}
    return render(request, "day/day.html", context | live_context(request, campaign))


@require_safe
@require_day
def live(request: HttpRequest, code: str) -> HttpResponse:
    """Return only the figures and the stations, for the script of the page."""
    return render(request, "day/_live.html", live_context(request, get_campaign(request, code)))


def live_context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    now = timezone.now()
    classes = class_counts(campaign.students.all(), now)
    only_incomplete = "incomplete" in request.GET
    listed = [entry for entry in classes if not (only_incomplete and entry.counts.is_complete)]
    return {
        "campaign": campaign,
        "now": now,
        "total": total(classes),
        "page": Paginator(listed, CLASSES_PER_PAGE).get_page(request.GET.get("page")),
        "class_count": len(classes),
        "only_incomplete": only_incomplete,
        "is_over": is_capture_over(campaign, now),
        "lines": station_lines(campaign, settings.APP.day, now),
    }
