"""Administrators of real collections show a second factor before they see a page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from server.audit.models import Action, Event
from server.members.roles import create_reviewer
from server.records.models import Campaign
from server.second_factor import factor
from server.second_factor.models import RecoveryCode, SecondFactor
from server.second_factor.totp import STEP_S, code_at, matching_step
from tests.server.conftest import make_campaign

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
GUARDED = ("/admin/", "/stations/", "/roster/", "/review/")


@pytest.fixture
def real(db: None) -> Campaign:
    return make_campaign(simulated=False)


@pytest.fixture
def administrator(db: None) -> Client:
    create_reviewer("boss", PASSWORD, admin=True)
    client = Client()
    assert client.login(username="boss", password=PASSWORD)
    return client


def code_for(moment: datetime) -> str:
    secret = factor.pending_secret(get_user_model().objects.get(username="boss"))
    return code_at(secret, int(moment.timestamp()) // STEP_S)


def set_up(client: Client) -> list[str]:
    client.get("/second-factor/")
    answer = client.post("/second-factor/", {"code": code_for(timezone.now() - timedelta(seconds=STEP_S))})
    assert answer.status_code == 200
    return re.findall(r"<code>([0-9a-f-]{20})</code>", answer.content.decode())


def test_the_codes_are_those_of_rfc_6238() -> None:
    secret = b"12345678901234567890"  # appendix B, last six digits
    known = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
    assert {moment: code_at(secret, moment // 30) for moment in known} == known


@pytest.mark.parametrize(("ahead", "right"), [(0, True), (1, True), (-1, True), (2, False), (-2, False)])
def test_the_phones_clock_may_be_half_a_minute_off(ahead: int, right: bool) -> None:
    secret, now = b"x" * 20, 1_700_000_000
    code = code_at(secret, now // STEP_S + ahead)
    assert (matching_step(secret, code, now, 0) is not None) == right


@pytest.mark.parametrize("address", GUARDED)
def test_no_page_opens_before_the_set_up(administrator: Client, real: Campaign, address: str) -> None:
    answer = administrator.get(address)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/second-factor/")


def test_after_the_set_up_every_page_opens(administrator: Client, real: Campaign) -> None:
    assert len(set_up(administrator)) == factor.RECOVERY_CODE_COUNT
    assert [administrator.get(address).status_code for address in GUARDED] == [200] * 4
    stored = str(list(SecondFactor.objects.values())) + str(list(Event.objects.values()))
    assert factor.pending_secret(get_user_model().objects.get()).hex() not in stored


def test_another_session_needs_a_code_and_each_code_opens_once(administrator: Client, real: Campaign) -> None:
    set_up(administrator)
    other, third = Client(), Client()
    for client in (other, third):
        assert client.login(username="boss", password=PASSWORD)
        assert client.get("/stations/").status_code == 302
    code = code_for(timezone.now())
    assert other.post("/second-factor/", {"code": code, "next": "/stations/"}).headers["Location"] == "/stations/"
    assert other.get("/stations/").status_code == 200
    assert third.post("/second-factor/", {"code": code}).status_code == 403
    assert third.get("/stations/").status_code == 302


def test_a_recovery_code_opens_once(administrator: Client, real: Campaign) -> None:
    codes = set_up(administrator)
    other = Client()
    assert other.login(username="boss", password=PASSWORD)
    assert other.post("/second-factor/", {"code": codes[0].upper()}).status_code == 302
    assert other.get("/stations/").status_code == 200
    assert RecoveryCode.objects.count() == factor.RECOVERY_CODE_COUNT - 1
    third = Client()
    assert third.login(username="boss", password=PASSWORD)
    assert third.post("/second-factor/", {"code": codes[0]}).status_code == 403
    assert not RecoveryCode.objects.filter(code_hash=codes[1]).exists()


def test_guessing_is_paused_and_recorded(administrator: Client, real: Campaign, settings: Any) -> None:
    set_up(administrator)
    other = Client()
    assert other.login(username="boss", password=PASSWORD)
    for _ in range(settings.APP.throttle.second_factor_tries):
        other.post("/second-factor/", {"code": "abcdef"})
    assert other.post("/second-factor/", {"code": code_for(timezone.now())}).status_code == 429
    assert Event.objects.filter(action=Action.SECOND_FACTOR_FAILED).exists()


def test_a_lost_phone(administrator: Client, real: Campaign) -> None:
    set_up(administrator)
    factor.reset(get_user_model().objects.get())
    other = Client()
    assert other.login(username="boss", password=PASSWORD)
    assert b"data:image/png" in other.get("/second-factor/").content


def test_the_form_leads_to_no_other_server(administrator: Client, real: Campaign) -> None:
    set_up(administrator)
    other = Client()
    assert other.login(username="boss", password=PASSWORD)
    answer = other.post("/second-factor/", {"code": code_for(timezone.now()), "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/review/"


def test_reviewers_and_servers_without_real_students_need_no_second_factor(administrator: Client) -> None:
    make_campaign()
    assert administrator.get("/stations/").status_code == 200
    make_campaign("real01", simulated=False)
    create_reviewer("mei", PASSWORD)
    client = Client()
    assert client.login(username="mei", password=PASSWORD)
    assert client.get("/review/").status_code == 200


def test_an_idle_session_ends(administrator: Client, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    assert administrator.get("/review/").status_code == 200
    import time

    start = time.time()
    monkeypatch.setattr("server.second_factor.middleware.time.time", lambda: start + 59 * 60)
    assert administrator.get("/review/").status_code == 200
    monkeypatch.setattr("server.second_factor.middleware.time.time", lambda: start + 121 * 60)
    assert administrator.get("/review/").status_code == 302


def test_sign_ins_are_recorded_without_the_name_that_failed(client: Client) -> None:
    create_reviewer("mei", PASSWORD)
    client.post("/signin", {"username": "hunter2-my-password", "password": "x"})
    client.post("/signin", {"username": "mei", "password": PASSWORD})
    failed, done = (Event.objects.get(action=action) for action in (Action.SIGN_IN_FAILED, Action.SIGN_IN))
    assert "hunter2" not in failed.subject
    assert failed.address == "127.0.0.1"
    assert done.user.get_username() == "mei"


def test_a_page_that_polls_keeps_no_session_alive(client: Client, campaign: Campaign, settings: Any) -> None:
    client.force_login(create_reviewer("mei", PASSWORD))
    client.get("/review/")
    seen = client.session["seen_at"]
    session = client.session
    session["seen_at"] = seen - 600
    session.save()
    client.get("/review/", headers={"Zhengguan-Poll": "1"})
    assert client.session["seen_at"] == seen - 600
    client.get("/review/")
    assert client.session["seen_at"] >= seen
