"""The addresses that the page's script uses; README.md describes them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.portal.access import PICTURE_HEADERS
from server.records.models import Student
from server.remote import proofs, uploads, workspace
from server.remote.access import student_api, student_page
from server.remote.guide_document import guide_document
from server.remote.models import Proof
from server.remote.photo_requests import read_device, request_submission
from server.remote.progress import progress_of, set_step
from server.remote.status import photo_status, status_document
from server.submissions.piece_requests import content_length

MAX_SUBMIT_BYTES = 64 * 1024


@require_http_methods(["HEAD", "PATCH"])
@student_api
def photo(request: HttpRequest, student: Student, sha256: str) -> HttpResponse:
    """HEAD: how much of the photo with this hash is stored. PATCH: the next piece."""
    if request.method == "HEAD":
        return uploads.photo_state(student, sha256)
    return uploads.store_photo_piece(request, student, sha256, timezone.now())


@require_POST
@student_api
def new_proof(request: HttpRequest, student: Student) -> HttpResponse:
    """Queue the check of the copy in the body."""
    if content_length(request) > proofs.MAX_COPY_BYTES:
        raise ApiError("refused.remote_copy", limit=proofs.MAX_COPY_BYTES // 1024)
    now = timezone.now()
    proof = proofs.request_proof(student, request.body, now)
    progress_of(student, now)
    return JsonResponse({"proof": proof.pk}, status=202)


@require_GET
@student_api
def proof_state(request: HttpRequest, student: Student, proof: str) -> HttpResponse:
    return JsonResponse(proofs.proof_document(_own_proof(student, proof), request_translations(request)))


@require_safe
@student_page
def preview(request: HttpRequest, student: Student, proof: str) -> HttpResponseBase:
    """Send the preview of the portrait."""
    path = workspace.preview_path(_own_proof(student, proof).pk)
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/jpeg", headers=PICTURE_HEADERS)


@require_POST
@student_api
def submit(request: HttpRequest, student: Student, sha256: str) -> HttpResponse:
    """Queue the submission of a complete photo."""
    values = _read_json(request)
    also_for = values.get("also_for", [])
    if not isinstance(also_for, list) or not all(isinstance(one, str) for one in also_for):
        raise ApiError("refused.envelope_wrong", where="also_for", why="a list of ids is needed")
    job = request_submission(student, sha256, read_device(values), also_for, timezone.now())
    set_step(student, "result", timezone.now())
    return JsonResponse({"submission_job": job.pk}, status=202)


@require_GET
@student_api
def status(request: HttpRequest, student: Student) -> HttpResponse:
    return JsonResponse(status_document(student, photo_status(student, request_translations(request))))


@require_safe
@student_api
def guide(request: HttpRequest, student: Student) -> HttpResponse:
    """The rules, words and addresses of the live guidance for this student's campaign."""
    standard = student.campaign.photo_standard()
    limit = settings.APP.remote.max_photo_bytes
    return JsonResponse(guide_document(standard, request_language(request), limit))


def _own_proof(student: Student, identifier: str) -> Proof:
    proof = Proof.objects.filter(student=student, pk=identifier).first()
    if proof is None:
        raise Http404
    return proof


def _read_json(request: HttpRequest) -> dict[str, Any]:
    if content_length(request) > MAX_SUBMIT_BYTES:
        raise ApiError("refused.envelope_wrong", where="-", why=f"more than {MAX_SUBMIT_BYTES} bytes")
    try:
        values = json.loads(request.body)
        json.dumps(values, ensure_ascii=False).encode()  # fails for half of a surrogate pair, which PostgreSQL rejects
    except (ValueError, RecursionError):  # UnicodeError is a ValueError
        values = None
    if not isinstance(values, dict):
        raise ApiError("refused.envelope_wrong", where="-", why="a JSON object is needed")
    return values
