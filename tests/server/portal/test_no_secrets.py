"""No page of a student contains an ID number, whatever the student, the state and the texts."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from config.id_number import make_number
from server.notices.contacts import set_contact
from server.records.id_number_protection import encrypt_number, keyed_hash
from server.records.models import Campaign, Student
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action
from server.submissions.states import State
from tests.server.portal.conftest import prove, submission_after, url

pytestmark = pytest.mark.django_db
COUNT = itertools.count(1)
PARTS = ("", "confirm", "retake", "withdraw", "appeal", "contact")
NUMBERS = st.one_of(
    st.builds(make_number, st.just("990101"), st.dates(date(1950, 1, 1), date(2012, 1, 1)), st.integers(0, 999)),
    st.from_regex(r"E[0-9]{8}", fullmatch=True),
    st.from_regex(r"H[0-9]{8}", fullmatch=True),
)
# Rare characters, which no sentence of a page contains.
NAMES = st.text(st.characters(categories=("Lo",), max_codepoint=0x4DBF, min_codepoint=0x3400), min_size=2, max_size=6)


def student_with(number: str, name: str, campaign: Campaign) -> Student:
    serial = next(COUNT)
    return Student.objects.create(
        campaign=campaign,
        name=name,
        id_number_hmac=keyed_hash(number),
        id_number_encrypted=encrypt_number(number),
        last_four=number[-4:],
        student_no=f"2022{serial:04d}",
    )


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    number=NUMBERS,
    name=NAMES,
    state=st.sampled_from(State),
    language=st.sampled_from(["zh-CN", "en"]),
    proven=st.booleans(),
    email=st.from_regex(r"[a-z]{6,12}@school\.edu", fullmatch=True),
)
def test_no_page_contains_a_number_a_name_or_an_address(
    campaign: Campaign, number: str, name: str, state: State, language: str, proven: bool, email: str
) -> None:
    student = student_with(number, name, campaign)
    now = timezone.now() - timedelta(hours=1)
    identifier = f"{next(COUNT):032d}"
    reasons = (GivenReason("identity_mismatch", "请核对"),)
    action = Action.REVOKE if state is State.REVOKED else Action.REJECT
    submission_after(student, state, action, now, reasons=reasons, id=identifier)
    set_contact(student, phone="13812345678", email=email, consent_at=now)
    client = Client(headers={"accept-language": language})
    if proven:
        prove(client, student)
    birth = (number[6:14],) if len(number) == 18 else ()
    secrets = (number, number[:-1], *birth, name, email, student.id, student.id_number_hmac, identifier)
    for part in PARTS:
        answer = client.get(url(student, part), follow=True)
        assert answer.status_code == 200
        html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        html = html.replace(student.progress_token, "")
        assert [secret for secret in (*secrets, "13812345678") if secret in html] == [], part
        assert not re.search(r"(?<!\d)\d{17}[\dXx](?!\d)", html)
    assert number not in client.post(url(student, "unlock"), {"last_four": number}).content.decode()
