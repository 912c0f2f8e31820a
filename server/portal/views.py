"""The student's page: the read view, the proof of identity, and the pictures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.core.working_hours import format_moment
from server.notices.contacts import shown_contact
from server.notices.receipts import record_page_opened
from server.payments.models import Order
from server.payments.orders import order_for
from server.payments.same_portrait import orders_of_same_portrait
from server.portal import actions
from server.portal.access import PICTURE_HEADERS, student_view
from server.portal.marks import marked_portrait
from server.portal.next_visit import NextVisit, next_visit
from server.portal.progress import Progress, progress_of
from server.portal.proof import forget_proof, is_proven, prove, proven_until
from server.records.campaign_options import Payer
from server.records.help_line import help_line_of
from server.records.last_four import LastFourResult
from server.records.models import Student
from server.submissions.clock import run_due_transitions
from server.submissions.pictures import preview_file
from server.submissions.states import FROZEN_STATES
from server.submissions.store import picture_store

PROVEN_PAGES = (*actions.ACTIONS, "contact", "photo", "data")
"""The pages that need a proof, and open after it."""
_OTHER_URL_NAMES = {"photo": "own_photo", "data": "own_data"}
"""The URL names of those pages that are in other packages."""


@require_safe
@student_view
def page(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    record_page_opened(student, timezone.now())
    return _render_page(request, student, token)


@require_POST
@student_view
def unlock(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    """Prove the identity in this browser for a limited time, then open the page that needed it."""
    following = request.POST.get("next", "")
    following = following if following in PROVEN_PAGES else "page"
    result = prove(request, student, request.POST.get("last_four", ""))
    if result.confirmed:
        return redirect(_OTHER_URL_NAMES.get(following, f"portal:{following}"), token=token)
    error, status = proof_error(request, result), 429 if result.is_paused else 403
    return render_proof(request, student, token, following, error, status)


@require_POST
@student_view
def lock(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    forget_proof(request, student)
    return redirect("portal:page", token=token)


@require_safe
@student_view
def picture(request: HttpRequest, student: Student, token: str, part: str) -> HttpResponseBase:
    """Send the portrait, or the preview of the shot if no portrait was made of it."""
    latest = progress_of(student).latest
    if not is_proven(request, student) or latest is None:
        raise Http404
    if part == "portrait":
        path = picture_store().path(latest.portrait_sha256) if latest.portrait_sha256 else None
    else:
        path = _shot_preview(latest.shot_sha256) if latest.portrait_sha256 is None else None
    if path is None or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg", headers=PICTURE_HEADERS)


def _shot_preview(sha256: str) -> Path | None:
    try:
        return preview_file(picture_store(), sha256)
    except (ApiError, OSError):  # the decoder is busy, or the file is gone
        return None


def _render_page(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    now = timezone.now()
    run_due_transitions(now)
    progress = progress_of(student, now)
    proven = proven_until(request, student)
    visit = next_visit(student, now) if progress.comes_again else None
    context = {
        **page_context(request, student, token),
        **portrait_context(progress),
        "visit": visit,
        "until": _shown_until(progress, visit),
        "actions": actions.available_actions(student, progress, now),
        "retakes_left": actions.retakes_left(student),
        "proven_until": proven,
        "contact": shown_contact(student) if proven else None,
        "has_own_file": progress.latest is not None and progress.latest.state in FROZEN_STATES,
        "orders": _orders(student, now),
    }
    return render(request, "portal/page.html", context)


def _orders(student: Student, now: datetime) -> list[Order]:
    """Return the order of this enrolment, and of the others that have the same portrait."""
    own = order_for(student, now) if student.campaign.payer == Payer.STUDENT.value else None
    return [*([own] if own is not None else []), *orders_of_same_portrait(student, now)]


def _shown_until(progress: Progress, visit: NextVisit | None) -> datetime | None:
    if visit is not None:
        return None if visit.is_over else visit.until
    return progress.next_step.until if progress.next_step else None


def render_proof(
    request: HttpRequest, student: Student, token: str, following: str, error: str = "", status: int = 200
) -> HttpResponse:
    """Ask for the last four characters before the page `following` opens."""
    context = {**page_context(request, student, token), "following": following, "proof_error": error}
    return render(request, "portal/proof.html", context, status=status)


def page_context(request: HttpRequest, student: Student, token: str) -> dict[str, Any]:
    """Return what every page shows: the student, the campaign and the help line."""
    campaign = student.campaign
    help_line = help_line_of(campaign, request_language(request))
    return {
        "token": token,
        "student": student,
        "campaign": campaign,
        "help_line": help_line,
        "proof_minutes": settings.APP.session.unlock_minutes,
    }


def portrait_context(progress: Progress) -> dict[str, Any]:
    return {"progress": progress, "latest": progress.latest, "marked": marked_portrait(progress)}


def proof_error(request: HttpRequest, result: LastFourResult) -> str:
    tr = request_translations(request)
    if not result.is_paused:
        return tr.translate("progress.wrong_four", left=result.tries_left)
    if result.resets_at is None:
        return tr.translate("progress.locked_for_good")
    return tr.translate("progress.too_many", until=format_moment(result.resets_at, tr.language))
