"""Independent clients of the two protocols: the published SDKs agree with the simulator, and so with our clients.

python-alipay-sdk has no wheel, so no lock file installs it. To run its tests, install it into a separate folder:
    pip install --target FOLDER python-alipay-sdk wechatpayv3, then PYTHONPATH=FOLDER
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from server.payments.gateways.base import Gateway, NotificationRejected, PaymentState
from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.keys import API_V3_KEY_FILE, APP_ID, APPID, KEY_ID, MCHID, SERIAL, SimulatorKeys
from tests.server.payments.gateways.test_contract import NewRequest

Fault = NotificationFault
NOTIFY_URL = "http://127.0.0.1:9/notifications"


def key_text(keys: SimulatorKeys, name: str) -> str:
    """Return a key without the simulator's mark, which only our parser skips."""
    content = (keys.folder / name).read_text(encoding="ascii")
    return content[content.index("-----BEGIN") :]


@pytest.fixture
def wechat_sdk(server: SimulatorServer, keys: SimulatorKeys) -> Any:
    wechatpayv3 = pytest.importorskip("wechatpayv3")
    sdk = wechatpayv3.WeChatPay(
        wechatpayv3.WeChatPayType.NATIVE,
        mchid=MCHID,
        private_key=key_text(keys, "wechat_merchant.pem"),
        cert_serial_no=SERIAL,
        appid=APPID,
        apiv3_key=(keys.folder / API_V3_KEY_FILE).read_text(encoding="ascii"),
        notify_url=NOTIFY_URL,
        public_key=key_text(keys, "wechat_platform.pub.pem"),
        public_key_id=KEY_ID,
        timeout=(3, 5),
    )
    sdk._core._gate_way = server.url  # the constructor has no argument for it
    return sdk


@pytest.fixture
def alipay_sdk(server: SimulatorServer, keys: SimulatorKeys, monkeypatch: pytest.MonkeyPatch) -> Any:
    alipay = pytest.importorskip("alipay")
    monkeypatch.setenv("TZ", "Asia/Shanghai")  # the SDK sends the local time of its host
    time.tzset()
    sdk = alipay.AliPay(
        appid=APP_ID,
        app_notify_url=NOTIFY_URL,
        app_private_key_string=key_text(keys, "alipay_app.pem"),
        alipay_public_key_string=key_text(keys, "alipay_platform.pub.pem"),
    )
    sdk._gateway = f"{server.url}/gateway.do"
    yield sdk
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def gateway(request: pytest.FixtureRequest, gateways: dict[str, Gateway]) -> Gateway:
    return gateways["alipay" if "alipay_sdk" in request.fixturenames else "wechat"]


def test_wechatpayv3_pays_queries_refunds_and_closes_as_our_client_does(
    server: SimulatorServer, wechat_sdk: Any, gateway: Gateway, new_request: NewRequest
) -> None:
    expires_at = datetime.now(UTC).replace(year=2099).isoformat(timespec="seconds")
    for number in ("SDK0001", "SDK0002"):
        amount = {"total": 1550, "currency": "CNY"}
        status, body = wechat_sdk.pay(
            description="portrait", out_trade_no=number, amount=amount, time_expire=expires_at
        )
        assert (status, json.loads(body)["code_url"]) == (200, f"{server.url}/pay/wechat/{number}")
    assert wechat_sdk.close(out_trade_no="SDK0002")[0] == 204
    assert gateway.query("SDK0002").state is PaymentState.CLOSED

    server.simulator.pay("wechat", "SDK0001", None, Fault.LOST)
    status, body = wechat_sdk.query(out_trade_no="SDK0001")
    ours = gateway.query("SDK0001")
    assert status == 200
    assert json.loads(body)["amount"]["total"] == ours.amount_fen == 1550
    assert json.loads(body)["transaction_id"] == ours.transaction_id

    refund = {"refund": 550, "total": 1550, "currency": "CNY"}
    status, body = wechat_sdk.refund(out_refund_no="SDKR001", out_trade_no="SDK0001", amount=refund, reason="twice")
    assert (status, json.loads(body)["status"]) == (200, "PROCESSING")
    assert gateway.query_refund("SDK0001", "SDKR001").amount_fen == 550
    status, body = wechat_sdk.trade_bill(bill_date=datetime.now(UTC).date().isoformat(), tar_type="GZIP")
    assert (status, json.loads(body)["hash_type"]) == (200, "SHA1")


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.FORGED, Fault.MODIFIED])
def test_wechatpayv3_reads_a_notification_as_our_client_does(
    server: SimulatorServer, wechat_sdk: Any, gateway: Gateway, new_request: NewRequest, fault: Fault
) -> None:
    request = new_request()
    gateway.start(request)
    server.simulator.pay("wechat", request.number, None, Fault.LOST)
    trade = server.simulator.trades.find("wechat", request.number)
    message = server.simulator.wechat.messages.payment(trade, fault)
    theirs = wechat_sdk.callback(message.headers, message.body)
    if fault is not Fault.NONE:
        assert theirs is None
        with pytest.raises(NotificationRejected):
            gateway.read_notification(message.headers, message.body, datetime.now(UTC))
        return
    ours = gateway.read_notification(message.headers, message.body, datetime.now(UTC)).report
    resource = theirs["resource"]
    assert (resource["out_trade_no"], resource["amount"]["total"]) == (ours.number, ours.amount_fen)
    assert resource["transaction_id"] == getattr(ours, "transaction_id", "")


