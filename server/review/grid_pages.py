"""The page of the grid and the requests of its script.

Nothing is claimed before the script runs: without it the page links to single views, because only a script can
measure how long a portrait was on the screen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.review import grid
from server.review.access import require_reviewer
from server.review.filters import QueueFilter
from server.review.queue import ROLES, waiting
from server.review.queue_list import pending_of, with_names
from server.submissions.clock import run_due_transitions
from server.submissions.decisions import take_back
from server.submissions.leases import release, renew_several
from server.submissions.models import PendingDecision
from server.submissions.picture_views import record_views
from server.submissions.rule import Action

KEY_GUARD_MS: Final = 400
"""How long the page ignores keys after new portraits appear: a key may be meant for the portraits before them."""


@require_safe
@require_reviewer
def grid_page(request: HttpRequest) -> HttpResponse:
    now, chosen = timezone.now(), _chosen(request)
    run_due_transitions(now)
    rows = waiting(request.user, chosen, now).filter(grid.FOR_GRID)
    review, pending = settings.APP.review, _last_page(request.user, now)
    ids = rows.order_by("received_at", "id").values_list("pk", flat=True)[: review.grid_portraits]
    context = {
        "chosen": chosen,
        "suffix": chosen.query(),
        "links": with_names(rows.model.objects.filter(pk__in=list(ids))).order_by("received_at", "id"),
        "pending": pending,
        "undo_ms": int(1000 * (pending[0].effective_at - now).total_seconds()) if pending else 0,
        "size": review.grid_portraits,
        "seen_ms": int(1000 * review.grid_seen_seconds),
        "guard_ms": KEY_GUARD_MS,
        "renew_ms": review.claim_minutes * 60_000 // 3,
    }
    return render(request, "review/grid.html", context)


@require_POST
@require_reviewer
def claim(request: HttpRequest) -> HttpResponse:
    """Claim the next page and send its portraits as HTML."""
    chosen = _chosen(request)
    tiles = grid.claim_page(request.user, chosen, ROLES[chosen.stage], timezone.now())
    record_views(request, [tile.submission for tile in tiles], "portrait.jpg")
    return render(request, "review/_grid_tiles.html", {"tiles": tiles, "suffix": chosen.query()})


@require_POST
@require_reviewer
def renew(request: HttpRequest) -> HttpResponse:
    """Extend the claims of an open page; respond with those that it still has."""
    return JsonResponse({"held": sorted(renew_several(_ids(request), request.user, timezone.now()))})


@require_POST
@require_reviewer
def give_back(request: HttpRequest) -> HttpResponse:
    """Give back the claims of a page that the reviewer leaves."""
    grid.release_all(request.user, _ids(request), timezone.now())
    return HttpResponse(status=204)


@require_POST
@require_reviewer
def decide_page(request: HttpRequest) -> HttpResponse:
    """Approve a page; respond with the portraits that stay undecided, and why."""
    try:
        decision = grid.PageDecision.model_validate_json(request.body)
    except ValidationError:
        return _error(request, ApiError("refused.page_unreadable"))
    result = grid.decide_page(request.user, decision, timezone.now())
    language = request_language(request)
    return JsonResponse(
        {
            "approved": [submission.pk for submission in result.approved],
            "refused": {
                pk: {"reason": error.reason, "sentence": error.in_language(language)}
                for pk, error in result.refused.items()
            },
            "undo_seconds": settings.APP.review.undo_seconds,
        }
    )


@require_POST
@require_reviewer
def undo(request: HttpRequest) -> HttpResponse:
    """Take a page's approvals back. The script keeps the portraits claimed and shows them again; without it they go
    back to the queue."""
    now, keep = timezone.now(), "keep" in request.POST
    taken_back = []
    for identifier in _ids(request):
        try:
            take_back(identifier, request.user, now)
            taken_back.append(identifier)
            if not keep:
                release(identifier, request.user, now)
        except ApiError:  # it has taken effect, or another window took it back
            continue
    if keep:
        return JsonResponse({"taken_back": taken_back})
    messages.success(request, request_translations(request).translate("review.grid.taken_back", count=len(taken_back)))
    return redirect(reverse("review:grid") + _chosen(request).query())


def _chosen(request: HttpRequest) -> QueueFilter:
    chosen = QueueFilter.parse(request.GET)
    if not chosen.is_review:
        raise Http404
    return chosen


def _ids(request: HttpRequest) -> list[str]:
    return list(dict.fromkeys(request.POST.getlist("id")))[: grid.MAX_ITEMS]


def _last_page(user: Any, now: datetime) -> list[PendingDecision]:
    """Return the approvals that the user made together last, as long as they can be taken back."""
    pending = list(pending_of(user, now).filter(action=Action.APPROVE.value))
    return [one for one in pending if one.decided_at == pending[0].decided_at]


def _error(request: HttpRequest, error: ApiError) -> JsonResponse:
    return JsonResponse({"error": error.in_language(request_language(request))}, status=error.status)
