"""Payment in a real browser, with the real clients of both gateways and the simulator: by the kiosk's QR code and on a
phone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from config.settings.wechat import WeChatSettings
from kiosk.upload.client import Client
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.payment import PaymentPhase
from kiosk.visit.step import Step
from server.payments import notifications
from server.payments.gateways.base import Gateway
from server.payments.models import Order, Payment
from server.payments.orders import order_for
from server.payments.simulator.http_server import SimulatorServer, create_server, run_in_thread
from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.merchant import account_settings
from server.payments.simulator.wallet import is_genuine
from server.records.models import Campaign
from server.wechat.account import official_account
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page
from tests.kiosk.visit.harness import CARD, VisitHarness
from tests.server.conftest import make_student
from tests.server.order_page.conftest import configure, open_campaign
from tests.server.payments.gateways.conftest import accounts, gateways, keys, simulator_folder
from tests.server.station_client import StationClient
from tests.server.wechat.conftest import use_account

__all__ = ["accounts", "chromium", "gateways", "keys", "simulator_folder"]
pytestmark = [*BROWSER_MARKS]
AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"
PAID = {"zh-CN": "已支付", "en": "Paid"}


@pytest.fixture
def server(keys: SimulatorKeys) -> Iterator[SimulatorServer]:
    """A simulator that sends its notifications immediately."""
    server = create_server(keys, "127.0.0.1", 0, speed=1)
    run_in_thread(server)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def order(address: str, monkeypatch: pytest.MonkeyPatch, gateways: dict[str, Gateway]) -> Order:
    configure(monkeypatch, gateways)
    monkeypatch.setattr(notifications, "configured_gateways", lambda: gateways)
    new_order = order_for(make_student(open_campaign(), id="a" * 32), timezone.now())
    assert new_order is not None
    return new_order


@pytest.fixture
def kiosk(tmp_path: Path, address: str, order: Order) -> Iterator[VisitHarness]:
    """A visit whose payment screen sends its requests to the real server."""
    client = Client(address, StationClient.paired(address).pairing.token)
    harness = VisitHarness(tmp_path, orders=OrderRequests(client.start_order, client.order, client.pay_cash))
    harness.roster.campaign_changes = {"price_fen": order.amount_fen, "payment_required": "before_capture"}
    yield harness
    harness.controller.close()
    harness.outbox.close()


def open_phone(browser: Browser, locale: str, **more: Any) -> Page:
    return new_page(browser, viewport=PHONE, user_agent=AGENT, locale=locale, **more)


@pytest.mark.parametrize(("locale", "channel"), [("zh-CN", "wechat"), ("en", "alipay")])
def test_the_kiosk_s_code_is_scanned_and_paid(
    kiosk: VisitHarness, chromium: Browser, order: Order, locale: str, channel: str
) -> None:
    kiosk.controller.on_card(CARD)
    kiosk.controller.process_events()
    kiosk.controller.consent()
    assert kiosk.step is Step.PAYMENT

    def payment() -> Any:
        return kiosk.controller.state.payment

    kiosk.until(lambda: payment().phase is PaymentPhase.WAITING)
    assert payment().simulated
    phone = open_phone(chromium, locale)
    phone.goto(payment().code(channel))
    phone.click("form button")
    expect(phone.locator(".amount")).to_contain_text("20.00")

    def poll_again() -> bool:
        kiosk.now += 2.0
        return payment().phase is PaymentPhase.PAID

    kiosk.until(poll_again)
    assert kiosk.controller.state.unpaid_fen == 0
    assert Payment.objects.get(state="paid").gateway == channel
    phone.context.close()


@pytest.mark.parametrize(("locale", "channel"), [("zh-CN", "alipay"), ("en", "wechat")])
def test_a_phone_pays_and_its_page_changes_without_a_reload(
    chromium: Browser, address: str, order: Order, locale: str, channel: str
) -> None:
    phone = open_phone(chromium, locale, base_url=address)
    complaints = collect_complaints(phone)
    phone.goto(f"/o/{order.token}")
    phone.click(f"#pay_{channel}")
    phone.evaluate("window.isSamePage = true")
    wallet = phone.context.new_page()
    wallet.goto(str(phone.get_attribute("#open_gateway", "href")))
    wallet.click("form button")
    expect(phone.locator("h1")).to_have_text(PAID[locale])
    assert phone.evaluate("window.isSamePage"), "the page was not loaded again"
    expect(phone.locator("#receipt")).to_be_visible()
    wallet.click("a.button")
    expect(wallet.locator("h1")).to_have_text(PAID[locale])
    assert complaints == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the phone"
    phone.context.close()


INSIDE_WECHAT = f"{AGENT} MicroMessenger/8.0.50"
# The bridge of WeChat's own browser: it passes the signed values to WeChat Pay and reports the result.
BRIDGE = """
window.WeixinJSBridge = {
  invoke(name, values, done) {
    window.invocations = [...(window.invocations || []), [name, values]];
    window.finishPayment = () => done({ err_msg: "get_brand_wcpay_request:ok" });
  },
};
"""


def use_official_account(monkeypatch: pytest.MonkeyPatch, keys: SimulatorKeys, url: str, simulated: bool) -> None:
    account = official_account(WeChatSettings.model_validate(account_settings(keys.folder, url)))
    use_account(monkeypatch, replace(account, simulated=simulated))


def test_inside_wechat_the_user_whom_wechat_names_pays(
    chromium: Browser,
    address: str,
    order: Order,
    keys: SimulatorKeys,
    server: SimulatorServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in the demo: the simulated order opens the simulator instead of the real WeChat Pay."""
    use_official_account(monkeypatch, keys, server.url, simulated=True)
    phone = new_page(chromium, viewport=PHONE, user_agent=INSIDE_WECHAT, locale="zh-CN", base_url=address)
    complaints = collect_complaints(phone)
    phone.goto(f"/o/{order.token}")
    phone.click("#pay_wechat")
    phone.click("#open_gateway")
    phone.click("form button")
    phone.click("a.button")
    expect(phone.locator("h1")).to_have_text(PAID["zh-CN"])
    assert Payment.objects.get(state="paid").product == "jsapi"
    assert complaints == []
    phone.context.close()


