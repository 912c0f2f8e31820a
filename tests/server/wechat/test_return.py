"""The redirect to WeChat and back: `state` is bound to the session, and a failure leads back to the order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from server.payments.gateways.base import Gateway
from server.payments.models import Order, Payment
from server.wechat import pending, views
from server.wechat.account import OfficialAccount
from tests.server.order_page.conftest import configure, order
from tests.server.wechat.conftest import use_account
from tests.server.wechat.test_authorization import WECHAT_BROWSER, open_address

__all__ = ["order"]
AGENT = {"user-agent": WECHAT_BROWSER["User-Agent"], "accept-language": "en"}


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, account: OfficialAccount, gateways: dict[str, Gateway]) -> Client:
    use_account(monkeypatch, account)
    configure(monkeypatch, gateways)
    return Client(headers=AGENT)


def go_to_wechat(browser: Client, order: Order) -> str:
    """Press the button; return the address that WeChat sends the browser to."""
    page = browser.get(f"/o/{order.token}").content.decode()
    assert f'href="/o/{order.token}/wechat"' in page
    answer = browser.get(f"/o/{order.token}/wechat")
    assert answer.status_code == 302
    assert order.token not in answer["Location"], "WeChat does not get the secret of the order"
    assert answer["Referrer-Policy"] == "no-referrer"
    status, location = open_address(answer["Location"])
    assert status == 302
    return location.removeprefix("http://testserver")


def test_one_press_leads_to_the_payment(browser: Client, order: Order) -> None:
    back = browser.get(go_to_wechat(browser, order))
    assert back["Location"] == f"/o/{order.token}/wechat"
    started = browser.get(back["Location"])
    payment = Payment.objects.get()
    assert (payment.product, payment.state) == ("jsapi", "pending")
    page = browser.get(started["Location"]).content.decode()
    assert "/jsapi?" in page, "a simulated order is paid at the simulator, never at the real WeChat Pay"
    assert browser.get(f"/o/{order.token}/wechat").status_code == 302
    assert Payment.objects.count() == 1, "a second visit is the same payment"
    again = browser.get(f"/o/{order.token}").content.decode()
    assert 'value="wechat"' in again, "the session needs no second redirect to WeChat"


def test_another_wechat_user_gets_a_separate_payment(
    browser: Client, order: Order, command: Callable[..., Any]
) -> None:
    browser.get(browser.get(go_to_wechat(browser, order))["Location"])
    other = Client(headers=AGENT)
    command("wechat_user", openid="oSIMULATED-other")
    back = other.get(go_to_wechat(other, order))
    page = other.get(f"/o/{order.token}?with=wechat").content.decode()
    assert "/jsapi?" not in page, "the payment of another user cannot be used"
    other.get(back["Location"])
    assert Payment.objects.filter(product="jsapi").count() == 2


@pytest.mark.parametrize("harm", ["other_browser", "twice", "changed", "cut", "empty", "late", "forged"])
def test_a_state_is_valid_once_in_its_own_session(
    browser: Client, order: Order, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    location = go_to_wechat(browser, order)
    state = parse_qs(urlsplit(location).query)["state"][0]
    if harm == "other_browser":
        browser = Client(headers=AGENT)
    if harm == "twice":
        browser.get(location)
    if harm == "late":
        now = pending.time.time()
        monkeypatch.setattr(pending.time, "time", lambda: now + pending.VALID_S + 1)
    wrong = {
        "changed": "0" * 8 + state[8:],
        "cut": state[:40],
        "empty": "",
        "forged": state[:32] + "0" * 64,
    }.get(harm, state)
    answer = browser.get(location.replace(state, wrong))
    assert answer.status_code == 400
    assert "go back to the page of the order" in answer.content.decode()
    if harm != "twice":
        assert "wechat_user" not in browser.session


def test_a_failure_leads_back_to_the_order_with_a_sentence(
    browser: Client, order: Order, command: Callable[..., Any]
) -> None:
    location = go_to_wechat(browser, order)
    command("fault", gateway="wechat_account", fault="server_error")
    page = browser.get(location, follow=True)
    assert page.redirect_chain[-1][0] == f"/o/{order.token}"
    text = page.content.decode()
    assert "WeChat does not answer at the moment, and nothing was charged" in text
    assert "Open in browser" in text
    assert 'id="pay_wechat"' in text
    assert Payment.objects.count() == 0


def test_many_unfinished_redirects_do_not_fill_the_session(browser: Client, order: Order) -> None:
    locations = [go_to_wechat(browser, order) for _ in range(8)]
    assert browser.get(locations[0]).status_code == 400, "the oldest is dropped"
    assert browser.get(locations[-1]).status_code == 302


def test_without_an_account_the_page_refers_to_the_phone_s_browser(
    browser: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_account(monkeypatch, None)
    assert "open this page in the browser" in browser.get(f"/o/{order.token}").content.decode()
    assert browser.get(f"/o/{order.token}/wechat").status_code == 422
    computer = {"user-agent": AGENT["user-agent"] + " WindowsWechat"}
    assert 'value="wechat"' in browser.get(f"/o/{order.token}", headers=computer).content.decode(), "its QR code"


def test_the_user_is_forgotten_when_the_account_changes(
    browser: Client, order: Order, account: OfficialAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(go_to_wechat(browser, order))
    assert 'value="wechat"' in browser.get(f"/o/{order.token}").content.decode()
    use_account(monkeypatch, replace(account, appid="wx1111111111111111"))
    assert f"/o/{order.token}/wechat" in browser.get(f"/o/{order.token}").content.decode()


@pytest.mark.parametrize(("seconds", "is_known"), [(3590, True), (3601, False)])
def test_the_user_is_forgotten_after_an_hour(
    browser: Client, order: Order, monkeypatch: pytest.MonkeyPatch, seconds: int, is_known: bool
) -> None:
    browser.get(go_to_wechat(browser, order))
    later = time.time() + seconds
    monkeypatch.setattr("server.wechat.session_user.time.time", lambda: later)
    page = browser.get(f"/o/{order.token}").content.decode()
    assert ('value="wechat"' in page) is is_known
    assert (f"/o/{order.token}/wechat" in page) is not is_known


@pytest.mark.parametrize("simulated", [True, False])
def test_users_of_one_kind_never_pay_orders_of_the_other(
    browser: Client, order: Order, account: OfficialAccount, monkeypatch: pytest.MonkeyPatch, simulated: bool
) -> None:
    use_account(monkeypatch, replace(account, simulated=simulated))
    offered = f"/o/{order.token}/wechat" in browser.get(f"/o/{order.token}").content.decode()
    assert offered is simulated


def test_the_tries_of_one_address_are_limited(browser: Client, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_TRIES", 1)
    browser.get(go_to_wechat(browser, order))
    other = Client(headers=AGENT)
    page = other.get(go_to_wechat(other, order), follow=True).content.decode()
    assert "Too many attempts" in page
