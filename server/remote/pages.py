"""The seven screens: four that prepare, the photo, its check, and the result. Each has one task."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kiosk.upload.photo_origin import DeviceReport
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.order_page.views import qr_data_url
from server.payments.orders import order_for
from server.portal.progress import progress_of as review_progress_of
from server.records.campaign_options import PhotoSource
from server.records.models import Student
from server.remote.access import student_page
from server.remote.eligibility import require_open, times_to_come
from server.remote.models import PREPARATION, Proof, Step
from server.remote.page_headers import camera_page
from server.remote.photo_jobs import latest_job
from server.remote.photo_requests import request_submission
from server.remote.progress import ORDER, progress_of, set_step, step_after, step_before
from server.remote.proofs import preview_url, proof_document, request_proof
from server.remote.sharing import other_enrolments
from server.remote.status import NONE, SUBMITTED, photo_status
from server.remote.uploads import begin_photo
from server.remote.workspace import photo_files
from server.submissions.partial_files import WrongOffset

_FORM_SOURCES: Final = (PhotoSource.CAMERA_APP.value, PhotoSource.FILE.value)
_UNPAID: Final = "remote_unpaid"


@require_safe
@student_page
def start(request: HttpRequest, student: Student) -> HttpResponseBase:
    """Redirect to the screen that the student has reached, on any device."""
    now = timezone.now()
    step = progress_of(student, now).step
    if latest_job(student) is not None and photo_status(student, request_translations(request)).state != NONE:
        step = Step.RESULT.value
    return redirect(f"remote:{step}", student_id=student.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@student_page
def prepare(request: HttpRequest, student: Student, step: str) -> HttpResponseBase:
    """Show a screen that prepares; its button stores that the student has done it."""
    if request.method == "POST":
        following = step_after(Step(step)).value
        set_step(student, following, timezone.now())
        return redirect(f"remote:{following}", student_id=student.pk)
    closed = _closed(request, student)
    if closed is not None:
        return closed
    context = _context(request, student, Step(step))
    if step == Step.HELPER.value:
        address = request.build_absolute_uri(reverse("remote:start", args=[student.pk]))
        context["qr"] = qr_data_url(address)  # the address is no secret: the student signs in on the phone, too
    return render(request, "remote/prepare.html", context)


@require_safe
@camera_page
@student_page
def camera(request: HttpRequest, student: Student) -> HttpResponseBase:
    """Take the photo: guided by the page's script, or by the plain form."""
    closed = _closed(request, student)
    if closed is not None:
        return closed
    sources = student.campaign.photo_sources
    context = {
        **_context(request, student, Step.CAMERA),
        "sources": " ".join(sources),
        "form_sources": [source for source in _FORM_SOURCES if source in sources] or [PhotoSource.CAMERA_APP.value],
        "csrf": get_token(request),
        "language": request_language(request),
    }
    return render(request, "remote/camera.html", context)


@require_POST
@student_page
def send_form(request: HttpRequest, student: Student) -> HttpResponseBase:
    """Store a photo that came by the plain form, and queue its check."""
    try:
        photo, now = request.FILES.get("photo"), timezone.now()
        if photo is None or not photo.size:
            raise ApiError("refused.remote_no_photo")
        sha256 = _store(student, photo)
        source = str(request.POST.get("source", ""))
        source = source if source in student.campaign.photo_sources else student.campaign.photo_sources[0]
        proof = request_proof(student, None, now, sha256)
        set_step(student, Step.CHECK.value, now, photo_sha256=sha256, photo_source=source, proof=proof.pk)
    except ApiError as api_error:
        messages.error(request, api_error.in_language(request_language(request)))
        return redirect("remote:camera", student_id=student.pk)
    return redirect("remote:check", student_id=student.pk)


