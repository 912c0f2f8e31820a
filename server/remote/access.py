"""Who a request to the remote page is about: an enrolment of the signed-in person, by its id in the address."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from server.core.access import error_page
from server.core.api_errors import ApiError
from server.core.error_handlers import json_error_response
from server.records.models import Person, Student

View = Callable[..., HttpResponseBase]
PERSON_KEY: Final = "person"
"""The entry of the session with the id of the signed-in person."""
HEADERS: Final = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


def signed_in_person(request: HttpRequest) -> Person | None:
    identifier = request.session.get(PERSON_KEY)
    return Person.objects.filter(pk=identifier).first() if isinstance(identifier, str) else None


def chosen_student(request: HttpRequest, identifier: str) -> Student | None:
    """Return the enrolment if it belongs to the signed-in person."""
    person = signed_in_person(request)
    if person is None:
        return None
    own = Student.objects.filter(person_link__person=person)
    return own.select_related("campaign__school", "make_up_window").filter(pk=identifier).first()


def student_page(view: View) -> View:
    """Call `view(request, student)`; somebody who is not signed in is sent to the sign-in page."""

    @wraps(view)
    def found(request: HttpRequest, student_id: str, **values: Any) -> HttpResponseBase:
        student = chosen_student(request, student_id)
        if student is not None:
            response = view(request, student, **values)
        elif signed_in_person(request) is None:
            response = redirect(settings.LOGIN_URL)
        else:
            response = error_page(request, "pages.not_found", 404)
        return _with_headers(response)

    return found


def student_api(view: View) -> View:
    """As `student_page` for the page's script: every refusal is JSON with a reason and one sentence in each
    language."""

    @wraps(view)
    def found(request: HttpRequest, student_id: str, **values: Any) -> HttpResponseBase:
        student = chosen_student(request, student_id)
        try:
            if student is None:
                raise ApiError("refused.no_such_address" if signed_in_person(request) else "refused.signed_out")
            response = view(request, student, **values)
        except ApiError as api_error:
            response = json_error_response(api_error)
        return _with_headers(response)

    return found


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
