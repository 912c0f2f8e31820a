"""The difference between this station's clock and the server's, from the time in every response of the server."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from config.errors import Problem
from kiosk.upload.envelope import TIME_HEADER
from kiosk.upload.http.exchange import Response

MAX_DIFFERENCE_S: Final = 60.0
"""Seconds; a larger difference is reported."""
_MAX_DURATION_S: Final = 10.0
"""Seconds; in a longer exchange the moment at which the server read its clock is too uncertain."""


class ServerClock:
    """Any thread may call. One clock serves all clients of a station."""

    def __init__(self) -> None:
        self._seconds_ahead: float | None = None
        self._lock = threading.Lock()

    @property
    def seconds_ahead(self) -> float | None:
        """Seconds that this station's clock is ahead of the server's; None before the first response."""
        return self._seconds_ahead

    def record_response(self, response: Response) -> None:
        """Update from the server's time in a response that has one."""
        stamp = _parse_time(response.headers.get(TIME_HEADER, ""))
        if stamp is not None:
            self.record_time(stamp, response.sent_at, response.received_at)

    def record_time(self, server_time: datetime, began: float, ended: float) -> None:
        """Record that the server's clock was at `server_time` between these two times of this station's clock."""
        if 0 <= ended - began <= _MAX_DURATION_S:
            with self._lock:
                self._seconds_ahead = (began + ended) / 2 - server_time.timestamp()

    def to_server_time(self, moment: datetime) -> datetime:
        """Return the server's time when this station's clock is at `moment`."""
        try:
            return moment - timedelta(seconds=self._seconds_ahead or 0.0)
        except OverflowError:
            return moment

    def problem(self, now: datetime) -> Problem | None:
        """Return the message for the operator at `now` (on this station's clock, aware)."""
        if self._seconds_ahead is None or abs(self._seconds_ahead) <= MAX_DIFFERENCE_S:
            return None
        server = self.to_server_time(now)
        return Problem("upload.wrong_clock", station=f"{now:%Y-%m-%d %H:%M}", server=f"{server:%Y-%m-%d %H:%M}")


def _parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip()) if len(text) < 64 else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
