"""Regular heartbeats of a station, so that the school's office learns of faults without going there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from config.background_loop import BackgroundLoop
from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.heartbeat import Heartbeat

log = logging.getLogger(__name__)
_UNSUPPORTED_FACTOR: Final = 10
"""A server without heartbeats may be updated while the station runs: it is tried again after this many intervals."""


class HeartbeatSender:
    """Sends what `collect` returns every `interval` seconds on a background thread.

    A failure is only logged: uploads and the roster report an unreachable server.
    """

    def __init__(self, client: Client, collect: Callable[[], Heartbeat], interval: float) -> None:
        self._client, self._collect, self._interval = client, collect, interval
        self._is_supported = True
        self._loop = BackgroundLoop("heartbeat", self.send, join_timeout=2.0)
        self.start, self.stop = self._loop.start, self._loop.stop

    def send(self) -> float:
        """Send one heartbeat; return the seconds until the next."""
        try:
            supported = self._client.send_heartbeat(self._collect())
        except Problem as problem:
            log.info("no heartbeat was sent: %s", problem.key)
            return self._interval
        except Exception:  # a bug in one device's status must not repeat every second
            log.exception("no heartbeat was sent because of an internal error")
            return self._interval
        if self._is_supported and not supported:
            log.warning("%s", Problem("upload.no_heartbeats"))
        self._is_supported = supported
        return self._interval if supported else self._interval * _UNSUPPORTED_FACTOR
