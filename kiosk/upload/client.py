"""The station's client of the server API: pair, fetch the roster, send a submission. Every kind of failure has its own
problem."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import requests

from config.errors import Problem
from kiosk.upload.envelope import (
    LastFourAnswer,
    Pairing,
    Submission,
    SubmissionReceipt,
)
from kiosk.upload.errors import PairingRejected
from kiosk.upload.heartbeat import Heartbeat
from kiosk.upload.http.api_connection import ApiConnection, api_base, json_request
from kiosk.upload.http.exchange import MAX_ROSTER_BYTES, HttpTimeouts, Request, exchange
from kiosk.upload.http.responses import (
    parse_payload,
    parse_rejection,
    raise_if_rejected,
    raise_if_unauthorized,
    raise_unreachable,
)
from kiosk.upload.http.stall_timeout import watch_session
from kiosk.upload.http.submission_upload import SubmissionUpload
from kiosk.upload.order import CashPayment, OrderPayload
from kiosk.upload.roster_payload import RosterPayload
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.upload_progress import UploadProgress

TIMEOUTS: Final = (5.0, 60.0)
"""Seconds to reach the server, and seconds without progress or until a response begins."""


class Client:
    """`url` is the server's address without a path; `timeouts` are (connect, read) in seconds.

    `clock` is set from the server's time in every response; `on_progress` is called after each chunk, and with None at
    the end.
    """

    def __init__(
        self,
        url: str,
        token: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
        clock: ServerClock | None = None,
        on_progress: Callable[[UploadProgress | None], None] = lambda progress: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.clock = clock or ServerClock()
        self._api = ApiConnection(url, token, session, timeouts, self.clock)
        self._upload = SubmissionUpload(self._api, on_progress, sleep)
        self._etag = ""
        self._roster: RosterPayload | None = None

    @staticmethod
    def pair(
        url: str,
        code: str,
        name: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> Pairing:
        """Pair this station. Raises PairingRejected, ServerUnreachable, or Problem (upload.wrong_code)."""
        request = json_request(f"{api_base(url)}/pair", json.dumps({"code": code, "name": name}))
        with session or requests.Session() as http:
            response = exchange(watch_session(http), request, HttpTimeouts(*timeouts))
        if response.ok:
            return parse_payload(response, Pairing)
        rejection = parse_rejection(response)
        if rejection is not None and response.status not in (429, 503):
            raise PairingRejected("upload.wrong_code", rejection)
        if response.is_json and response.status in (401, 403, 409, 410, 422):
            raise Problem("upload.wrong_code")
        raise_unreachable(response, request)

    def roster(self) -> RosterPayload:
        """Fetch the expected students. Raises Unauthorized, ServerUnreachable.

        The response has a few bytes if nothing has changed since the last request.
        """
        conditions = {"If-None-Match": self._etag} if self._etag and self._roster is not None else {}
        request = Request("GET", f"{self._api.base}/roster", None, conditions, MAX_ROSTER_BYTES, accept_gzip=True)
        response = self._api.exchange(request)
        if response.status == 304 and conditions and self._roster is not None:
            return self._with_current_time(self._roster)
        raise_if_unauthorized(response)
        if not response.ok:
            raise_unreachable(response, request)
        roster = parse_payload(response, RosterPayload)
        if response.wire_version is None:
            self.clock.record_time(roster.generated_at, response.sent_at, response.received_at)
        self._etag, self._roster = response.headers.get("ETag", ""), roster
        return roster

    def last_four(self, student: str, typed: str) -> LastFourAnswer:
        """Return whether these are the last four characters of the student's ID number. Raises Unauthorized,
        ServerUnreachable, SubmissionRejected."""
        body = json.dumps({"last_four": typed})
        request = json_request(f"{self._api.base}/students/{quote(student, safe='')}/last-four", body)
        response = self._api.exchange(request)
        raise_if_unauthorized(response)
        if response.ok:
            return parse_payload(response, LastFourAnswer)
        raise_if_rejected(response)
        raise_unreachable(response, request)

    def send_heartbeat(self, heartbeat: Heartbeat) -> bool:
        """Send the station's state; return False if the server is too old to receive it. Raises
        Unauthorized, ServerUnreachable."""
        request = json_request(f"{self._api.base}/heartbeat", heartbeat.model_dump_json())
        response = self._api.exchange(request)
        if response.status in (404, 405):
            return False
        raise_if_unauthorized(response)
        if not response.ok:
            raise_unreachable(response, request)
        return True

    def order(self, student: str) -> OrderPayload | None:
        """Return the state of the student's order; None from a server without orders. Raises Unauthorized,
        ServerUnreachable, SubmissionRejected."""
        return self._order_request(Request("GET", self._order_url(student)))

    def start_order(self, student: str) -> OrderPayload | None:
        """As `order`, with codes by which it can be paid: the server requests them from the payment gateways."""
        return self._order_request(json_request(f"{self._order_url(student)}/codes", "{}"))

    def pay_cash(self, student: str, cash: CashPayment) -> OrderPayload | None:
        """Record cash that the operator took; may be called again with the same payment after any failure. Raises as
        `order`."""
        return self._order_request(json_request(f"{self._order_url(student)}/cash", cash.model_dump_json()))

    def _order_url(self, student: str) -> str:
        return f"{self._api.base}/students/{quote(student, safe='')}/order"

    def _order_request(self, request: Request) -> OrderPayload | None:
        response = self._api.exchange(request)
        if response.status in (404, 405):
            return None
        raise_if_unauthorized(response)
        if response.ok:
            return parse_payload(response, OrderPayload)
        raise_if_rejected(response)
        raise_unreachable(response, request)

    def submit(self, submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        """Send one visit; may be called again with the same submission after any failure, and then resumes where
        that attempt stopped.

        Raises SubmissionRejected, Unauthorized, ServerUnreachable; the latter also if the server stored other bytes.
        """
        return self._upload.send(submission, shot, portrait)

    def _with_current_time(self, roster: RosterPayload) -> RosterPayload:
        now = self.clock.to_server_time(datetime.now(UTC))
        self._roster = roster.model_copy(update={"generated_at": now})
        return self._roster
