"""The web authorization with the simulator of WeChat, and with responses that WeChat would never send."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core.api_errors import ApiError
from server.payments.gateways.base import Unsure
from server.payments.gateways.transport import HttpAnswer
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.wechat_account import CODE_VALID
from server.wechat import authorization
from server.wechat.account import OfficialAccount
from server.wechat.authorization import authorize_url, exchange

WECHAT_BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile MicroMessenger/8.0"}
RETURN_URL = "https://school.example/wechat/return"


def open_address(url: str, headers: dict[str, str] = WECHAT_BROWSER) -> tuple[int, str]:
    """Return status and Location."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80)
    connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.headers.get("Location", "")


def new_code(account: OfficialAccount) -> str:
    status, location = open_address(authorize_url(account, RETURN_URL, "a1b2"))
    assert status == 302
    assert location.startswith(RETURN_URL + "?")
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == ["a1b2"]
    return query["code"][0]


def reason(account: OfficialAccount, code: str) -> str:
    with pytest.raises(ApiError) as error:
        exchange(account, code)
    return error.value.reason


def test_the_code_from_the_browser_is_exchanged_for_the_user(
    account: OfficialAccount, command: Callable[..., Any]
) -> None:
    command("wechat_user", openid="oSIMULATED-2")
    user = exchange(account, new_code(account))
    assert (user.openid, user.appid, user.simulated) == ("oSIMULATED-2", account.appid, True)
    assert "oSIMULATED-2" not in repr(user)


def test_a_code_is_valid_once_and_for_five_minutes(
    account: OfficialAccount, server: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, late = new_code(account), new_code(account)
    exchange(account, used)
    assert reason(account, used) == "wechat_code_over"
    now = server.simulator.account._now()
    monkeypatch.setattr(server.simulator.account, "_now", lambda: now + CODE_VALID)
    assert reason(account, late) == "wechat_code_over"


@pytest.mark.parametrize("fault", ["server_error", "too_many_requests", "html", "cut_before", "cut_after"])
def test_after_an_unclear_response_another_press_works(
    account: OfficialAccount, command: Callable[..., Any], fault: str
) -> None:
    command("fault", gateway="wechat_account", fault=fault)
    assert reason(account, new_code(account)) == "wechat_unreachable"
    assert exchange(account, new_code(account)).openid


def test_the_request_times_out_without_a_response(
    account: OfficialAccount, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.payments.gateways.transport.ANSWER_S", 0.2)
    command("fault", gateway="wechat_account", fault="silent")
    assert reason(account, new_code(account)) == "wechat_unreachable"


def test_the_invented_user_of_a_preview_does_not_pay(account: OfficialAccount, command: Callable[..., Any]) -> None:
    command("wechat_user", openid="oSIMULATED-3", snapshot=True)
    assert reason(account, new_code(account)) == "wechat_snapshot"


def test_a_wrong_secret_is_reported_and_not_shown(account: OfficialAccount, caplog: pytest.LogCaptureFixture) -> None:
    wrong = replace(account, secret="s3cret" * 5)
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiError) as error:
        exchange(wrong, new_code(account))
    assert error.value.reason == "wechat_declined"
    assert "40125" in error.value.in_language("en")
    assert "s3cret" not in caplog.text + repr(wrong) + repr(error.value)


def test_neither_the_secret_nor_the_code_is_logged_when_the_connection_fails(
    account: OfficialAccount, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = replace(account, api_address="http://127.0.0.1:1", secret="s3cret" * 5)
    with caplog.at_level(logging.WARNING):
        assert reason(nowhere, "code123456") == "wechat_unreachable"
    assert "web authorization" in caplog.text
    assert "s3cret" not in caplog.text
    assert "code123456" not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"null",
        b'"x"',
        b"[" * 10_000,
        b"{}",
        json.dumps({"openid": 7}).encode(),
        json.dumps({"openid": ""}).encode(),
        json.dumps({"openid": "o" * 500}).encode(),
        json.dumps({"openid": "o\u202e<script>"}).encode(),
        json.dumps({"openid": "oGood12345", "errcode": "40029"}).encode(),
        json.dumps({"openid": "oGood12345", "errcode": [1]}).encode(),
    ],
)
def test_a_malformed_response_names_no_user(
    account: OfficialAccount, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(authorization, "send", lambda *_, **__: HttpAnswer(200, {}, body))
    assert reason(account, "code123456").startswith("wechat_")


def test_too_long_a_response_is_refused(account: OfficialAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_: Any, limits: Any, **__: Any) -> HttpAnswer:
        assert limits.max_bytes <= 1 << 16
        raise Unsure("an answer of more bytes")

    monkeypatch.setattr(authorization, "send", send)
    assert reason(account, "code123456") == "wechat_unreachable"


@pytest.mark.parametrize("code", ["", "a b", "x" * 600, "code&secret=1", "код123", "\x00" * 10])
def test_a_malformed_code_is_not_sent(account: OfficialAccount, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(authorization, "send", lambda *_, **__: pytest.fail("nothing is sent"))
    assert reason(account, code) == "wechat_code_over"


def test_the_simulator_responds_like_wechat_to_other_browsers_and_wrong_values(account: OfficialAccount) -> None:
    url = authorize_url(account, RETURN_URL, "a1")
    assert open_address(url, {"User-Agent": "Mozilla/5.0 (X11)"}) == (200, "")
    assert open_address(url)[0] == 302
    assert open_address(url.replace("state=a1", "state=" + "a" * 129))[0] == 400
    assert open_address(url.replace("state=a1", "state=%2F"))[0] == 400
    assert open_address(url.replace("snsapi_base", "snsapi_all"))[0] == 400
