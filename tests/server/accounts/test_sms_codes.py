"""Codes by SMS: for one phone and one browser, few tries, limited in number, and a puzzle from the second on."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from server.accounts import messages
from server.accounts.models import Account
from server.accounts.phones import account_of_phone, phone_of
from server.audit.models import Action, Event
from server.core.models import TryCount
from server.records.models import Campaign
from tests.server.accounts.test_modes import allow, sign_up
from tests.server.accounts.walking import PASSWORD, PHONE, Walker, last_code, last_text, sent_texts, solve

pytestmark = pytest.mark.django_db


def end_pause() -> None:
    """End the pause of a minute; the counts of the day stay."""
    TryCount.objects.filter(expires_at__lt=timezone.now() + timedelta(seconds=90)).delete()


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def test_a_code_is_valid_once_in_the_browser_that_requested_it(campaign: Campaign) -> None:
    walker = Walker()
    walker.begin(campaign)
    walker.agree()
    walker.post("phone", phone=PHONE)
    code = last_code()
    assert Walker().post("code", code=code).status_code == 403
    assert walker.post("code", code=code).status_code == 302
    walker.post("signout")
    assert walker.post("code", code=code).status_code == 403


def test_a_code_is_invalid_after_five_tries() -> None:
    walker = Walker()
    walker.post("phone", phone=PHONE)
    code = last_code()
    assert [walker.post("code", code=wrong(code)).status_code for _ in range(5)] == [403] * 5
    page = walker.post("code", code=code)
    assert page.status_code == 403
    assert "no longer valid" in page.content.decode()


def test_a_code_is_invalid_after_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    walker = Walker()
    walker.post("phone", phone=PHONE)
    code, later = last_code(), time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert walker.post("code", code=code).status_code == 403


def test_one_code_a_minute_five_a_day_and_a_puzzle_from_the_second(campaign: Campaign) -> None:
    walker = Walker()
    assert walker.post("phone", phone=PHONE).status_code == 302
    page = walker.post("phone", phone=PHONE)
    assert page.status_code == 422
    assert "data-puzzle" in page.content.decode()
    assert len(sent_texts()) == 1
    answer = walker.post("phone", phone=PHONE, puzzle=solve(page.content))
    assert answer.status_code == 429
    for count in range(2, 6):
        end_pause()
        page = walker.post("phone", phone=PHONE)
        assert walker.post("phone", phone=PHONE, puzzle=solve(page.content)).status_code == 302
        assert len(sent_texts()) == count
    end_pause()
    page = walker.post("phone", phone=PHONE)
    answer = walker.post("phone", phone=PHONE, puzzle=solve(page.content))
    assert answer.status_code == 429
    assert len(sent_texts()) == 5


def test_a_puzzle_is_solved_once_in_its_own_browser() -> None:
    first, second = Walker(), Walker()
    first.post("phone", phone=PHONE)
    solution = solve(first.post("phone", phone=PHONE).content)
    second.post("phone", phone=PHONE)
    assert second.post("phone", phone=PHONE, puzzle=solution).status_code == 422
    assert first.post("phone", phone=PHONE, puzzle=solution).status_code == 429  # correct, but within the minute
    assert first.post("phone", phone=PHONE, puzzle=solution).status_code == 422


@pytest.mark.parametrize(
    "solution", ["", "x", "[]", "5", "null", "{}", '{"salt": 5}', json.dumps({"a": "b" * 5000}), "[" * 3000, "\0"]
)
def test_a_wrong_solution_is_refused(solution: str) -> None:
    walker = Walker()
    walker.post("phone", phone=PHONE)
    walker.post("phone", phone=PHONE)
    assert walker.post("phone", phone=PHONE, puzzle=solution).status_code == 422


def test_one_address_requests_twenty_codes_an_hour() -> None:
    codes = [Walker().post("phone", phone=f"138000000{at:02d}").status_code for at in range(22)]
    assert codes == [302] * 20 + [429] * 2


@pytest.mark.parametrize(
    "phone", ["", "1", "12345678901", "138123456789", "+1", "x" * 100, "\0", "１３８１２３４", "🎓", "\u202e138"]
)
def test_what_is_no_phone_gets_no_code(phone: str) -> None:
    assert Walker().post("phone", phone=phone).status_code == 422
    assert sent_texts() == []


def test_the_text_is_one_sms_and_the_code_is_in_no_page(campaign: Campaign) -> None:
    walker = Walker()
    page = walker.post("phone", phone=PHONE)
    assert last_code() not in page.content.decode() + walker.get("code").content.decode()
    assert len(last_text()) <= 160
    chinese = Walker()
    chinese.client.post("/account/phone", {"phone": "13900000000"}, headers={"accept-language": "zh"})
    assert len(last_text()) <= 70


def test_a_provider_that_fails_is_reported_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def fail(channel: str) -> Any:
        raise OSError("13812345678")

    monkeypatch.setattr(messages, "sender_of", fail)
    page = Walker().post("phone", phone=PHONE)
    assert page.status_code == 503
    assert PHONE in page.content.decode()
    assert "12345678" not in caplog.text


def test_without_a_provider_the_page_names_the_office(settings: Any) -> None:
    notices = settings.APP.notices.model_copy(update={"backends": ("email",)})
    settings.APP = settings.APP.model_copy(update={"notices": notices})
    page = Walker().post("phone", phone=PHONE)
    assert page.status_code == 503
    assert "contact your school" in page.content.decode()


def test_sign_in_again_by_phone(campaign: Campaign) -> None:
    walker = sign_up(allow(campaign, "capture_code"))
    walker.post("signout")
    end_pause()
    page = walker.post("phone", phone=PHONE)
    walker.post("phone", phone=PHONE, puzzle=solve(page.content))
    assert walker.post("code", code=last_code()).status_code == 302
    assert walker.get("").status_code == 200
    assert Account.objects.count() == 1


def test_a_phone_that_was_proved_before_the_consent_needs_no_second_code(campaign: Campaign) -> None:
    walker = Walker()
    assert walker.prove_phone().headers["Location"] == "/account/start"
    assert Account.objects.count() == 0
    walker.begin(allow(campaign, "capture_code"))
    assert walker.agree().headers["Location"] == "/account/capture-code"
    assert phone_of(Account.objects.get()) == "+8613812345678"


def test_a_forgotten_password_is_replaced_and_other_sessions_end(campaign: Campaign) -> None:
    other = sign_up(allow(campaign, "capture_code"))
    end_pause()
    walker = Walker()
    page = walker.post("password", phone=PHONE)
    walker.post("password", phone=PHONE, puzzle=solve(page.content))
    assert walker.post("code", code=last_code()).headers["Location"] == "/account/password/new"
    for bad in (
        ("short1", "short1"),
        ("onlyletters", "onlyletters"),
        ("12345678", "12345678"),
        (PASSWORD, "x" + PASSWORD),
    ):
        assert walker.post("password/new", password=bad[0], again=bad[1]).status_code == 422
    assert walker.post("password/new", password=PASSWORD, again=PASSWORD).status_code == 302
    assert walker.get("").status_code == 200
    assert other.get("").status_code == 302
    assert Walker().get("password/new").headers["Location"] == "/account/password"
    assert Event.objects.filter(action=Action.PERSON_PASSWORD_CHANGED.value).count() == 1


def test_the_phone_is_changed_by_a_code_to_the_new_one(campaign: Campaign) -> None:
    walker = sign_up(allow(campaign, "capture_code"))
    taken = sign_up(campaign, "13900000009")
    assert walker.prove_phone("13900000001", "phone/new").headers["Location"] == "/account/"
    assert account_of_phone("+8613900000001") is not None
    assert account_of_phone("+8613812345678") is None
    assert "139****0001" in walker.get("").content.decode()
    end_pause()
    page = walker.post("phone/new", phone="13900000009")
    walker.post("phone/new", phone="13900000009", puzzle=solve(page.content))
    assert walker.post("code", code=last_code()).headers["Location"] == "/account/phone/new"
    assert "already has an account" in walker.get("phone/new").content.decode()
    assert taken.get("").status_code == 200
