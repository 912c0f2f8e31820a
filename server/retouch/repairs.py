"""Receive strokes or an edited file, and show the state of their job."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Problem
from kiosk.capture.repair.strokes import parse_strokes
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.records.models import Campaign
from server.retouch import jobs
from server.retouch.access import get_job, get_submission, require_retoucher
from server.retouch.job_view import job_view
from server.retouch.pages import render_page, works_on
from server.submissions.models import Submission
from server.submissions.pictures import check_portrait, decode_portrait

MAX_UPLOAD_BYTES: Final = 2_000_000


@require_POST
@require_retoucher
def send_strokes(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """Queue a job that makes the portrait with these strokes; the response names it. For the page's script."""
    submission = get_submission(request, identifier)
    try:
        _require_claim(request, submission)
        strokes = parse_strokes(request.POST.get("strokes", ""))
        if not strokes:
            raise Problem("retouch_page.no_strokes")
    except Problem as problem:
        status = problem.status if isinstance(problem, ApiError) else 422
        return JsonResponse({"error": problem.in_language(request_language(request))}, status=status)
    job = jobs.request_repair(submission, strokes, request.user, timezone.now())
    return JsonResponse({"job": reverse("retouch:job", args=[identifier, job.pk])}, status=202)


@require_POST
@require_retoucher
def upload(request: HttpRequest, identifier: str) -> HttpResponse:
    """Check the form of an edited portrait at once, and queue the check of the face; the page then shows the result."""
    submission = get_submission(request, identifier)
    try:
        _require_claim(request, submission)
        content = _uploaded_portrait(request, submission)
    except Problem as problem:
        status = problem.status if isinstance(problem, ApiError) else 422
        return render_page(request, submission, problem.in_language(request_language(request)), status)
    job = jobs.request_check(submission, content, request.user, timezone.now())
    return redirect(f"{reverse('retouch:submission', args=[identifier])}?job={job.pk}#result")


@require_safe
@require_retoucher
def job_state(request: HttpRequest, identifier: str, job: str) -> HttpResponse:
    """Respond with the state of a job and the part of the page that shows it, for the page's script."""
    row = get_job(request, identifier, job)
    submission = get_submission(request, identifier)
    view = job_view(row, request_translations(request), timezone.now())
    context: dict[str, Any] = {
        "job": view,
        "submission": submission,
        "working": works_on(request.user, submission),
    }
    html = render_to_string("retouch/_job.html", context, request)
    return JsonResponse({"status": row.status, "html": html, "result": view.result_url, "sentence": view.sentence})


def _require_claim(request: HttpRequest, submission: Submission) -> None:
    if not works_on(request.user, submission):
        raise ApiError("refused.claimed", by=str(submission.claimed_by or "-"))


def _uploaded_portrait(request: HttpRequest, submission: Submission) -> bytes:
    """Return the bytes of the file. Raises Problem: retouch_page.no_file, .same_file, .upload_* (format, size)."""
    file = request.FILES.get("portrait")
    if file is None or not file.size:
        raise Problem("retouch_page.no_file")
    output = submission.student.campaign.photo_standard().output
    if file.size > MAX_UPLOAD_BYTES:
        raise Problem("retouch_page.upload_file_too_large", size=file.size, limit=output.max_bytes)
    content: bytes = file.read()
    if hashlib.sha256(content).hexdigest() in (submission.portrait_sha256, submission.submitted_portrait_sha256):
        raise Problem("retouch_page.same_file")
    _check_form(content, submission.student.campaign)
    return content


def _check_form(content: bytes, campaign: Campaign) -> None:
    """Decode the file in the isolated decoder and compare it with the output of the standard."""
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as temp_file:
        temp_file.write(content)
        temp_file.flush()
        try:
            decoded = decode_portrait(Path(temp_file.name))
            check_portrait(len(content), decoded, campaign.photo_standard().output)
        except ApiError as api_error:
            # The same checks as at intake, in words for a retoucher instead of a station.
            raise Problem(f"retouch_page.upload_{api_error.reason}", **api_error.values) from api_error
