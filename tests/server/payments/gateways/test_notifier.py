"""The simulator's notifications, pages and commands, over real sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from server.payments.gateways.base import Gateway, NotificationRejected, PaymentState, StartRequest
from server.payments.simulator.faults import NotificationFault
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.simulator import Simulator
from server.payments.simulator.trades import Trade
from tests.server.payments.gateways.test_contract import NewRequest

Fault = NotificationFault


class Merchant(ThreadingHTTPServer):
    """A server that responds to notifications as the gateway requires, after `failures` responses of 500."""

    daemon_threads = True
    gateway: Gateway
    failures = 0
    accepted: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: Merchant

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.gateway.accepted_answer
        if self.server.failures:
            self.server.failures -= 1
            self.send_error(500)
            return
        try:
            notification = self.server.gateway.read_notification(dict(self.headers.items()), body, datetime.now(UTC))
            self.server.accepted.append(notification.report.number)
        except NotificationRejected:
            answer = self.server.gateway.rejected_answer
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


@pytest.fixture
def merchant(gateway: Gateway) -> Iterator[Merchant]:
    merchant = Merchant(("127.0.0.1", 0), _Handler)
    merchant.gateway, merchant.accepted = gateway, []
    threading.Thread(target=merchant.serve_forever, args=(0.05,), daemon=True).start()
    yield merchant
    merchant.shutdown()
    merchant.server_close()


@pytest.fixture
def started(gateway: Gateway, merchant: Merchant, new_request: NewRequest) -> StartRequest:
    request = new_request(notify_url=f"http://127.0.0.1:{merchant.server_port}/")
    gateway.start(request)
    return request


@pytest.mark.parametrize(
    ("fault", "after_s", "times"),
    [
        (Fault.NONE, 0, 1),
        (Fault.LOST, 100_000, 0),
        (Fault.LATE, 299, 0),
        (Fault.LATE, 301, 1),
        (Fault.DUPLICATED, 0, 2),
        (Fault.FORGED, 100_000, 0),
        (Fault.MODIFIED, 100_000, 0),
        (Fault.FOREIGN_MERCHANT, 100_000, 0),
    ],
)
def test_a_notification_arrives_as_its_fault_requires(
    server: SimulatorServer,
    gateway: Gateway,
    merchant: Merchant,
    started: StartRequest,
    fault: Fault,
    after_s: float,
    times: int,
) -> None:
    server.simulator.pay(gateway.name, started.number, None, fault)
    server.simulator.schedule.advance(after_s)
    assert merchant.accepted == [started.number] * times


def test_a_notification_without_success_is_repeated_for_a_day(
    server: SimulatorServer, gateway: Gateway, merchant: Merchant, started: StartRequest
) -> None:
    merchant.failures = 3
    server.simulator.pay(gateway.name, started.number, None, Fault.NONE)
    server.simulator.schedule.advance(0)
    assert merchant.accepted == []
    server.simulator.schedule.advance(90_000)
    assert merchant.accepted == [started.number]
    assert [one["status"] for one in server.simulator.notifier.sent()][:3] == [500] * 3


def test_a_reordered_notification_comes_after_a_later_one(
    server: SimulatorServer, gateway: Gateway, merchant: Merchant, started: StartRequest, new_request: NewRequest
) -> None:
    second = new_request(notify_url=started.notify_url)
    gateway.start(second)
    server.simulator.pay(gateway.name, started.number, None, Fault.REORDERED)
    server.simulator.pay(gateway.name, second.number, None, Fault.NONE)
    server.simulator.schedule.advance(60)
    assert merchant.accepted == [second.number, started.number]


def test_a_stranger_can_send_but_not_sign(
    server: SimulatorServer, gateway: Gateway, merchant: Merchant, started: StartRequest
) -> None:
    forged = requests.post(f"{server.url}/simulator/forge", json={"number": started.number}, timeout=5)
    assert forged.json()["simulated"]
    requests.post(f"{server.url}/simulator/advance", json={"seconds": 1}, timeout=5)
    assert [one["status"] for one in server.simulator.notifier.sent()] == [401]
    assert merchant.accepted == []
    assert gateway.query(started.number).state is not PaymentState.PAID


@pytest.mark.parametrize("language", ["zh-CN,zh;q=0.9", "en"])
def test_a_person_pays_on_the_page_of_the_code(
    server: SimulatorServer, gateway: Gateway, merchant: Merchant, started: StartRequest, language: str
) -> None:
    headers = {"Accept-Language": language}
    url = f"{server.url}/pay/{gateway.name}/{started.number}"
    page = requests.get(url, headers=headers, timeout=5).text
    assert "SIMULATED" in page
    assert "15.50" in page
    assert "毕业生图像采集 &amp; portrait" in page
    response = requests.post(url, headers=headers, data={"fault": "none"}, timeout=5)
    assert ("支付成功" if language.startswith("zh") else "Paid") in response.text
    server.simulator.schedule.advance(1)
    assert merchant.accepted == [started.number]
    requests.post(url, data={"fault": "none"}, timeout=5)
    server.simulator.schedule.advance(1)
    assert merchant.accepted == [started.number], "paid once, however often the button is pressed"
    assert started.number in requests.get(f"{server.url}/", headers=headers, timeout=5).text
    assert requests.get(f"{server.url}/pay/{gateway.name}/UNKNOWN", timeout=5).status_code == 404


def test_an_expired_code_cannot_be_paid(server: SimulatorServer, gateway: Gateway, new_request: NewRequest) -> None:
    request = new_request(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    gateway.start(request)
    assert requests.post(f"{server.url}/simulator/pay", json={"number": request.number}, timeout=5).status_code == 409
    page = requests.get(f"{server.url}/pay/{gateway.name}/{request.number}", timeout=5).text
    assert "<button>" not in page


def test_random_faults_come_from_a_seed(server: SimulatorServer) -> None:
    faults = server.simulator.faults

    def draw() -> list[object]:
        requests.post(f"{server.url}/simulator/random", json={"seed": 5, "share": 0.5}, timeout=5)
        return [faults.next_call("wechat", "query") for _ in range(40)] + [faults.next_notification() for _ in range(9)]

    first = draw()
    assert first == draw()
    assert 5 < first.count(None) < 35
    requests.post(f"{server.url}/simulator/clear", json={}, timeout=5)
    assert faults.next_call("wechat", "query") is None


@pytest.mark.parametrize(("command", "content", "status"), [("fly", {}, 404), ("fault", {}, 400), ("pay", {}, 400)])
def test_a_wrong_command_is_refused(
    server: SimulatorServer, command: str, content: dict[str, str], status: int
) -> None:
    assert requests.post(f"{server.url}/simulator/{command}", json=content, timeout=5).status_code == status


def test_a_simulator_that_is_started_again_still_has_its_trades(
    keys: SimulatorKeys, tmp_path: Path, gateway: Gateway, new_request: NewRequest
) -> None:
    first = Simulator(keys, "http://127.0.0.1:1", 0, tmp_path / "trades.json")
    trade = Trade(gateway.name, "native", "T-stored", 1550, "portrait", "http://127.0.0.1:9/", first.trades.now())
    trade.expires_at += timedelta(hours=1)
    first.trades.start(trade)
    first.pay(gateway.name, "T-stored", None, Fault.LOST)
    first.trades.refund(gateway.name, "T-stored", "R1", 50)
    first.save()
    restored = Simulator(keys, "http://127.0.0.1:1", 0, tmp_path / "trades.json").trades.find(gateway.name, "T-stored")
    assert (restored.state, restored.paid_fen, restored.refunded_fen) == (trade.state, 1550, 50)
    assert restored.paid_at == trade.paid_at
