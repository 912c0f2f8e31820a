"""The server is killed while one visit is on its way and others wait: nothing is lost, nothing arrives twice."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from kiosk.tools.demo.server import DemoServer, start_server
from kiosk.visit.step import Step
from tests.demo_folder import seed_demo_folder
from tests.demo_server import submissions
from tests.kiosk.visit.visitor import Visitor, expected_numbers, paired_station, pictures, visitor_at
from tests.waiting import scale_timeout

__all__ = ["pictures"]


def kill(server: DemoServer) -> None:
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(scale_timeout(10))


def start_again(server: DemoServer) -> DemoServer:
    """Start the server again on the same port with the same folder."""
    return start_server(Path(server.data), urlsplit(server.url).port or 0)


def kill_after(visitor: Visitor, server: DemoServer) -> threading.Event:
    """Kill the server as soon as it has stored the next submission, before the station receives the response."""
    client = cast(Any, visitor.station.server.worker)._client
    original, killed = client.submit, threading.Event()

    def submit(*arguments: Any) -> Any:
        response = original(*arguments)
        if killed.is_set():
            return response
        kill(server)
        killed.set()
        return original(*arguments)  # the response is lost, and the server is not there for the next request

    client.submit = submit
    return killed


def test_killed_in_the_middle_of_sending(pictures: Path, tmp_path: Path) -> None:
    server = start_server(seed_demo_folder(tmp_path / "server"), port=0)
    numbers = expected_numbers(server)
    folder = paired_station(server, tmp_path / "station")
    with visitor_at(folder, f"folder:{pictures}", server={"roster_interval": 0.5}) as visitor:
        station, counts = visitor.station, visitor.station.outbox.stats
        killed = kill_after(visitor, server)
        visitor.visit(numbers[0])
        visitor.wait_for(killed.is_set)
        visitor.wait_for(lambda: counts().leased == 0)
        assert (counts().waiting, counts().sent) == (1, 0), "control: it was being sent when the server was killed"

        for number in numbers[1:3]:
            visitor.visit(number)
        visitor.scan(numbers[0])
        assert visitor.controller.state.step is Step.IDENTIFY, "the station has recorded its own captures"
        visitor.leave()
        visitor.wait_for(lambda: station.server.problem is not None)
        assert station.server.problem is not None
        assert (station.server.reachable, station.server.problem.key) == (False, "upload.unreachable")
        assert (counts().waiting, counts().sent) == (3, 0), "control: nothing can have been sent meanwhile"

        again = start_again(server)
        try:
            visitor.wait_until_sent()
            students = Counter(row["student_id"] for row in submissions(again))
            assert (counts().sent, counts().rejected) == (3, 0)
        finally:
            again.stop()
    assert len(students) == 3, "every student's visit is there"
    assert set(students.values()) == {1}, "also the one that was stored without a response, once"
    assert not list((folder / "files").iterdir()), "no file of them remains at the station"


def test_a_station_that_starts_without_the_server_has_its_students(pictures: Path, tmp_path: Path) -> None:
    server = start_server(seed_demo_folder(tmp_path / "server"), port=0)
    numbers = expected_numbers(server)
    folder = paired_station(server, tmp_path / "station")
    with visitor_at(folder, f"folder:{pictures}"):
        pass  # receives the roster once
    kill(server)
    with visitor_at(folder, f"folder:{pictures}") as visitor:
        visitor.visit(numbers[0])
        visitor.wait_for(lambda: visitor.station.server.problem is not None)
        assert visitor.station.outbox.stats().waiting == 1
    with visitor_at(folder, f"folder:{pictures}") as visitor:
        visitor.scan(numbers[0])
        notice = visitor.controller.state.notice
        assert notice is not None
        assert notice.key == "roster.captured", "also after a restart"
