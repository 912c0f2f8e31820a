"""Permissions of the review pages and effects of a decision, with Django's test client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from config.i18n import translations
from config.standards.registry import Stage
from server.core.models import TryCount
from server.core.throttle import Throttle
from server.members.roles import create_reviewer
from server.records.models import Campaign, Student
from server.stations.models import PairingCode, Station
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.conftest import make_campaign, make_student
from tests.server.records.test_roster_import import file, line
from tests.server.station_client import Visit

pytestmark = pytest.mark.django_db


def create_received(student: Student, seed: int = 1, minutes: int = 0) -> Submission:
    """Create a submission as intake stores it, received `minutes` minutes ago."""
    station, _ = Station.objects.get_or_create(
        token_hash="0" * 64, defaults={"name": "一号站", "paired_at": timezone.now()}
    )
    visit = Visit.of(student, seed)
    delivery = IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])
    return ingest(delivery, station, timezone.now() - timedelta(minutes=minutes))


@pytest.fixture
def signed_in(client: Client, reviewer: tuple[str, str]) -> Client:
    assert client.login(username=reviewer[0], password=reviewer[1])
    return client


def pages(submission: Submission) -> list[str]:
    own = f"/review/{submission.pk}/"
    return ["/review/", own, f"{own}shot.jpg", f"{own}portrait.jpg", f"{own}original"]


def test_nobody_sees_anything_without_signing_in(client: Client, student: Student) -> None:
    for path in pages(create_received(student)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/signin")


def test_staff_without_the_permission_see_nothing_either(client: Client, student: Student) -> None:
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    assert {client.get(path).status_code for path in pages(create_received(student))} == {403}


def test_reviewers_do_not_look_after_stations(signed_in: Client) -> None:
    answers = [signed_in.get("/stations/"), signed_in.post("/stations/code"), signed_in.get("/roster/")]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert not PairingCode.objects.exists()


def test_a_reviewer_sees_the_stored_portrait(signed_in: Client, student: Student) -> None:
    submission = create_received(student)
    for path in pages(submission):
        assert signed_in.get(path).status_code == 200
    answer = signed_in.get(f"/review/{submission.pk}/portrait.jpg")
    assert b"".join(answer.streaming_content) == Visit.of(student).portrait  # type: ignore[attr-defined]
    assert answer.headers["Cache-Control"].startswith("private")


def test_a_downloaded_original_opens_as_a_picture(signed_in: Client, student: Student) -> None:
    identifier = create_received(student).pk
    answer = signed_in.get(f"/review/{identifier}/original")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{identifier}.jpg"'


def test_the_page_shows_what_was_measured_worst_first(signed_in: Client, student: Student) -> None:
    submission = create_received(student)
    page = signed_in.get(f"/review/{submission.pk}/?lang=zh_CN").content.decode()
    assert page.index('class="fail"') < page.index('class="unsure"') < page.index('class="pass"')
    assert "SIMULATED" in page
    assert "王小明" not in page
    assert "王*明" in page


def test_a_decision_opens_the_next_oldest_submission(signed_in: Client, campaign: Campaign) -> None:
    first, second, third = (create_received(make_student(campaign, n), n, minutes=10 - n) for n in (1, 2, 3))
    answer = signed_in.post(f"/review/{second.pk}/decide", {"action": "approve", "revision": "0"})
    assert answer.headers["Location"] == f"/review/{third.pk}/"
    rejected = {"action": "reject", "revision": "0", "reason": "tilted", "comment": ""}
    answer = signed_in.post(f"/review/{third.pk}/decide", rejected)
    assert answer.headers["Location"] == f"/review/{first.pk}/"
    answer = signed_in.post(f"/review/{first.pk}/decide", rejected)
    assert answer.headers["Location"] == "/review/"
    states = Submission.objects.order_by("received_at").values_list("state", flat=True)
    assert list(states) == [State.REJECTED.value, State.CONFIRMED.value, State.REJECTED.value]


def test_a_campaign_is_reviewed_on_its_own(signed_in: Client, campaign: Campaign) -> None:
    here = create_received(make_student(campaign, 1), 1)
    there = create_received(make_student(make_campaign("other1"), 1), 2)
    page = signed_in.get("/review/?campaign=other1").content.decode()
    assert there.pk in page
    assert here.pk not in page
    answer = signed_in.post(f"/review/{there.pk}/decide?campaign=other1", {"action": "approve", "revision": "0"})
    assert answer.headers["Location"] == "/review/?campaign=other1"


@pytest.mark.parametrize(
    ("sent", "status"), [({"revision": "7"}, 409), ({"revision": ""}, 409), ({"action": "x"}, 422)]
)
def test_a_decision_on_something_else_is_explained(
    sent: dict[str, str], status: int, signed_in: Client, student: Student
) -> None:
    submission = create_received(student)
    answer = signed_in.post(f"/review/{submission.pk}/decide", {"action": "approve", "revision": "0", **sent})
    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert Submission.objects.get().state == State.RECEIVED.value


def test_a_forged_decision_is_refused(reviewer: tuple[str, str], student: Student) -> None:
    submission = create_received(student)
    strict = Client(enforce_csrf_checks=True)
    strict.login(username=reviewer[0], password=reviewer[1])
    answer = strict.post(f"/review/{submission.pk}/decide", {"action": "approve", "revision": "0"})
    assert (answer.status_code, Submission.objects.get().state) == (403, State.RECEIVED.value)


def test_passwords_cannot_be_guessed(client: Client, reviewer: tuple[str, str], settings: Any) -> None:
    wrong = {"username": reviewer[0], "password": "wrong"}
    tries = settings.APP.throttle.signin_tries
    assert [client.post("/signin", wrong).status_code for _ in range(tries)] == [403] * tries
    right = {"username": reviewer[0], "password": reviewer[1]}
    assert client.post("/signin", right).status_code == 429
    assert client.post("/signin", right, REMOTE_ADDR="10.0.0.9").status_code == 302  # another address is not blocked


@pytest.mark.parametrize("spelled", ["mei ", "  mei", "\uff4dei"])
def test_no_spelling_of_a_name_brings_fresh_tries(
    spelled: str, client: Client, reviewer: tuple[str, str], settings: Any
) -> None:
    for _ in range(settings.APP.throttle.signin_tries):
        client.post("/signin", {"username": reviewer[0], "password": "wrong"})
    again = client.post("/signin", {"username": spelled, "password": reviewer[1]})
    assert again.status_code == 429


def test_many_other_names_do_not_push_the_count_out(client: Client, settings: Any) -> None:
    throttle = Throttle("signin", 3)
    for _ in range(3):
        throttle.failed("mei@10.0.0.1")
    soon = timezone.now() + timedelta(minutes=1)
    others = [TryCount(key=f"{number:064x}", count=1, expires_at=soon) for number in range(1000)]
    TryCount.objects.bulk_create(others)  # saving them one by one takes two seconds
    for number in range(10):
        throttle.failed(f"{number}@10.0.0.1")
    assert TryCount.objects.count() == 1011
    assert throttle.exhausted("mei@10.0.0.1")


def test_the_administration_has_no_separate_sign_in(client: Client, signed_in: Client) -> None:
    stranger = Client()
    requested = stranger.get("/admin/", follow=True)
    assert requested.redirect_chain[-1][0].startswith("/signin?next=/admin/")
    posted = stranger.post("/admin/login/", {"username": "mei", "password": "correct horse battery"})
    assert (posted.status_code, "sessionid" in stranger.cookies) == (302, False)
    assert signed_in.get("/admin/", follow=True).status_code == 403  # and a reviewer is not redirected in a loop


def test_a_decision_after_the_session_ended_leads_back_to_the_queue(client: Client, reviewer: tuple[str, str]) -> None:
    answer = client.post("/review/" + "a" * 32 + "/decide", {"action": "approve"})
    assert answer.headers["Location"] == "/signin?next=/review/"


@pytest.mark.parametrize("path", ["/signin", "/p/nobody", "/api/station/v1/roster"])
def test_every_answer_is_protected(path: str, client: Client) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("requested", "cookie", "accepts", "html"),
    [
        ("?lang=en", "", "zh", "en"),
        ("", "en", "zh-CN", "en"),
        ("", "", "en-GB,zh;q=0.5", "en"),
        ("", "", "zh-TW", "zh-CN"),
        ("", "", "fr", "zh-CN"),
        ("?lang=xx", "yy", "", "zh-CN"),
    ],
)
def test_the_language_comes_from_the_address_the_cookie_or_the_browser(
    requested: str, cookie: str, accepts: str, html: str, client: Client
) -> None:
    client.cookies["lang"] = cookie
    page = client.get(f"/signin{requested}", HTTP_ACCEPT_LANGUAGE=accepts).content.decode()
    assert f'<html lang="{html}">' in page


def test_an_administrator_pairs_revokes_and_imports(client: Client, campaign: Campaign) -> None:
    create_reviewer("boss", "correct horse battery", admin=True)
    client.login(username="boss", password="correct horse battery")
    assert PairingCode.objects.count() == 0
    client.post("/stations/code")
    assert PairingCode.objects.count() == 1
    station = Station.objects.create(name="二号站", token_hash="3" * 64, paired_at=timezone.now())
    client.post(f"/stations/{station.pk}/revoke")
    station.refresh_from_db()
    assert station.revoked
    for skip, students in (({}, 0), ({"skip_bad": "on"}, 1)):
        upload = {"campaign": campaign.code, "file": _upload(file(line(1), "李雷,12345,S9,一班")), **skip}
        assert "3" in client.post("/roster/", upload).content.decode()
        assert Student.objects.count() == students


def test_background_that_was_added_is_shown_beside_the_portrait(signed_in: Client, student: Student) -> None:
    submission = create_received(student)
    address = f"/review/{submission.pk}/"
    assert "Background extended" not in signed_in.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    crop = {"left": 1, "top": -20, "extension": {"top": 21, "left": 0, "right": 0}}
    submission.envelope = {**submission.envelope, "recipe": {**submission.envelope["recipe"], "crop": crop}}
    submission.save()
    page = signed_in.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Background extended by 21 px at the top" in page
    assert page.count("Background extended") == 1


def _upload(content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("roster.csv", content)


def test_questions_for_a_person_are_listed_with_whether_the_student_was_asked(
    signed_in: Client, student: Student
) -> None:
    submission = create_received(student)
    page = signed_in.get(f"/review/{submission.pk}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    questions = student.campaign.photo_standard().rules_for(Stage.PERSON)
    assert page.count(f"{len(questions)} questions for a person") == 2, "beside the outcomes, and above the questions"
    for name in questions:
        assert escape(translations("en").translate(f"rule.{name}.question")) in page
    assert "was not asked" in page
    requested = {"prompts_shown": ["jewellery"], "ready_at": "2026-06-01T09:30:15+08:00"}
    submission.envelope = {**submission.envelope, "consent": {**submission.envelope["consent"], **requested}}
    submission.save()
    page = signed_in.get(f"/review/{submission.pk}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "confirmed them at" in page
    assert "was not asked" not in page
