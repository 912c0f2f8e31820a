"""`zhengguan server check` reports what this server lacks for the ways to identify."""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest
from django.utils import timezone

from config.settings.notices import SmsTemplate
from server.accounts import settings_check
from server.accounts.settings_check import account_problems
from server.installation_check import Level, check_installation
from server.records.models import Campaign
from tests.message_checks import assert_sentence

SMS = ("sms-tencent",)
CODE = {"sign_in_code": SmsTemplate(id="1", variables={"1": "code"})}


def set_notices(settings: Any, backends: tuple[str, ...], templates: dict[str, SmsTemplate]) -> None:
    notices = settings.APP.notices
    sms = notices.sms.model_copy(update={"templates": templates})
    changed = notices.model_copy(update={"backends": backends, "sms": sms})
    settings.APP = settings.APP.model_copy(update={"notices": changed})


def hide_modules(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    monkeypatch.setattr(settings_check, "find_spec", lambda name: None if name in modules else find_spec("json"))


def problem_keys() -> list[str]:
    return [problem.key.removeprefix("server.check.") for problem in account_problems(timezone.now())]


@pytest.mark.parametrize(
    ("modes", "backends", "templates", "missing", "expected"),
    [
        (["id_card"], ("folder",), {}, (), ["no_code_sender"]),
        (["password"], (), {}, (), ["no_code_sender"]),
        (["capture_code"], ("email",), CODE, (), ["no_code_sender"]),
        (["capture_code"], SMS, {}, (), ["no_code_template"]),
        (["id_card", "capture_code"], SMS, CODE, (), []),
        (["id_card"], SMS, CODE, ("rapidocr",), ["no_card_reader"]),
        (["password"], SMS, CODE, ("onnxruntime",), ["no_card_reader"]),
        (["capture_code"], SMS, CODE, ("rapidocr", "onnxruntime"), []),
        (["capture_code"], SMS, CODE, ("zxingcpp",), ["no_code_reader"]),
        (["password"], SMS, CODE, ("zxingcpp",), []),
        ([], ("folder",), {}, ("rapidocr", "zxingcpp"), []),
    ],
)
def test_missing_requirements_of_each_way_are_reported(
    modes: list[str],
    backends: tuple[str, ...],
    templates: dict[str, SmsTemplate],
    missing: tuple[str, ...],
    expected: list[str],
    campaign: Campaign,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_notices(settings, backends, templates)
    hide_modules(monkeypatch, *missing)
    Campaign.objects.filter(pk=campaign.pk).update(
        identification=modes, simulated=False, closes_at=timezone.now() + timedelta(days=1)
    )
    assert problem_keys() == expected


def test_a_campaign_that_is_over_or_simulated_needs_nothing(campaign: Campaign, settings: Any) -> None:
    set_notices(settings, ("folder",), {})
    now = timezone.now()
    rows = Campaign.objects.filter(pk=campaign.pk)
    rows.update(identification=["id_card"], simulated=False, closes_at=now - timedelta(minutes=1))
    assert problem_keys() == []
    rows.update(closes_at=now + timedelta(days=1), simulated=True)
    assert problem_keys() == []


def test_the_check_shows_one_sentence_each(campaign: Campaign, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    set_notices(settings, ("folder",), {})
    hide_modules(monkeypatch, "rapidocr", "zxingcpp")
    Campaign.objects.filter(pk=campaign.pk).update(
        identification=["id_card", "capture_code"], simulated=False, closes_at=timezone.now() + timedelta(days=1)
    )
    lines = {one.message.key.removeprefix("server.check."): one for one in check_installation()}
    for key in ("no_code_sender", "no_card_reader", "no_code_reader"):
        assert lines[key].level is Level.WARNING
        assert_sentence(lines[key].message, f"server.check.{key}")
