"""The reviewer's page of the queue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.core.access import require_permission
from server.review import queue
from server.review.requests import stage_of, suffix
from server.review.verdict_table import outcome_counts
from server.submissions.clock import run_due_transitions
from server.submissions.models import REVIEW_PERMISSION


@require_safe
@require_permission(REVIEW_PERMISSION)
def queue_page(request: HttpRequest) -> HttpResponse:
    run_due_transitions(timezone.now())
    campaign, stage = request.GET.get("campaign", ""), stage_of(request)
    waiting = queue.waiting(request.user, campaign, stage)
    context = {
        "campaign": campaign,
        "stage": stage,
        "final_total": queue.waiting(request.user, campaign, queue.FINAL).count(),
        "suffix": suffix(request),
        "counts": queue.counts(request.user),
        "waiting": [(submission, outcome_counts(submission.envelope)) for submission in waiting[:60]],
        "total": waiting.count(),
        "decided": queue.decided(request.user, campaign),
    }
    return render(request, "review/queue.html", context)
