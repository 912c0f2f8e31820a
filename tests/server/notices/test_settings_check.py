"""Mistakes in [notices] are reported, one sentence each."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from config.i18n import Message
from config.settings.notices import EmailSettings, SmsSettings, SmsTemplate
from config.settings.server import DEFAULTS, server_settings
from server.installation_check import Level, check_at_start
from server.notices import settings_check
from server.notices.events import DEADLINE_EVENTS
from server.notices.settings_check import notice_problems
from tests.message_checks import assert_sentence
from tests.paths import ROOT
from tests.server.notices.conftest import notices_settings


def keys() -> list[str]:
    problems = list(notice_problems())
    for problem in problems:
        assert str(problem) != problem.key
        assert "{" not in str(problem)
    return sorted(problem.key.removeprefix("server.notices.") for problem in problems)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("s3cret\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def sms(secret: Path, **changes: Any) -> SmsSettings:
    values = {
        "secret_id": "id",
        "secret_key_file": str(secret),
        "app_id": "1400",
        "sign_name": "示范大学",
        "templates": {event: SmsTemplate(id="1", variables={"1": "until"}) for event in DEADLINE_EVENTS},
    }
    return SmsSettings(**{**values, **changes})


def test_the_defaults_are_fine_and_written_in_the_file() -> None:
    assert keys() == []
    defaults = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))["notices"]
    assert defaults["email"] == EmailSettings().model_dump()
    assert defaults["sms"] == SmsSettings().model_dump(exclude={"templates"})
    [result] = [r for r in check_at_start() if r.message.key.startswith("server.notices.")]
    assert (result.level, result.message.key) == (Level.OK, "server.notices.ready")


def test_a_complete_account_is_fine(settings: Any, secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_check, "is_installed", lambda backend: True)
    settings.PUBLIC_URL = "https://photo.school.edu"
    email = EmailSettings(host="mail", sender="a@b.c", user="a", password_file=str(secret))
    notices_settings(settings, backends=("sms-tencent", "email"), sms=sms(secret), email=email)
    assert keys() == []


def test_what_is_missing_is_named(settings: Any) -> None:
    notices_settings(settings, backends=("email", "sms-aliyun"), email=EmailSettings(user="a"))
    sentences = [str(problem) for problem in notice_problems()]
    assert any("[notices.email]" in sentence and "host, sender" in sentence for sentence in sentences)
    assert any("secret_id, secret_key_file, sign_name" in sentence for sentence in sentences)
    assert any("password_file" in sentence for sentence in sentences)
    assert {"no_link", "template_missing", "value_missing"} <= set(keys())


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"secret_key_file": "/nowhere/key"}, "secret_unreadable"),
        ({"endpoint": "http://sms.example"}, "endpoint"),
        ({"templates": {**sms(Path()).templates, "rejectd": SmsTemplate(id="1")}}, "event_unknown"),
        (
            {"templates": {**sms(Path()).templates, "revoked": SmsTemplate(id="1", variables={"1": "id_number"})}},
            "variable_unknown",
        ),
        (
            {"templates": {**sms(Path()).templates, "revoked": SmsTemplate(id="1", variables={"2": "until"})}},
            "variable_position",
        ),
    ],
)
def test_each_mistake_is_one_sentence(
    changes: dict[str, Any], key: str, settings: Any, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_check, "is_installed", lambda backend: True)
    settings.PUBLIC_URL = "https://photo.school.edu"
    notices_settings(settings, backends=("sms-tencent",), sms=sms(secret, **changes))
    assert keys() == [key]


def test_a_secret_that_others_can_read_and_an_unknown_muted_event(settings: Any, secret: Path) -> None:
    secret.chmod(0o644)
    email = EmailSettings(host="mail", sender="a@b.c", password_file=str(secret))
    notices_settings(settings, backends=("email",), muted=("everything",), email=email)
    assert keys() == ["event_unknown", "no_link", "secret_open"]


def test_a_secret_that_the_group_can_change_or_that_is_backed_up_is_reported(settings: Any, secret: Path) -> None:
    settings.PUBLIC_URL = "https://photo.school.edu"
    email = EmailSettings(host="mail", sender="a@b.c", password_file=str(secret))
    notices_settings(settings, backends=("email",), email=email)
    for mode, expected in ((0o640, []), (0o660, ["secret_open"]), (0o600, [])):
        secret.chmod(mode)
        assert keys() == expected
    settings.DATA = secret.parent
    assert keys() == ["secret_in_data"]


@pytest.mark.parametrize(
    ("extra", "package"),
    [("sms-tencent", "tencentcloud-sdk-python-sms>=3.1"), ("sms-aliyun", "alibabacloud-dysmsapi20170525>=4.6,<5")],
)
def test_a_missing_extra_is_named_with_its_command(
    extra: str, package: str, settings: Any, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_check, "is_installed", lambda backend: False)
    notices_settings(settings, backends=(extra,), sms=sms(secret))
    [problem] = [one for one in notice_problems() if one.key == "server.notices.extra_missing"]
    assert f"{sys.executable} -m pip install '{package}'" in str(problem)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extras[extra] == [package]
    assert_sentence(Message(problem.key, problem.values), "server.notices.extra_missing")


@pytest.mark.parametrize(
    "text",
    [
        '[notices]\nbackends = ["pigeon"]',
        '[notices]\nbackends = ["sms-tencent", "sms-aliyun"]',
        "[notices.email]\nhosst = 'x'",
        "[calendar]\nopens = '18:00'",
        "[calendar]\nholidays = ['2027-01-01']\nworkdays = ['2027-01-01']",
    ],
)
def test_an_invalid_file_stops_the_server(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=r"mine\.toml"):
        server_settings(path)


def test_one_line_of_a_section_keeps_the_other_defaults(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "[notices.email]\nhost = 'mail'\n[notices.sms.templates.rejected]\nid = '1'\nvariables = { 1 = 'reason' }\n",
        encoding="utf-8",
    )
    notices = server_settings(path).notices
    assert (notices.email.host, notices.email.port, notices.backends) == ("mail", 587, ("folder",))
    assert notices.sms.templates["rejected"].variables == {"1": "reason"}
