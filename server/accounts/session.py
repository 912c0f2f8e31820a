"""The signed-in person, in the session of their browser.

A person is no Django user. One session holds a person or a user of the staff, never both: signing in as a person ends
the session of a user, and the reverse.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from server.accounts.models import Account
from server.core.database_text import without_nul
from server.core.language import request_language
from server.records.models import Student
from server.records.people_models import Person

PERSON_KEY: Final = "person"
VISIT_KEY: Final = "account_visit"
"""The steps of a visitor before the sign-in (server.accounts.visit); they are kept after it."""
SIGN_IN_PATH: Final = "/account/signin"
HOME_PATH: Final = "/account/"
_CACHE: Final = "_signed_in_person"

View = Callable[..., HttpResponseBase]


def signed_in_person(request: HttpRequest) -> Person | None:
    """Return the person of this browser's session; None for visitors, for the staff, and after [session] person_hours
    or a change of password or phone. One query a request."""
    if not hasattr(request, _CACHE):
        setattr(request, _CACHE, _find(request))
    person: Person | None = getattr(request, _CACHE)
    return person


def sign_in(request: HttpRequest, person: Person) -> None:
    """Start a new session, with a new key, for this person; only the visit is kept from the earlier session."""
    account, _ = Account.objects.get_or_create(person=person, defaults={"language": request_language(request)})
    visit = request.session.get(VISIT_KEY)
    request.session.flush()
    request.user = AnonymousUser()
    request.session[PERSON_KEY] = {"id": person.pk, "version": account.session_version, "at": time.time()}
    if visit is not None:
        request.session[VISIT_KEY] = visit
    request.session.set_expiry(settings.APP.session.person_hours * 3600)
    rotate_token(request)
    setattr(request, _CACHE, person)


def sign_out(request: HttpRequest) -> None:
    """End the session of a person; nothing of it is kept."""
    request.session.flush()
    setattr(request, _CACHE, None)


def forget_person(request: HttpRequest | None = None, **_: Any) -> None:
    """Remove the person from the session when a user of the staff signs in (Django's signal user_logged_in)."""
    if request is None:
        return
    for key in (PERSON_KEY, VISIT_KEY):
        request.session.pop(key, None)
    setattr(request, _CACHE, None)


def person_required(view: View) -> View:
    """Redirect visitors to the sign-in page, and back after it; after a POST, which a link cannot repeat, to the
    account's page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if signed_in_person(request) is None:
            back = request.get_full_path() if request.method in ("GET", "HEAD") else HOME_PATH
            return redirect(f"{SIGN_IN_PATH}?{urlencode({'next': back})}")
        return view(request, *args, **kwargs)

    return guarded


def safe_next(request: HttpRequest, target: str | None) -> str:
    """Return `target` if it is a path of this server, else the account's page."""
    is_own = url_has_allowed_host_and_scheme(
        target or "", allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if target and is_own and target.startswith("/") else HOME_PATH


def enrolments_of(person: Person) -> QuerySet[Student]:
    """Return the enrolments that are linked to this person, the campaign that closes last first."""
    students = Student.objects.filter(person_link__person=person)
    return students.select_related("campaign__school", "make_up_window").order_by("-campaign__closes_at", "pk")


def chosen_student(request: HttpRequest, student_id: str) -> Student:
    """Return the enrolment that the signed-in person chose. Raises Http404 unless it is linked to them."""
    person = signed_in_person(request)
    student = enrolments_of(person).filter(pk=without_nul(student_id)).first() if person is not None else None
    if student is None:
        raise Http404
    return student


def _find(request: HttpRequest) -> Person | None:
    stored = request.session.get(PERSON_KEY)
    if not isinstance(stored, dict) or USER_KEY in request.session:
        return None
    account = Account.objects.select_related("person").filter(pk=stored.get("id")).first()
    age = time.time() - stored.get("at", 0.0)
    if account is None or stored.get("version") != account.session_version:
        return None
    return account.person if 0 <= age <= settings.APP.session.person_hours * 3600 else None
