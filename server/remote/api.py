"""The addresses that the page's script uses; README.md describes them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from server.records.models import Student
from server.remote import uploads
from server.remote.access import student_api


@require_http_methods(["HEAD", "PATCH"])
@student_api
def photo(request: HttpRequest, student: Student, sha256: str) -> HttpResponse:
    """HEAD: how much of the photo with this hash is stored. PATCH: the next piece."""
    if request.method == "HEAD":
        return uploads.photo_state(student, sha256)
    return uploads.store_photo_piece(request, student, sha256, timezone.now())
