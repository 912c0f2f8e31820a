"""The student of a request to the remote page: an enrolment of the signed-in person, by its id in the address."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from server.accounts.session import chosen_student, person_required, signed_in_person
from server.core.api_errors import ApiError
from server.core.error_handlers import json_error_response

View = Callable[..., HttpResponseBase]
HEADERS: Final = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


def student_page(view: View) -> View:
    """Call `view(request, student)`; somebody who is not signed in is sent to the sign-in page and back."""

    @person_required
    @wraps(view)
    def with_student(request: HttpRequest, student_id: str, **values: Any) -> HttpResponseBase:
        return _with_headers(view(request, chosen_student(request, student_id), **values))

    return with_student


def student_api(view: View) -> View:
    """As `student_page` for the page's script: every refusal is JSON with a reason and one sentence in each
    language."""

    @wraps(view)
    def with_student(request: HttpRequest, student_id: str, **values: Any) -> HttpResponseBase:
        try:
            if signed_in_person(request) is None:
                raise ApiError("refused.signed_out")
            response = view(request, chosen_student(request, student_id), **values)
        except Http404:
            response = json_error_response(ApiError("refused.no_such_address"))
        except ApiError as api_error:
            response = json_error_response(api_error)
        return _with_headers(response)

    return with_student


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
