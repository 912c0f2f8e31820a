"""Fetches the list of expected students every few minutes, so that scanning works when the cable is out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.roster import Roster

log = logging.getLogger(__name__)


class RosterSync:
    """A thread. `on_result` is told None after a success, and the problem otherwise; the old roster then stays."""

    def __init__(
        self,
        client: Client,
        roster: Roster,
        interval: float,
        on_result: Callable[[Problem | None], None] = lambda problem: None,
    ) -> None:
        self._client = client
        self._roster = roster
        self._interval = interval
        self._on_result = on_result
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="roster", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=2)

    def sync_once(self) -> Problem | None:
        """One look. Returns the problem, if there was one."""
        try:
            waiting, captured = self._roster.pending_students(), self._roster.captured_students()
            self._roster.replace(self._client.roster(), waiting, captured)
        except Problem as problem:
            log.warning("roster not refreshed: %s", problem)
            return problem
        return None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._on_result(self.sync_once())
            self._stopped.wait(self._interval)