@require_safe
@student_page
def check(request: HttpRequest, student: Student) -> HttpResponseBase:
    """Show the verdicts and the preview of the photo that came by the form."""
    progress = progress_of(student, timezone.now())
    proof = Proof.objects.filter(student=student, pk=progress.proof).first()
    if proof is None or not progress.photo_sha256:
        return redirect("remote:camera", student_id=student.pk)
    document = proof_document(proof, request_translations(request))
    context = {
        **_context(request, student, Step.CHECK),
        "proof": document,
        "photo": progress.photo_sha256,
        "faults": [line for line in document["verdicts"] if line["outcome"] == "fail"],
        "doubts": [line for line in document["verdicts"] if line["outcome"] == "unsure" and line["advice"]],
        "may_send": preview_url(proof) is not None,
        "others": other_enrolments(student),
    }
    return render(request, "remote/check.html", context)


@require_POST
@student_page
def send(request: HttpRequest, student: Student) -> HttpResponseBase:
    """Submit the checked photo. If another one was sent meanwhile, as in a second tab, show its check first: nobody may
    submit a photo that the page did not show."""
    now = timezone.now()
    progress = progress_of(student, now)
    if not progress.photo_sha256:
        return redirect("remote:camera", student_id=student.pk)
    if request.POST.get("photo", progress.photo_sha256) != progress.photo_sha256:
        messages.error(request, request_translations(request).translate("remote.newer_photo"))
        return redirect("remote:check", student_id=student.pk)
    device = DeviceReport.model_validate(
        {"source": progress.photo_source, "user_agent": request.headers.get("User-Agent", "")[:300]}
    )
    try:
        request_submission(student, progress.photo_sha256, device, request.POST.getlist("also_for"), now)
    except ApiError as api_error:
        messages.error(request, api_error.in_language(request_language(request)))
        return redirect("remote:camera", student_id=student.pk)
    set_step(student, Step.RESULT.value, now)
    return redirect("remote:result", student_id=student.pk)


@require_safe
@student_page
def result(request: HttpRequest, student: Student) -> HttpResponseBase:
    """Show the result: the portrait is being made, it was submitted, or another photo is needed."""
    status = photo_status(student, request_translations(request))
    if status.state == NONE and not student.submissions.exists():
        return redirect("remote:camera", student_id=student.pk)
    progress = review_progress_of(student)
    context = {
        **_context(request, student, Step.RESULT),
        "status": status,
        "progress": progress if status.state in (SUBMITTED, NONE) else None,
        "token": student.progress_token,
    }
    return render(request, "remote/result.html", context)


def _store(student: Student, photo: UploadedFile) -> str:
    """Store the photo as one piece, byte for byte; return its hash. Raises ApiError."""
    digest, size = hashlib.sha256(), int(photo.size or 0)
    for chunk in photo.chunks():
        digest.update(chunk)
    sha256, files = digest.hexdigest(), photo_files(student)
    if files.state(sha256).path is None:
        begin_photo(student, size, timezone.now())
        photo.seek(0)
        try:
            files.append(sha256, 0, size, photo.chunks())
        except WrongOffset:  # pieces of the same photo arrived before: start again
            files.discard(sha256)
            photo.seek(0)
            files.append(sha256, 0, size, photo.chunks())
    return sha256


def _context(request: HttpRequest, student: Student, step: Step) -> dict[str, Any]:
    before = step_before(step)
    return {
        "student": student,
        "campaign": student.campaign,
        "step": step.value,
        "number": ORDER.index(step) + 1,
        "steps": [one.value for one in ORDER],
        "is_preparation": step in PREPARATION,
        "before": reverse(f"remote:{before.value}", args=[student.pk]) if before in (*PREPARATION, Step.CAMERA) else "",
    }


def _closed(request: HttpRequest, student: Student) -> HttpResponse | None:
    """Return the page that explains why no photo may be sent now; None if one may."""
    now = timezone.now()
    try:
        require_open(student, now)
    except ApiError as api_error:
        if student.submissions.exists() and api_error.reason == "remote_received":
            return redirect("remote:result", student_id=student.pk)
        needs_order = api_error.reason == _UNPAID
        context = {
            **_context(request, student, Step.HELPER),
            "reason": api_error.reason,
            "order": order_for(student, now) if needs_order else None,
            "times": times_to_come(student, now),
            "token": student.progress_token,
        }
        return render(request, "remote/closed.html", context, status=200 if needs_order else 403)
    return None
