"""A person's session: starts with a new key, ends by time or a new password, and is never a staff session too."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404, HttpRequest, HttpResponse

from server.accounts.models import Account
from server.accounts.session import (
    PERSON_KEY,
    VISIT_KEY,
    chosen_student,
    enrolments_of,
    person_required,
    safe_next,
    sign_in,
    sign_out,
    signed_in_person,
)
from server.accounts.visit import VISIT_MINUTES, CardFields, Visit
from server.records.models import Campaign
from server.records.people_models import Person
from tests.server.accounts.conftest import linked, request_with
from tests.server.conftest import fake_number, make_campaign, make_student

pytestmark = pytest.mark.django_db


def next_request(request: HttpRequest) -> HttpRequest:
    """Return the next request of the same browser."""
    request.session.save()
    return request_with(request.session)


def test_a_person_stays_signed_in_until_they_sign_out(person: Person) -> None:
    request = request_with()
    assert signed_in_person(request) is None
    sign_in(request, person)
    assert signed_in_person(request) == person
    assert signed_in_person(next_request(request)) == person
    sign_out(request)
    assert signed_in_person(request) is None
    assert signed_in_person(next_request(request)) is None


def test_signing_in_starts_a_new_session_and_keeps_only_the_visit(person: Person) -> None:
    request = request_with()
    request.session.update({"proof:abc": 1.0, VISIT_KEY: {"campaign": "tstcmp"}})
    request.session.save()
    before = request.session.session_key
    sign_in(request, person)
    request.session.save()
    assert request.session.session_key != before
    assert not request.session.exists(before)
    assert "proof:abc" not in request.session
    assert request.session[VISIT_KEY] == {"campaign": "tstcmp"}


def test_the_values_of_an_expired_visit_are_deleted_from_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_with()
    Visit(request).set_card(CardFields(fake_number(1), "Lin"))
    assert Visit(next_request(request)).card is not None
    now = time.time()
    monkeypatch.setattr("server.accounts.visit.time.time", lambda: now + VISIT_MINUTES * 60 + 1)
    later = next_request(request)
    assert Visit(later).card is None
    assert VISIT_KEY not in later.session


def test_a_new_password_ends_every_session(person: Person) -> None:
    request = request_with()
    sign_in(request, person)
    Account.objects.update(session_version=2)
    assert signed_in_person(next_request(request)) is None


def test_a_session_ends_after_its_hours(person: Person, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_with()
    sign_in(request, person)
    later = time.time() + settings.APP.session.person_hours * 3600
    for seconds, expected in ((-60, person), (60, None)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: later + seconds)
        assert signed_in_person(next_request(request)) == expected


def test_a_person_who_signs_in_ends_the_session_of_the_staff(person: Person) -> None:
    request = request_with()
    request.user = AnonymousUser()
    login(request, User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    sign_in(request, person)
    assert USER_KEY not in request.session
    assert not request.user.is_authenticated


def test_a_user_of_the_staff_who_signs_in_ends_that_of_the_person(person: Person) -> None:
    request = request_with()
    sign_in(request, person)
    login(request, User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    assert PERSON_KEY not in request.session
    assert signed_in_person(next_request(request)) is None


def test_a_session_of_both_belongs_to_no_person(person: Person) -> None:
    """Even if some code put both into one session."""
    request = request_with()
    sign_in(request, person)
    request.session[USER_KEY] = "1"
    assert signed_in_person(next_request(request)) is None


@pytest.mark.parametrize("stored", [None, "x", 5, {}, {"id": None}, {"id": "nobody", "version": 1, "at": 0.0}])
def test_a_session_without_valid_data_belongs_to_nobody(stored: Any) -> None:
    request = request_with()
    request.session[PERSON_KEY] = stored
    assert signed_in_person(request) is None


def test_only_a_linked_enrolment_can_be_chosen(person: Person, campaign: Campaign) -> None:
    own, other = make_student(campaign), make_student(campaign, 2)
    linked(person, own)
    linked(Person.objects.create(), other)
    request = request_with()
    with pytest.raises(Http404):
        chosen_student(request, own.pk)
    sign_in(request, person)
    assert chosen_student(request, own.pk) == own
    for wrong in (other.pk, "", "0" * 32, "\0"):
        with pytest.raises(Http404):
            chosen_student(request, wrong)


def test_two_enrolments_of_one_person_stay_apart(person: Person, campaign: Campaign) -> None:
    first, second = make_student(campaign), make_student(make_campaign("second"))
    for student in (first, second):
        linked(person, student)
    assert set(enrolments_of(person)) == {first, second}


def test_a_visitor_is_sent_to_the_sign_in_page_and_back(person: Person) -> None:
    view = person_required(lambda request: HttpResponse("in"))
    answer = view(request_with(path="/account/add?campaign=x"))
    assert answer.headers["Location"] == "/account/signin?next=%2Faccount%2Fadd%3Fcampaign%3Dx"
    request = request_with()
    sign_in(request, person)
    assert view(request).status_code == 200


@pytest.mark.parametrize(
    "target",
    ["", None, "//evil.example/x", "https://evil.example", "javascript:alert(1)", "account", "/\\evil.example"],
)
def test_nobody_is_sent_to_another_site(target: str | None) -> None:
    assert safe_next(request_with(), target) == "/account/"
    assert safe_next(request_with(), "/remote/abc?x=1") == "/remote/abc?x=1"
