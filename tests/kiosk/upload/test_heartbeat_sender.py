"""Heartbeats are sent regularly, also if the server is unreachable, older or faulty."""

from __future__ import annotations

import json
import queue
from typing import cast

import pytest
import requests
from pydantic import ValidationError

from config.errors import Problem
from config.i18n import Message
from kiosk.upload.client import Client
from kiosk.upload.errors import ServerUnreachable, Unauthorized
from kiosk.upload.heartbeat import MAX_CAMERAS, CameraReport, Heartbeat
from kiosk.upload.heartbeat_sender import HeartbeatSender
from kiosk.upload.http.exchange import Response
from tests.kiosk.upload.http_double import TOKEN, Exchange, ServerDouble
from tests.message_checks import assert_sentence
from tests.waiting import next_item

HEARTBEAT = Heartbeat(version="0.1.0", waiting=3, cameras=(CameraReport(name="EOS R8", state="live"),))


class FakeClient:
    """Records the heartbeats; `result` is returned or raised."""

    def __init__(self, result: bool | Exception = True) -> None:
        self.result = result
        self.sent: queue.Queue[Heartbeat] = queue.Queue()

    def send_heartbeat(self, heartbeat: Heartbeat) -> bool:
        self.sent.put(heartbeat)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def sender_of(client: FakeClient, interval: float = 60.0) -> HeartbeatSender:
    return HeartbeatSender(cast(Client, client), lambda: HEARTBEAT, interval)


def test_a_started_sender_sends_at_once() -> None:
    client = FakeClient()
    sender = sender_of(client, 600.0)
    sender.start()
    assert next_item(client.sent) == HEARTBEAT
    sender.stop()


@pytest.mark.parametrize(
    "result", [True, ServerUnreachable("upload.unreachable"), Unauthorized("upload.not_paired"), RuntimeError("a bug")]
)
def test_the_next_one_is_due_after_the_interval_whatever_happened(result: bool | Exception) -> None:
    assert sender_of(FakeClient(result)).send() == 60.0


def test_a_status_that_cannot_be_collected_is_due_again_after_the_interval() -> None:
    def fail() -> Heartbeat:
        raise Problem("upload.disk_full")

    client = FakeClient()
    assert HeartbeatSender(cast(Client, client), fail, 60.0).send() == 60.0
    assert client.sent.empty()


def test_an_older_server_is_reported_once_and_tried_less_often(caplog: pytest.LogCaptureFixture) -> None:
    client = FakeClient(False)
    sender = sender_of(client)
    assert [sender.send(), sender.send()] == [600.0, 600.0]
    assert len(caplog.records) == 1
    client.result = True  # the server was updated
    assert sender.send() == 60.0


def test_the_message_about_an_older_server() -> None:
    assert_sentence(Message("upload.no_heartbeats"), "upload.no_heartbeats")


# ---------------------------------------------------------------------- the client


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (204, b"", "True"),
        (404, b'{"reason": "no_such_address", "zh_CN": "x", "en": "x"}', "False"),
        (404, b"<h1>Not Found</h1>", "False"),
        (405, b"{}", "False"),
        (503, b"{}", "upload.busy"),
        (500, b"{}", "upload.server_error"),
        (302, b"", "upload.captive_portal"),
        (401, b'{"reason": "revoked", "zh_CN": "x", "en": "x"}', "upload.not_paired"),
    ],
)
def test_the_result_of_the_client(status: int, body: bytes, expected: str) -> None:
    def respond(exchange: Exchange) -> None:
        exchange.respond(status, body)

    with ServerDouble() as server, requests.Session() as session:
        session.trust_env = False
        server.script.append(respond)
        client = Client(server.url, TOKEN, session=session)
        try:
            result = str(client.send_heartbeat(HEARTBEAT))
        except Problem as problem:
            result = problem.key
    assert result == expected
    assert server.requests == [("POST", "/api/station/v1/heartbeat", f"Bearer {TOKEN}")]


def test_every_response_measures_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    response = Response(204, {"Zhengguan-Time": "2026-05-20T12:00:00+00:00"}, b"", 1779278405.0, 1779278405.0)
    monkeypatch.setattr("kiosk.upload.http.api_connection.exchange", lambda *_: response)
    client = Client("http://127.0.0.1:9", TOKEN)
    client.send_heartbeat(HEARTBEAT)
    assert client.clock.seconds_ahead == 5.0


# ---------------------------------------------------------------------- the wire


def test_a_newer_heartbeat_is_read_and_an_empty_one_too() -> None:
    newer = json.loads(HEARTBEAT.model_dump_json()) | {"humidity": 40, "cameras": [{"name": "x", "state": "y", "z": 1}]}
    assert Heartbeat.model_validate(newer).waiting == 3
    assert Heartbeat.model_validate_json("{}") == Heartbeat()


@pytest.mark.parametrize(
    "values",
    [
        {"waiting": -1},
        {"waiting": 10**7},
        {"disk_free_bytes": 1 << 61},
        {"disk_free_bytes": -1},
        {"clock_offset_seconds": float("nan")},
        {"clock_offset_seconds": 1e12},
        {"oldest_waiting_seconds": float("inf")},
        {"oldest_waiting_seconds": -1},
        {"analyses_per_second": 1e9},
        {"version": "x" * 121},
        {"printer": "x" * 121},
        {"cameras": [{"name": "x", "state": "live"}] * (MAX_CAMERAS + 1)},
        {"cameras": [{"name": "x" * 121, "state": "live"}]},
        {"cameras": [{"name": "x", "state": "live", "battery_percent": 101}]},
    ],
    ids=str,
)
def test_every_field_has_a_bound(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Heartbeat.model_validate(values)
