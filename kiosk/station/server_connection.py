"""Upload, roster download and heartbeats of a paired station, and their results for the operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from config.errors import Problem
from config.settings.station import ServerConnectionSettings
from kiosk.capture.storage import FileStore
from kiosk.identification.last_four import AskServer
from kiosk.station.pairing import PairingRecord
from kiosk.station.paths import local_time
from kiosk.upload.client import Client
from kiosk.upload.heartbeat import Heartbeat
from kiosk.upload.heartbeat_sender import HeartbeatSender
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.roster import Roster
from kiosk.upload.roster_sync import RosterSync
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.sheet_client import SheetClient
from kiosk.upload.upload_progress import UploadProgress
from kiosk.upload.worker import UploadWorker
from kiosk.visit.order_requests import OrderRequests

_INTERACTIVE_TIMEOUTS_S: Final = (2.0, 4.0)
"""Timeouts in seconds for the connection and for the response, while a student waits at the keypad."""


class ServerConnection:
    """Runs the upload worker, the roster download and the heartbeats; without a pairing it runs none of them.

    `problem` is the last problem, None after a success; `reachable` is None before the first response.
    """

    def __init__(
        self,
        pairing: PairingRecord | None,
        settings: ServerConnectionSettings,
        outbox: Outbox,
        originals: FileStore,
        roster: Roster,
        clock: ServerClock,
        report_problem: Callable[[str, Problem | None], None],
        collect_heartbeat: Callable[[], Heartbeat],
    ) -> None:
        self.problem: Problem | None = None if pairing else Problem("pairing.none")
        self.reachable: bool | None = None
        self.clock_problem: Problem | None = None
        self.progress: UploadProgress | None = None
        self.worker: UploadWorker | None = None
        self._roster_sync: RosterSync | None = None
        self._heartbeats: HeartbeatSender | None = None
        self._pairing, self._clock, self._report_problem = pairing, clock, report_problem
        self._timeouts = (settings.connect_timeout, settings.read_timeout)
        self._order_timeouts = (_INTERACTIVE_TIMEOUTS_S[0], settings.order_timeout)
        if pairing is not None:
            url, token = pairing.url, pairing.credentials.token
            timeouts = self._timeouts
            # A client for each thread, because a requests session belongs to one thread.
            roster_client = Client(url, token, timeouts=timeouts, clock=clock)
            upload_client = Client(url, token, timeouts=timeouts, clock=clock, on_progress=self._on_progress)
            self.worker = UploadWorker(outbox, upload_client, originals, on_status=self._on_result)
            self._roster_sync = RosterSync(roster_client, roster, settings.roster_interval, self._on_result)
            heartbeat_client = Client(url, token, timeouts=timeouts, clock=clock)
            self._heartbeats = HeartbeatSender(heartbeat_client, collect_heartbeat, settings.heartbeat_interval)

    def start(self) -> None:
        for part in (self._roster_sync, self.worker, self._heartbeats):
            if part is not None:
                part.start()

    def stop(self) -> None:
        for part in (self._heartbeats, self.worker, self._roster_sync):
            if part is not None:
                part.stop()

    @property
    def clock_offset(self) -> float | None:
        """Seconds that this station's clock is ahead of the server's; None before the first response."""
        return self._clock.seconds_ahead

    @property
    def is_running(self) -> bool:
        """Whether the uploads or the roster download run; they may outlast `stop` if the server is slow."""
        return any(thread.is_running for thread in (self.worker, self._roster_sync) if thread is not None)

    def wake(self) -> None:
        """Let the upload worker check the outbox now."""
        if self.worker is not None:
            self.worker.wake()

    def last_four_client(self) -> AskServer | None:
        """Return the check of the last four characters; its client is separate, because it runs on another thread."""
        if self._pairing is None:
            return None
        token = self._pairing.credentials.token
        return Client(self._pairing.url, token, timeouts=_INTERACTIVE_TIMEOUTS_S).last_four

    def order_requests(self) -> OrderRequests | None:
        """Return the requests of the payment screen; their client is separate, because they run on another thread."""
        if self._pairing is None:
            return None
        client = Client(self._pairing.url, self._pairing.credentials.token, timeouts=self._order_timeouts)
        return OrderRequests(client.start_order, client.order, client.pay_cash)

    def sheet_client(self) -> SheetClient | None:
        """Return the client for sheets of photos; it is separate, because it runs on another thread."""
        if self._pairing is None:
            return None
        return SheetClient(self._pairing.url, self._pairing.credentials.token, timeouts=self._timeouts)

    # ------------------------------------------------------------------ called from the threads of uploads and roster

    def _on_progress(self, progress: UploadProgress | None) -> None:
        self.progress = progress
        if progress is not None and self.worker is not None:
            self.worker.raise_if_stopping()

    def _on_result(self, problem: Problem | None) -> None:
        self._check_clock()
        is_back = problem is None and self.reachable is False
        self.problem = problem
        self.reachable = problem is None
        if is_back:  # the roster download also notices it, and runs more often than the worker's longest pause
            self.wake()

    def _check_clock(self) -> None:
        """Report whether the clock of this station is wrong."""
        self.clock_problem = self._clock.problem(local_time())
        self._report_problem("clock", self.clock_problem)
