"""Features that only one of the gateways has."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization

from config.settings.payment_gateways import AlipaySettings, WeChatPaySettings
from server.payments.gateways import transport
from server.payments.gateways.alipay.api import download
from server.payments.gateways.alipay.gateway import AlipayGateway
from server.payments.gateways.base import Declined, Gateway, PaymentState, Product, Unsure
from server.payments.gateways.beijing_time import BEIJING
from server.payments.gateways.configured import alipay_gateway, wechat_gateway
from server.payments.gateways.signing import is_signed_by, parse_private_key, parse_public_key
from server.payments.gateways.transport import HttpAnswer
from server.payments.gateways.wechat import bill as wechat_bill
from server.payments.gateways.wechat.gateway import WeChatGateway
from server.payments.simulator.faults import CallFault, NotificationFault, PlannedFault
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.keys import APPID, SimulatorKeys
from server.payments.simulator.merchant import merchant_settings
from server.payments.simulator.trades import Trade
from tests.server.payments.gateways.test_contract import NewRequest


@pytest.fixture
def wechat(gateways: dict[str, Gateway]) -> WeChatGateway:
    gateway = gateways["wechat"]
    assert isinstance(gateway, WeChatGateway)
    return gateway


@pytest.fixture
def alipay(gateways: dict[str, Gateway]) -> AlipayGateway:
    gateway = gateways["alipay"]
    assert isinstance(gateway, AlipayGateway)
    return gateway


@pytest.fixture
def gateway(request: pytest.FixtureRequest, gateways: dict[str, Gateway]) -> Gateway:
    return gateways["wechat"]  # only for `new_request`; the tests use `wechat` and `alipay`


@pytest.fixture
def utc_host() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def test_the_values_for_wechats_browser_are_signed(
    server: SimulatorServer, wechat: WeChatGateway, new_request: NewRequest, keys: SimulatorKeys
) -> None:
    request = new_request(product=Product.JSAPI, openid="o-1")
    values = wechat.start(request).browser_values
    assert values["appId"] == APPID
    assert values["package"] == f"prepay_id=wx{request.number}"
    assert values["signType"] == "RSA"
    text = "".join(f"{values[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
    key = server.simulator.wechat._keys.wechat_merchant.public_key()
    assert is_signed_by(key, text.encode(), values["paySign"])
    with pytest.raises(Declined, match="PARAM_ERROR"):
        wechat.start(new_request(product=Product.JSAPI))


def test_h5_returns_an_address_that_leads_back(wechat: WeChatGateway, new_request: NewRequest) -> None:
    back = "https://photo.school.edu/orders/1?x=1&y=2"
    started = wechat.start(new_request(product=Product.H5, client_ip="192.0.2.1", return_url=back))
    assert parse_qs(urlsplit(started.redirect_url).query)["redirect_url"] == [back]
    with pytest.raises(Declined, match="PARAM_ERROR"):
        wechat.start(new_request(product=Product.H5))


@pytest.mark.parametrize("product", [Product.WAP, Product.PAGE])
def test_alipay_creates_the_trade_when_the_browser_opens_its_page(
    server: SimulatorServer, alipay: AlipayGateway, new_request: NewRequest, product: Product
) -> None:
    request = new_request(product=product, return_url="https://photo.school.edu/orders/1")
    url = alipay.start(request).redirect_url
    assert alipay.query(request.number).state is PaymentState.UNKNOWN
    page = requests.get(url, timeout=5)
    assert "SIMULATED" in page.text
    assert alipay.query(request.number).state is PaymentState.PENDING
    back = requests.post(page.url, timeout=5).text
    assert "https://photo.school.edu/orders/1?app_id=" in back
    assert alipay.query(request.number).amount_fen == 1550
    assert "ACQ.TRADE_HAS_SUCCESS" in requests.get(url, timeout=5).text
    changed = url.replace("total_amount%22%3A%2215.50", "total_amount%22%3A%2200.01")
    assert changed != url
    assert "isv.invalid-signature" in requests.get(changed, timeout=5).text


def test_alipay_accepts_requests_of_a_host_in_utc(
    alipay: AlipayGateway, new_request: NewRequest, utc_host: None
) -> None:
    assert alipay.start(new_request(product=Product.PRECREATE)).code_url


def test_a_product_of_the_other_gateway_is_a_mistake(
    wechat: WeChatGateway, alipay: AlipayGateway, new_request: NewRequest
) -> None:
    for gateway, product in ((wechat, Product.PAGE), (alipay, Product.NATIVE)):
        with pytest.raises(ValueError, match="not a product"):
            gateway.start(new_request(product=product))


def test_alipay_accepts_two_keys_during_a_change(alipay: AlipayGateway, keys: SimulatorKeys) -> None:
    account = alipay._account
    stranger = keys.stranger.public_key()
    changing = dataclasses.replace(account, platform_keys=(stranger, *account.platform_keys))
    replaced = dataclasses.replace(account, platform_keys=(stranger,))
    assert AlipayGateway(changing, alipay.products).query("NONE").state is PaymentState.UNKNOWN
    with pytest.raises(Unsure, match="signature"):
        AlipayGateway(replaced, alipay.products).query("NONE")


def test_a_wechat_bill_with_another_hash_is_unsure(
    server: SimulatorServer, wechat: WeChatGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_bill, "unpack", lambda packed: b"another text")
    with pytest.raises(Unsure, match="SHA-1"):
        wechat.bill(datetime.now(BEIJING).date())


@pytest.mark.parametrize(
    "text",
    [
        "交易时间,商户订单号\r\n`2026-05-11 10:00:00,`T1\r\n",  # cut off before the summary
        "",
        "交易时间,商户订单号\r\n`2026-05-11 10:00:00\r\n总交易单数\r\n`1\r\n",  # a cell is missing
    ],
)
def test_an_incomplete_bill_is_unsure(text: str) -> None:
    with pytest.raises(Unsure):
        wechat_bill.parse_bill(text.encode())


def test_a_bill_from_another_host_is_not_fetched(alipay: AlipayGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def send(method: str, url: str, *args: object, **options: object) -> HttpAnswer:
        fetched.append(url)
        return HttpAnswer(200, {}, b"zip")

    monkeypatch.setattr("server.payments.gateways.alipay.api.send", send)
    real = dataclasses.replace(alipay._account, base_url="https://openapi.alipay.com", simulated=False)
    assert download(real, "http://dwbillcenter.alipay.com/file?x=1") == b"zip"
    assert fetched == ["https://dwbillcenter.alipay.com/file?x=1"], "by https, although http is offered"
    for url in ("http://127.0.0.1/", "https://alipay.com.example.org/", "file:///etc/passwd"):
        with pytest.raises(Unsure, match="another host"):
            download(real, url)


def test_a_netrc_password_does_not_replace_the_signature(
    wechat: WeChatGateway,
    new_request: NewRequest,
    tmp_path: os.PathLike[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = os.path.join(tmp_path, "netrc")
    with open(netrc, "w", encoding="ascii") as file:
        file.write("machine 127.0.0.1 login somebody password secret\n")
    os.chmod(netrc, 0o600)
    monkeypatch.setenv("NETRC", netrc)
    assert wechat.start(new_request()).code_url


def test_an_answer_that_is_too_large_is_unsure(
    wechat: WeChatGateway, new_request: NewRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.payments.gateways.wechat.api.CALL", transport.Limits(max_bytes=10))
    with pytest.raises(Unsure, match="more than 10 bytes"):
        wechat.start(new_request())


def test_a_silent_name_server_times_out(
    wechat: WeChatGateway, new_request: NewRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library requests has no timeout for name resolution."""
    answered = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **options: answered.wait(30) and [])
    monkeypatch.setattr("server.payments.gateways.wechat.api.CALL", transport.Limits(total_s=0.05))
    with pytest.raises(Unsure, match="within"):
        wechat.start(new_request())
    answered.set()


