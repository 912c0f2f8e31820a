"""Guesses never succeed: limits hold for every process, and a response never shows whether somebody is known."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from server.accounts.capture_codes import prove
from server.accounts.models import Account
from server.accounts.phones import set_phone
from server.audit.models import Action, Event
from server.core.models import TryCount
from server.core.throttle import Throttle, address_tries
from server.records.id_number_protection import keyed_hash
from server.records.models import Campaign, Student
from server.records.people_models import Person
from tests.paths import ROOT
from tests.server.accounts.test_modes import allow, sign_up
from tests.server.accounts.walking import PASSWORD, Walker, own_code
from tests.server.conftest import fake_number

pytestmark = pytest.mark.django_db


def create_account_with_password(number: str = "") -> Account:
    return Account.objects.create(
        person=Person.objects.create(),
        id_number_hmac=keyed_hash(number or fake_number(1)),
        password=hashers.make_password(PASSWORD),
    )


def request_from(address: str) -> HttpRequest:
    request = RequestFactory().post("/account/last-four", REMOTE_ADDR=address)
    request.session = SessionStore()
    return request


def without_tokens(page: bytes) -> str:
    """Return the page without the token, which is new in every response, and without typed ID numbers."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.decode())
    return re.sub(r"9901\d{13}[0-9X]", "NUMBER", text)


def allow_tries(settings: Any, **limits: Any) -> None:
    throttle = settings.APP.throttle.model_copy(update=limits)
    settings.APP = settings.APP.model_copy(update={"throttle": throttle})


def test_ten_thousand_guesses_from_fifty_addresses_open_nothing(
    campaign: Campaign, student: Student, settings: Any
) -> None:
    """Only the limit in all protects the student here; the other limits are too high for a pause.

    Once the limit is reached, a guess changes no counter of the student, so the guesses between the hundredth and the
    last ones are left out. The right characters are the very last guess.
    """
    right, code, remaining = "9999", own_code(student), set()
    Student.objects.filter(pk=student.pk).update(last_four=right)
    allow_tries(settings, last_four_tries=10_001, person_tries_per_hour_per_address=10_001)
    granted = 0
    for number in (*range(100), *range(9_950, 10_000)):
        proof = prove(request_from(f"10.0.0.{number % 50}"), campaign, code, f"{number:04d}")
        assert proof.student is None
        granted += not proof.result.is_paused
        if number >= 50:
            remaining.add(Throttle("capture_code_in_all", 20, 1).remaining(f"student {student.pk}"))
    assert granted == 19  # the twentieth is the last one and reports the pause
    assert remaining == {0}


def test_guesses_over_http_pause_the_code_and_not_the_student(campaign: Campaign, student: Student) -> None:
    walker = sign_up(allow(campaign, "capture_code"))
    walker.post("capture-code", typed=own_code(student))
    answers = [walker.post("last-four", last_four=f"{guess:04d}") for guess in range(8)]
    assert [answer.status_code for answer in answers] == [403] * 4 + [429] * 4
    assert walker.post("last-four", last_four=student.last_four).status_code == 429
    assert Event.objects.filter(action=Action.LAST_FOUR_PAUSED.value).exists()
    assert Client().post(f"/p/{student.progress_token}/unlock", {"last_four": student.last_four}).status_code == 302


def test_an_unknown_code_and_wrong_characters_get_the_same_response(campaign: Campaign, student: Student) -> None:
    pages, work = [], []
    allow(campaign, "capture_code")
    for code in ("the first try from an address starts its counter", own_code(student), "nobody's code"):
        walker = sign_up(campaign, f"1381234567{len(pages)}")
        walker.post("capture-code", typed=code)
        with CaptureQueriesContext(connection) as queries:
            answer = walker.post("last-four", last_four="0000")
        pages.append((answer.status_code, without_tokens(answer.content)))
        work.append(len(queries))
    assert pages[0] == pages[1] == pages[2]
    assert work[1] == work[2]


def test_unknown_numbers_and_wrong_passwords_get_the_same_response_after_one_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Compared by bytes, queries and hashes, not by a clock."""
    create_account_with_password(fake_number(1))
    Account.objects.create(person=Person.objects.create(), id_number_hmac=keyed_hash(fake_number(2)))
    hashed: list[str] = []
    real = hashers.MD5PasswordHasher.encode

    def encode(self: Any, password: str, salt: str) -> str:
        hashed.append(salt)
        return str(real(self, password, salt))

    Walker().post("signin", number="warm", password="up")
    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", encode)
    answers = []
    for number in (fake_number(1), fake_number(2), fake_number(3)):  # a wrong password, one without, an unknown number
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = Walker().post("signin", number=number, password="wrong1234")
        answers.append((answer.status_code, without_tokens(answer.content), len(queries), len(hashed)))
    assert answers[0][0] == 403
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][3] == 1
    assert Event.objects.filter(action=Action.PERSON_SIGN_IN_FAILED.value).count() == 4


def test_codes_are_sent_to_known_and_unknown_phones_alike() -> None:
    known = Account(person=Person.objects.create())
    set_phone(known, "+8613900000001")
    known.save()
    for page in ("phone", "password"):
        responses = []
        for phone in ("139 0000 0001", "139 0000 0002"):
            walker = Walker()
            with CaptureQueriesContext(connection) as queries:
                answer = walker.post(page, phone=phone)
            code_page = walker.get("code").content
            responses.append(
                (
                    answer.status_code,
                    answer.headers["Location"],
                    len(queries),
                    re.sub(r"139[*]{4}\d{4}", "", without_tokens(code_page)),
                )
            )
        assert responses[0] == responses[1]
        TryCount.objects.all().delete()


def test_wrong_passwords_pause_number_and_address_but_lock_nobody_out() -> None:
    create_account_with_password()
    answers = [Walker().post("signin", number=fake_number(1), password=f"wrong{at}abc").status_code for at in range(9)]
    assert answers == [403] * 8 + [429]
    elsewhere = Client(REMOTE_ADDR="10.9.9.9")
    assert elsewhere.post("/account/signin", {"number": fake_number(1), "password": PASSWORD}).status_code == 302


def test_one_password_cannot_be_tried_on_every_number(settings: Any) -> None:
    allow_tries(settings, person_tries_per_hour_per_address=3)
    codes = [Walker().post("signin", number=fake_number(at), password=PASSWORD).status_code for at in range(1, 6)]
    assert codes == [403] * 3 + [429] * 2


def test_a_campus_behind_one_address_has_more_tries(settings: Any) -> None:
    allow_tries(settings, trusted_networks=("10.0.0.0/8", "2001:db8::/32"))
    limits = [
        address_tries(request_from(address), 5) for address in ("10.1.2.3", "11.1.2.3", "2001:db8::1", "nonsense")
    ]
    assert limits == [100, 5, 100, 5]


_SECOND_PROCESS = """
import json, os, sys
import django
from django.conf import settings
settings.DATABASES["default"].update(json.loads(sys.argv[1]))
django.setup()
from server.core.throttle import Throttle
print([Throttle("capture_code", 5).allow(sys.argv[2]) for _ in range(3)])
"""


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_a_second_process_counts_the_same_tries() -> None:
    here = [Throttle("capture_code", 5).allow("student x") for _ in range(3)]
    database = {name: connection.settings_dict[name] for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    command = [
        sys.executable,
        "-c",
        _SECOND_PROCESS,
        json.dumps({**database, "NAME": str(database["NAME"])}),
        "student x",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert here == [True] * 3
    assert second.stdout.strip() == "[True, True, False]", second.stderr[-2000:]
    assert not Throttle("capture_code", 5).allow("student x")
