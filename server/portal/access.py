"""Find the student of a request to the student's page: its URL contains a secret, which the receipt has as a QR code.

The secret alone opens the read view. Pictures and every action also need a proof of identity (server.portal.proof).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from server.core.access import error_page
from server.records.models import Student
from server.stations.models import ProgressLink
from server.stations.roster import token_hash

View = Callable[..., HttpResponseBase]
# Referrer-Policy stays `same-origin`: with `no-referrer`, browsers send `Origin: null` with forms (Fetch, 3.2), which
# Django's CSRF check rejects. Either way no other site receives the address.
HEADERS: Final = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}
PICTURE_HEADERS: Final = {"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"}


def student_view(view: View) -> View:
    """Call `view(request, student, token)`; for an unknown address show a page with one sentence."""

    @wraps(view)
    def with_student(request: HttpRequest, token: str, **values: Any) -> HttpResponseBase:
        student = find_student(token)
        if student is None:
            response: HttpResponseBase = error_page(request, "progress.unknown_link", 404)
        else:
            response = view(request, student, token, **values)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return with_student


def find_student(token: str) -> Student | None:
    """Find the student by the receipt's own token, or by the older token of the student."""
    students = Student.objects.select_related("campaign", "campaign__school", "make_up_window")
    link = ProgressLink.objects.filter(token_hash=token_hash(token)).first()
    if link is not None:
        return students.get(pk=link.student_id)
    return students.filter(progress_token=token).first()