def test_the_wrong_clock_of_this_server_is_named(
    server: SimulatorServer, wechat: WeChatGateway, new_request: NewRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(time.time() + 400, UTC)

    monkeypatch.setattr("server.payments.gateways.wechat.api.datetime", Later)
    with pytest.raises(Unsure, match="before this server's time"):
        wechat.start(new_request())


def test_an_account_of_another_merchant_is_declined(
    wechat: WeChatGateway, alipay: AlipayGateway, new_request: NewRequest
) -> None:
    other = WeChatGateway(dataclasses.replace(wechat._account, mchid="1999999999"), wechat.products)
    with pytest.raises(Declined, match="SIGN_ERROR"):
        other.start(new_request())
    changed = AlipayGateway(dataclasses.replace(alipay._account, app_id="2099"), alipay.products)
    with pytest.raises(Declined, match="invalid-app-id"):
        changed.start(new_request(product=Product.PRECREATE))


def test_a_refusal_with_a_bad_signature_is_unsure(
    server: SimulatorServer, wechat: WeChatGateway, new_request: NewRequest
) -> None:
    """Otherwise somebody who responds in place of the gateway could make a number appear unknown to the ledger."""
    server.simulator.faults.plan(PlannedFault("wechat", "query", CallFault.BAD_SIGNATURE))
    with pytest.raises(Unsure, match="signature"):
        wechat.query("NEVERSTARTED")


@pytest.mark.parametrize("form", ["pkcs1", "pkcs8", "base64"])
def test_keys_are_read_in_every_form_that_the_gateways_tools_write(form: str, keys: SimulatorKeys) -> None:
    key = keys.alipay_app
    kind = serialization.PrivateFormat.TraditionalOpenSSL if form == "pkcs1" else serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    texts = [pem, public.decode()]
    if form == "base64":
        texts = ["".join(text.splitlines()[1:-1]) for text in texts]
    assert parse_private_key(texts[0]).private_numbers() == key.private_numbers()
    assert parse_public_key(texts[1]).public_numbers() == key.public_key().public_numbers()


@pytest.mark.parametrize("text", ["", "secret", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"])
def test_text_that_is_no_key_is_refused_without_quoting_it(text: str) -> None:
    for parse in (parse_private_key, parse_public_key):
        with pytest.raises(ValueError, match="it is not an") as caught:
            parse(text)
        assert "c2VjcmV0" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_reports_signed_with_the_simulators_keys_are_simulated_at_any_address(
    wechat: WeChatGateway, alipay: AlipayGateway, keys: SimulatorKeys, server: SimulatorServer
) -> None:
    """A server that is configured with the real address and the simulator's keys accepts nothing real."""
    payments = merchant_settings(keys.folder, server.url)
    for section in ("wechat", "alipay"):
        del payments[section]["address"]
    gateways = (
        wechat_gateway(WeChatPaySettings.model_validate(payments["wechat"])),
        alipay_gateway(AlipaySettings.model_validate(payments["alipay"])),
    )
    assert [gateway.simulated for gateway in gateways] == [True, True]
    server.simulator.trades.start(_trade())
    server.simulator.pay("wechat", "T-real-address", None, NotificationFault.LOST)
    trade = server.simulator.trades.find("wechat", "T-real-address")
    message = server.simulator.wechat.messages.payment(trade, NotificationFault.NONE)
    assert gateways[0].read_notification(message.headers, message.body, datetime.now(UTC)).report.simulated


def _trade() -> Trade:
    expires_at = datetime.now(UTC) + timedelta(minutes=5)
    return Trade("wechat", "native", "T-real-address", 1, "photo", "http://127.0.0.1:9/", expires_at)
