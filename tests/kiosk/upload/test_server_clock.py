"""The station measures the error of its clock, reports it, and corrects the dates of campaigns by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from kiosk.upload.client import Client
from kiosk.upload.http.exchange import Response
from kiosk.upload.server_clock import ServerClock
from tests.bench.upload_lines import visit
from tests.kiosk.upload.chunk_server import ChunkServer
from tests.kiosk.upload.http_double import TOKEN

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def clock_after(stamp: str, began: float = NOW.timestamp(), seconds: float = 2.0) -> ServerClock:
    clock = ServerClock()
    clock.record_response(Response(200, {"Zhengguan-Time": stamp}, b"", began, began + seconds))
    return clock


def test_the_middle_of_the_exchange_counts() -> None:
    assert clock_after((NOW - timedelta(days=1)).isoformat()).seconds_ahead == 86_401.0


@pytest.mark.parametrize("stamp", ["", "now", "2026-05-20T12:00:00", "9" * 100, "0001-01-01T00:00:00+14:00"])
def test_an_invalid_time_changes_nothing(stamp: str) -> None:
    assert clock_after(stamp).seconds_ahead is None


@pytest.mark.parametrize("seconds", [-1.0, 11.0])
def test_a_long_exchange_or_a_clock_change_gives_no_offset(seconds: float) -> None:
    assert clock_after(NOW.isoformat(), seconds=seconds).seconds_ahead is None


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=-1), timedelta(seconds=-90)])
def test_a_wrong_clock_is_reported_with_both_times(ahead: timedelta) -> None:
    clock = clock_after(NOW.isoformat(), began=(NOW + ahead).timestamp(), seconds=0.0)
    problem = clock.problem(NOW + ahead)
    assert problem is not None
    for language in ("zh_CN", "en"):
        assert f"{NOW + ahead:%Y-%m-%d %H:%M}" in problem.in_language(language)
        assert f"{NOW:%Y-%m-%d %H:%M}" in problem.in_language(language)
    assert clock.to_server_time(NOW + ahead) == NOW


def test_a_clock_that_is_nearly_right_is_not_reported() -> None:
    assert clock_after(NOW.isoformat(), began=NOW.timestamp() + 30, seconds=0.0).problem(NOW) is None
    assert ServerClock().problem(NOW) is None


@pytest.mark.parametrize("days", [-1, 1])
def test_a_visit_reports_how_far_the_clock_was_off(session: requests.Session, days: int) -> None:
    photo = b"photo" * 100
    with ChunkServer() as server:
        server.time = lambda: datetime.now(UTC) - timedelta(days=days)
        client = Client(f"http://127.0.0.1:{server.address[1]}", TOKEN, session=session)
        client.submit(visit(photo), photo, None)
        (stored,) = server.stored.values()
    assert stored.clock_offset_seconds == pytest.approx(days * 86_400, abs=30)
    assert client.clock.problem(datetime.now(UTC)) is not None


def test_a_server_of_the_first_release_reports_its_time_in_the_roster(session: requests.Session) -> None:
    with ChunkServer() as server:
        drawn = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        server.script = [
            lambda exchange: exchange.respond(
                200, {"drawn_at": drawn, "campaigns": [], "students": []}, own_headers=False
            )
        ]
        client = Client(f"http://127.0.0.1:{server.address[1]}", TOKEN, session=session)
        client.roster()
    assert client.clock.seconds_ahead == pytest.approx(-7200, abs=30)
