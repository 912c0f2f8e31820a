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
"""Seconds to reach the server; and seconds without progress on the line, or until an answer begins."""


class Client:
    """`url` is the server's address without a path; `timeouts` are (connect, answer) in seconds.

    `clock` is set from the server's time in every answer; `on_progress` receives each piece, and None at the end.
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
        with session or requests.Session() as line:
            answer = exchange(watch_session(line), request, HttpTimeouts(*timeouts))
        if answer.ok:
            return parse_payload(answer, Pairing)
        no = parse_rejection(answer)
        if no is not None and answer.status not in (429, 503):
            raise PairingRejected("upload.wrong_code", no)
        if answer.is_json and answer.status in (401, 403, 409, 410, 422):
            raise Problem("upload.wrong_code")
        raise_unreachable(answer, request)

    def roster(self) -> RosterPayload:
        """Fetch the expected students. Raises Unauthorized, ServerUnreachable.

        The server answers in a few bytes if nothing has changed since the last time.
        """
        known = {"If-None-Match": self._etag} if self._etag and self._roster is not None else {}
        request = Request("GET", f"{self._api.base}/roster", None, known, MAX_ROSTER_BYTES, accept_gzip=True)
        answer = self._api.exchange(request)
        if answer.status == 304 and known and self._roster is not None:
            return self._with_current_time(self._roster)
        raise_if_unauthorized(answer)
        if not answer.ok:
            raise_unreachable(answer, request)
        roster = parse_payload(answer, RosterPayload)
        if answer.wire_version is None:
            self.clock.record_time(roster.generated_at, answer.sent_at, answer.received_at)
        self._etag, self._roster = answer.headers.get("ETag", ""), roster
        return roster

    def last_four(self, student: str, typed: str) -> LastFourAnswer:
        """Return whether these are the last four characters of the student's ID number. Raises Unauthorized,
        ServerUnreachable, SubmissionRejected."""
        body = json.dumps({"last_four": typed})
        request = json_request(f"{self._api.base}/students/{quote(student, safe='')}/last-four", body)
        answer = self._api.exchange(request)
        raise_if_unauthorized(answer)
        if answer.ok:
            return parse_payload(answer, LastFourAnswer)
        raise_if_rejected(answer)
        raise_unreachable(answer, request)

    def send_heartbeat(self, heartbeat: Heartbeat) -> bool:
        """Send the station's state; return False if the server is older and receives none. Raises Unauthorized,
        ServerUnreachable."""
        request = json_request(f"{self._api.base}/heartbeat", heartbeat.model_dump_json())
        answer = self._api.exchange(request)
        if answer.status in (404, 405):
            return False
        raise_if_unauthorized(answer)
        if not answer.ok:
            raise_unreachable(answer, request)
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
        answer = self._api.exchange(request)
        if answer.status in (404, 405):
            return None
        raise_if_unauthorized(answer)
        if answer.ok:
            return parse_payload(answer, OrderPayload)
        raise_if_rejected(answer)
        raise_unreachable(answer, request)

    def submit(self, submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        """Send one visit; may be called again with the same submission after any failure, and resumes where that one
        stopped.

        Raises SubmissionRejected, Unauthorized, ServerUnreachable; the latter also if the server stored other bytes.
        """
        return self._upload.send(submission, shot, portrait)

    def _with_current_time(self, roster: RosterPayload) -> RosterPayload:
        now = self.clock.to_server_time(datetime.now(UTC))
        self._roster = roster.model_copy(update={"generated_at": now})
        return self._roster
