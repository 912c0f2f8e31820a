"""One station's connection to the server API: its address, token and timeouts, and the state that each response
updates."""

from __future__ import annotations

from typing import Final

import requests

from kiosk.upload.envelope import VERSION
from kiosk.upload.http.bearer import Bearer
from kiosk.upload.http.exchange import HttpTimeouts, Request, Response, exchange
from kiosk.upload.http.stall_timeout import watch_session
from kiosk.upload.server_clock import ServerClock

API: Final = "/api/station/v1"


class ApiConnection:
    """`clock` is set from the server's time in every response, `server_version` from its wire version."""

    def __init__(
        self, url: str, token: str, session: requests.Session | None, timeouts: tuple[float, float], clock: ServerClock
    ) -> None:
        self.base = api_base(url)
        self.clock = clock
        self.server_version = VERSION
        self._auth = Bearer(token)
        self._session = watch_session(session or requests.Session())
        self._timeouts = HttpTimeouts(*timeouts)

    def exchange(self, request: Request) -> Response:
        response = exchange(self._session, request, self._timeouts, self._auth)
        self.clock.record_response(response)
        if response.wire_version is not None:
            self.server_version = response.wire_version
        return response

    def reconnect(self) -> None:
        """Use another TCP connection from now on."""
        self._session.close()


def api_base(url: str) -> str:
    return url.strip().rstrip("/") + API


def json_request(url: str, body: str) -> Request:
    return Request("POST", url, body.encode("utf-8"), {"Content-Type": "application/json"})
