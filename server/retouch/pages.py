"""The retoucher's pages: the queue, and one submission with its brush."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.errors import Problem
from config.standards.output import Output
from kiosk.capture.repair.strokes import MAX_POINTS, MAX_SIZE, MAX_STROKES, MIN_PRESSURE, MIN_SIZE
from server.core.language import request_translations
from server.retouch import jobs, workspace
from server.retouch.access import get_submission, require_retoucher, submissions
from server.retouch.job_view import job_view
from server.retouch.models import Kind, RetouchJob, Status
from server.submissions.clock import run_due_transitions
from server.submissions.leases import waiting_for
from server.submissions.models import AuditEntry, Submission
from server.submissions.queue_order import in_queue_order
from server.submissions.reason_models import Reason
from server.submissions.rule import Action, Role
from server.submissions.states import State

PAGE_SIZE: Final = 24
_SCRIPT_URLS: Final = ("submission", "renew", "leave", "strokes")
_SCRIPT_WORDS: Final = ("on_face", "too_many", "offline", "brush_failed")


@dataclass(frozen=True)
class Card:
    """A submission of the queue, and the reasons why it is there."""

    submission: Submission
    reasons: list[Reason]


@require_safe
@require_retoucher
def queue_page(request: HttpRequest) -> HttpResponse:
    run_due_transitions(timezone.now())
    waiting = waiting_for(request.user, Role.RETOUCHER).order_by("received_at", "id")
    own = submissions(request.user).filter(state=State.RETOUCHING.value, claimed_by=request.user.pk)
    page = Paginator(_for_cards(waiting), PAGE_SIZE).get_page(request.GET.get("page"))
    own_cards = _cards(_for_cards(own.order_by("claimed_until", "id")))
    context = {"own": own_cards, "page": page, "cards": _cards(page)}
    return render(request, "retouch/queue.html", context)


@require_safe
@require_retoucher
def submission_page(request: HttpRequest, identifier: str) -> HttpResponse:
    now = timezone.now()
    run_due_transitions(now)
    submission = get_submission(request, identifier)
    if submission.state != State.RETOUCHING.value:
        messages.info(request, request_translations(request).translate("retouch_page.left"))
        return redirect("retouch:queue")
    return render_page(request, submission)


def works_on(user: Any, submission: Submission) -> bool:
    """Whether the user has claimed the submission for retouching."""
    return submission.state == State.RETOUCHING.value and submission.claimed_by_id == user.pk


def render_page(request: HttpRequest, submission: Submission, error: str = "", status: int = 200) -> HttpResponse:
    """Render the page of a submission, with the brush if the user has claimed it."""
    now, tr = timezone.now(), request_translations(request)
    working = works_on(request.user, submission)
    brush = jobs.request_pictures(submission, request.user, now) if working else None
    if working:
        _prepare_next(request.user, now)
    shown = _job_to_show(submission, request.GET.get("job", ""))
    reasons = submission.latest_reasons()
    context = {
        "submission": submission,
        "student": submission.student,
        "working": working,
        "taken": submission.claimed_by_id is not None and not working,
        "reasons": reasons,
        "sent_back": _sent_back(reasons),
        "marks": [reason for reason in reasons if reason.x is not None],
        "output": _output(submission),
        "engine_missing": brush is not None and brush.problem == "retouch_page.engine_missing",
        "brush": job_view(brush, tr, now) if brush else None,
        "brush_data": _brush_data(submission, brush, reasons) if brush else None,
        "words": {name: tr.translate(f"retouch_page.{name}") for name in _SCRIPT_WORDS},
        "job": job_view(shown, tr, now) if shown else None,
        "codes": settings.APP.review.reasons,
        "error": error,
        "chosen": request.POST.get("reason", ""),
        "comment": request.POST.get("comment", ""),
    }
    return render(request, "retouch/submission.html", context, status=status)


def _for_cards(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.select_related("student").prefetch_related("reasons")


def _cards(rows: Iterable[Submission]) -> list[Card]:
    """Return each submission with the reasons of its latest decision."""
    cards = []
    for submission in rows:
        reasons = list(submission.reasons.all())
        cards.append(Card(submission, [reason for reason in reasons if reason.entry_id == reasons[-1].entry_id]))
    return cards


def _prepare_next(user: Any, now: datetime) -> None:
    """Let the worker prepare the next submission while the retoucher is busy with this one."""
    waiting = waiting_for(user, Role.RETOUCHER)
    following = next((first for part in in_queue_order(waiting, now) if (first := part.first())), None)
    if following is not None:
        jobs.request_pictures(following, user, now)


def _job_to_show(submission: Submission, identifier: str) -> RetouchJob | None:
    """Return the named job, else the latest one on the current portrait."""
    rows = submission.retouch_jobs.exclude(kind=Kind.PREPARE.value).filter(parent_sha256=submission.portrait_sha256)
    return rows.filter(pk=identifier).first() or rows.first()


def _output(submission: Submission) -> Output | None:
    """Return the output parameters of the campaign's standard; None if it is missing, which an upload then reports."""
    try:
        return submission.student.campaign.photo_standard().output
    except Problem:
        return None


def _sent_back(reasons: list[Reason]) -> AuditEntry | None:
    """Return the final reviewer's decision if it sent the portrait back to retouching."""
    entry = reasons[0].entry if reasons else None
    return entry if entry is not None and entry.action == Action.SEND_BACK.value else None


def _brush_data(submission: Submission, brush: RetouchJob, reasons: list[Reason]) -> Mapping[str, Any]:
    """Return the data for the page's script: addresses, the engine's numbers, limits, and the strokes so far."""
    pictures = {name: reverse("retouch:brush", args=[submission.pk, name]) for name in workspace.BRUSH_PICTURES}
    earlier = submission.retouch_jobs.filter(kind=Kind.STROKES.value).exclude(status=Status.FAILED.value).first()
    return {
        "id": submission.pk,
        "parent": submission.submitted_portrait_sha256,
        "pictures": pictures,
        "info": brush.report if brush.status == Status.DONE.value else None,
        "strokes": earlier.strokes if earlier else [],
        "marks": [[reason.x, reason.y, reason.w, reason.h] for reason in reasons if reason.x is not None],
        "limits": {
            "strokes": MAX_STROKES,
            "points": MAX_POINTS,
            "min_size": MIN_SIZE,
            "max_size": MAX_SIZE,
            "min_pressure": MIN_PRESSURE,
        },
        "urls": {name: reverse(f"retouch:{name}", args=[submission.pk]) for name in _SCRIPT_URLS},
        "brush_job": reverse("retouch:job", args=[submission.pk, brush.pk]),
    }
