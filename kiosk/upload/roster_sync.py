"""Regular download of the list of expected students, so that scanning works without a network."""

from __future__ import annotations

import logging
from collections.abc import Callable

from config.background_loop import BackgroundLoop
from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.roster import Roster

log = logging.getLogger(__name__)


class RosterSync:
    """Replaces the roster every `interval` seconds on a background thread.

    `on_result` receives None after a success, otherwise the problem; the old roster then stays.
    """

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
        self._loop = BackgroundLoop("roster", self._sync, join_timeout=2.0)
        self.start, self.stop = self._loop.start, self._loop.stop

    @property
    def is_running(self) -> bool:
        """Whether the thread runs, also after a `stop` that did not wait for a slow server."""
        return self._loop.is_alive

    def sync_once(self) -> Problem | None:
        """Download the roster once; return the problem, if any."""
        try:
            waiting, captured = self._roster.pending_students(), self._roster.captured_students()
            self._roster.replace(self._client.roster(), waiting, captured)
        except Problem as problem:
            log.warning("roster not refreshed: %s", problem)
            return problem
        return None

    def _sync(self) -> float:
        self._on_result(self.sync_once())
        return self._interval
