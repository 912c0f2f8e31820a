"""The roster sync reports each result and keeps the old roster after a failure."""

from __future__ import annotations

import queue
from typing import cast

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.roster import Roster
from kiosk.upload.roster_sync import RosterSync


class FakeRoster:
    def __init__(self) -> None:
        self.replaced: list[object] = []

    def pending_students(self) -> set[str]:
        return set()

    def captured_students(self) -> set[str]:
        return set()

    def replace(self, roster: object, waiting: set[str], captured: set[str]) -> None:
        self.replaced.append(roster)


class FakeClient:
    problem: Problem | None = None

    def roster(self) -> str:
        if self.problem is not None:
            raise self.problem
        return "new roster"


def test_a_started_sync_replaces_the_roster_and_reports_success() -> None:
    results: queue.Queue[Problem | None] = queue.Queue()
    roster = FakeRoster()
    sync = RosterSync(cast(Client, FakeClient()), cast(Roster, roster), 600.0, results.put)
    sync.start()
    assert results.get() is None
    sync.stop()
    assert roster.replaced == ["new roster"]


def test_a_failed_sync_returns_the_problem_and_keeps_the_old_roster() -> None:
    client, roster = FakeClient(), FakeRoster()
    client.problem = Problem("pairing.none")
    assert RosterSync(cast(Client, client), cast(Roster, roster), 600.0).sync_once() is client.problem
    assert roster.replaced == []
