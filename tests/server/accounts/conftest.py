"""Persons with accounts and enrolments."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client, RequestFactory

from server.accounts.session import sign_in
from server.records.models import Student
from server.records.people_models import EnrolmentLink, LinkProof, Person


@pytest.fixture
def person(db: None) -> Person:
    return Person.objects.create()


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


def linked(person: Person, student: Student) -> EnrolmentLink:
    return EnrolmentLink.objects.create(student=student, person=person, proof=LinkProof.CODE_LAST_FOUR.value)


def request_with(session: Any = None, path: str = "/account/") -> HttpRequest:
    """Return a request of a browser that has this session."""
    request = RequestFactory().get(path)
    request.session = session if session is not None else SessionStore()
    return request


def sign_in_client(client: Client, person: Person) -> None:
    """Sign in without the pages."""
    request = request_with(client.session)
    sign_in(request, person)
    request.session.save()
    client.cookies["sessionid"] = str(request.session.session_key)