@pytest.mark.parametrize("fault", [Fault.STALE, Fault.FOREIGN_APP])
def test_what_wechatpayv3_accepts_and_our_client_does_not(
    server: SimulatorServer, wechat_sdk: Any, gateway: Gateway, new_request: NewRequest, fault: Fault
) -> None:
    """The reason for our own client. When this fails, the SDK has changed: read docs/payments.md again."""
    request = new_request()
    gateway.start(request)
    server.simulator.pay("wechat", request.number, None, Fault.LOST)
    trade = server.simulator.trades.find("wechat", request.number)
    message = server.simulator.wechat.messages.payment(trade, fault)
    assert wechat_sdk.callback(message.headers, message.body)["resource"]["out_trade_no"] == request.number
    with pytest.raises(NotificationRejected):
        gateway.read_notification(message.headers, message.body, datetime.now(UTC))


def test_python_alipay_sdk_pays_queries_and_refunds_as_our_client_does(
    server: SimulatorServer, alipay_sdk: Any, gateway: Gateway
) -> None:
    started = alipay_sdk.api_alipay_trade_precreate(subject="portrait", out_trade_no="SDK0001", total_amount="15.50")
    assert (started["code"], started["qr_code"]) == ("10000", f"{server.url}/pay/alipay/SDK0001")
    server.simulator.pay("alipay", "SDK0001", None, Fault.LOST)
    theirs, ours = alipay_sdk.api_alipay_trade_query(out_trade_no="SDK0001"), gateway.query("SDK0001")
    assert (theirs["trade_status"], theirs["total_amount"]) == ("TRADE_SUCCESS", "15.50")
    assert (theirs["trade_no"], 1550) == (ours.transaction_id, ours.amount_fen)
    refund = {"refund_amount": "5.50", "out_trade_no": "SDK0001", "out_request_no": "SDKR001"}
    assert alipay_sdk.api_alipay_trade_refund(**refund)["fund_change"] == "Y"
    assert gateway.query_refund("SDK0001", "SDKR001").amount_fen == 550


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.FORGED, Fault.MODIFIED])
def test_python_alipay_sdk_reads_a_notification_as_our_client_does(
    server: SimulatorServer, alipay_sdk: Any, gateway: Gateway, new_request: NewRequest, fault: Fault
) -> None:
    request = new_request()
    gateway.start(request)
    server.simulator.pay("alipay", request.number, None, Fault.LOST)
    trade = server.simulator.trades.find("alipay", request.number)
    message = server.simulator.alipay.messages.payment(trade, fault)
    form = dict(parse_qsl(message.body.decode("ascii")))
    signature = form.pop("sign")
    assert alipay_sdk.verify(form, signature) is (fault is Fault.NONE)
    if fault is Fault.NONE:
        report = gateway.read_notification(message.headers, message.body, datetime.now(UTC)).report
        assert (report.number, report.amount_fen) == (request.number, 1550)
    else:
        with pytest.raises(NotificationRejected):
            gateway.read_notification(message.headers, message.body, datetime.now(UTC))
