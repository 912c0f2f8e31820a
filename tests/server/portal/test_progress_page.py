"""The student's page: what it shows, and what it does not show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from kiosk.upload.roster_payload import StudentState
from server.records.models import Campaign, Student
from server.submissions.models import Submission
from tests.server.conftest import make_student
from tests.server.review.test_review_pages import create_received
from tests.server.station_client import Visit
from tests.server.submissions.reviewing import approve, reject

pytestmark = pytest.mark.django_db


def page(client: Client, student: Student) -> str:
    answer = client.get(f"/p/{student.progress_token}?lang=en")
    assert answer.status_code == 200
    return answer.content.decode()


def headline(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    assert found
    return found[1]


def decide(submission: Submission, reviewer: tuple[str, str], reason: str = "", comment: str = "") -> None:
    user = get_user_model().objects.get(username=reviewer[0])
    if reason:
        reject(submission.pk, 0, user, timezone.now(), reason, comment)
    else:
        approve(submission.pk, 0, user, timezone.now())


def test_the_page_follows_every_decision(client: Client, student: Student, reviewer: tuple[str, str]) -> None:
    assert headline(page(client, student)) == "No portrait has arrived yet"
    first = create_received(student)
    assert headline(page(client, student)) == "Received, and being reviewed"
    decide(first, reviewer, "hair_brow", "left side <b>only</b>")
    html = page(client, student)
    assert headline(html) == "Please come for one more photo"
    assert "pin your fringe aside" in html
    assert "left side &lt;b&gt;only&lt;/b&gt;" in html
    second = create_received(student, seed=2)
    assert (second.version, headline(page(client, student))) == (2, "Received, and being reviewed")
    decide(second, reviewer)
    assert headline(page(client, student)) == "Your portrait is approved"


def test_a_withdrawn_student_sees_that(client: Client, campaign: Campaign) -> None:
    withdrawn = make_student(campaign, 5, state=StudentState.WITHDRAWN.value)
    assert headline(page(client, withdrawn)) == "You are not taking part in this collection"


def test_no_name_and_no_number_are_shown(client: Client, student: Student) -> None:
    create_received(student)
    html = page(client, student)
    assert "王*明" in html
    assert not [
        secret for secret in ("王小明", student.last_four, student.id, student.id_number_hmac) if secret in html
    ]


def test_a_guessed_address_shows_nothing(client: Client) -> None:
    answer = client.get("/p/AAAAAAAAAAAAAAAAAAAAAA")
    assert (answer.status_code, "王" in answer.content.decode()) == (404, False)


def test_the_portrait_needs_the_last_four(client: Client, student: Student) -> None:
    create_received(student)
    picture = f"/p/{student.progress_token}/portrait.jpg"
    assert client.get(picture).status_code == 404
    assert client.post(f"/p/{student.progress_token}/unlock", {"last_four": "0000"}).status_code == 403
    assert client.get(picture).status_code == 404
    answer = client.post(f"/p/{student.progress_token}/unlock", {"last_four": f" {student.last_four.lower()} "})
    assert answer.status_code == 302
    assert b"".join(client.get(picture).streaming_content) == Visit.of(student).portrait  # type: ignore[attr-defined]
    assert Client().get(picture).status_code == 404


def test_the_log_does_not_contain_the_address(
    client: Client, student: Student, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        assert client.post(f"/p/{student.progress_token}/unlock", {"last_four": "none"}).status_code == 403
        assert client.get(f"/p/{student.progress_token}/portrait.jpg").status_code == 404
    assert student.progress_token not in caplog.text


def test_the_proof_expires(client: Client, student: Student, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    create_received(student)
    client.post(f"/p/{student.progress_token}/unlock", {"last_four": student.last_four})
    assert client.get(f"/p/{student.progress_token}/portrait.jpg").status_code == 200
    later = timezone.now().timestamp() + settings.APP.session.unlock_minutes * 60 + 1
    monkeypatch.setattr("server.portal.proof.time.time", lambda: later)
    assert client.get(f"/p/{student.progress_token}/portrait.jpg").status_code == 404


def test_a_proof_opens_only_the_students_own_portrait(client: Client, campaign: Campaign) -> None:
    one, other = make_student(campaign, 1), make_student(campaign, 2)
    create_received(one)
    create_received(other, 2)
    client.post(f"/p/{one.progress_token}/unlock", {"last_four": one.last_four})
    assert client.get(f"/p/{other.progress_token}/portrait.jpg").status_code == 404


def test_the_last_four_cannot_be_guessed(client: Client, student: Student, settings: Any) -> None:
    create_received(student)
    unlock, tries = f"/p/{student.progress_token}/unlock", settings.APP.throttle.unlock_tries
    assert [client.post(unlock, {"last_four": "0000"}).status_code for _ in range(tries)] == [403] * (tries - 1) + [429]
    assert client.post(unlock, {"last_four": student.last_four}).status_code == 429