def test_the_page_opens_wechat_pay_automatically_once(
    chromium: Browser,
    address: str,
    order: Order,
    keys: SimulatorKeys,
    server: SimulatorServer,
    gateways: dict[str, Gateway],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a real campaign: the simulator replaces WeChat, and its payments count as real."""
    Campaign.objects.update(simulated=False)
    use_official_account(monkeypatch, keys, server.url, simulated=False)
    for gateway in gateways.values():
        monkeypatch.setattr(gateway, "simulated", False)
        monkeypatch.setattr(gateway, "_account", replace(gateway._account, simulated=False))  # type: ignore[attr-defined]
    phone = new_page(chromium, viewport=PHONE, user_agent=INSIDE_WECHAT, locale="en", base_url=address)
    phone.add_init_script(BRIDGE)
    phone.goto(f"/o/{order.token}")
    phone.click("#pay_wechat")
    phone.wait_for_function("window.invocations")
    [[name, values]] = phone.evaluate("window.invocations")
    assert name == "getBrandWCPayRequest"
    assert is_genuine(keys, values), "the merchant signed them"
    phone.reload()
    phone.wait_for_selector("#wechat_pay")
    assert phone.evaluate("window.invocations") is None, "a reload does not open it again"
    phone.click("#wechat_pay")
    server.simulator.pay("wechat", Payment.objects.get().number, None, None)
    phone.evaluate("window.finishPayment()")
    expect(phone.locator("h1")).to_have_text(PAID["en"])
    phone.context.close()
