"""The station's client of the server API: pair, fetch the roster, send a submission. Every kind of failure has its own
problem."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import requests
from urllib3.filepost import encode_multipart_formdata

from config.errors import Problem
from kiosk.upload.envelope import (
    VERSION,
    FileInfo,
    LastFourAnswer,
    Pairing,
    Submission,
    SubmissionReceipt,
    VisitOutcome,
)
from kiosk.upload.errors import PairingRejected, ServerRejected, ServerUnreachable, SubmissionRejected, Unauthorized
from kiosk.upload.heartbeat import Heartbeat
from kiosk.upload.http.bearer import Bearer
from kiosk.upload.http.exchange import MAX_ROSTER_BYTES, HttpTimeouts, Request, Response, exchange
from kiosk.upload.http.file_upload import ChunksNotSupported, FileUpload, HeadRejected
from kiosk.upload.http.responses import (
    parse_payload,
    parse_rejection,
    raise_if_rejected,
    raise_if_unauthorized,
    raise_unreachable,
)
from kiosk.upload.http.stall_timeout import watch_session
from kiosk.upload.order import CashPayment, OrderPayload
from kiosk.upload.roster_payload import RosterPayload
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.upload_progress import ProgressMeter, UploadProgress
from kiosk.upload.wire_names import FIRST_RENAMED_VERSION, NOT_IN_FIRST_RELEASE, to_version_1

__all__ = ["Client", "PairingRejected", "ServerRejected", "ServerUnreachable", "SubmissionRejected", "Unauthorized"]

API: Final = "/api/station/v1"
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
        self._base = _base(url)
        self._auth = Bearer(token)
        self._session = watch_session(session or requests.Session())
        self._timeouts = HttpTimeouts(*timeouts)
        self._on_progress = on_progress
        self._sleep = sleep
        self._etag = ""
        self._roster: RosterPayload | None = None
        self._server_version = VERSION
        self.clock = clock or ServerClock()

    @staticmethod
    def pair(
        url: str,
        code: str,
        name: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> Pairing:
        """Pair this station. Raises PairingRejected, ServerUnreachable, or Problem (upload.wrong_code)."""
        request = _json_request(f"{_base(url)}/pair", json.dumps({"code": code, "name": name}))
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
        request = Request("GET", f"{self._base}/roster", None, known, MAX_ROSTER_BYTES, accept_gzip=True)
        answer = self._exchange(request)
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
        request = _json_request(f"{self._base}/students/{quote(student, safe='')}/last-four", body)
        answer = self._exchange(request)
        raise_if_unauthorized(answer)
        if answer.ok:
            return parse_payload(answer, LastFourAnswer)
        raise_if_rejected(answer)
        raise_unreachable(answer, request)

    def send_heartbeat(self, heartbeat: Heartbeat) -> bool:
        """Send the station's state; return False if the server is older and receives none. Raises Unauthorized,
        ServerUnreachable."""
        request = _json_request(f"{self._base}/heartbeat", heartbeat.model_dump_json())
        answer = self._exchange(request)
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
        return self._order_request(_json_request(f"{self._order_url(student)}/codes", "{}"))

    def pay_cash(self, student: str, cash: CashPayment) -> OrderPayload | None:
        """Record cash that the operator took; may be called again with the same payment after any failure. Raises as
        `order`."""
        return self._order_request(_json_request(f"{self._order_url(student)}/cash", cash.model_dump_json()))

    def _order_url(self, student: str) -> str:
        return f"{self._base}/students/{quote(student, safe='')}/order"

    def _order_request(self, request: Request) -> OrderPayload | None:
        answer = self._exchange(request)
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
        try:
            answer = self._submit_in_chunks(submission, shot, portrait)
        except ChunksNotSupported:
            self._session.close()  # 86a4649 sends a body with its answer to HEAD, read as the next answer
            answer = self._submit_as_form(submission, shot, portrait)
        finally:
            self._on_progress(None)
        accepted = parse_payload(answer, SubmissionReceipt)
        if not accepted.matches(submission):
            raise ServerUnreachable("upload.wrong_hash")
        return accepted

    def _submit_in_chunks(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Response:
        for last_round in (False, True):  # the server may have deleted a file between its last piece and the envelope
            try:
                self._send_files(submission, shot, portrait)
            except HeadRejected:
                self._session.close()
                return self._checked_response(self._envelope_request(submission), last=True)
            answer = self._checked_response(self._envelope_request(submission), last_round)
            if answer.ok:
                break
        return answer

    def _envelope_request(self, submission: Submission) -> Request:
        """Build it after the files were sent: by then the server's time and its wire version are known."""
        text = self._with_clock_offset(submission).model_dump_json()
        if self._server_version < FIRST_RENAMED_VERSION:
            text = _in_version_1(text)
        return _json_request(f"{self._base}/submissions", text)

    def _checked_response(self, request: Request, last: bool) -> Response:
        """Return the answer if it is a success; or, unless it is the `last` one, that files are missing."""
        answer = self._exchange(request)
        if answer.ok:
            return answer
        raise_if_unauthorized(answer)
        no = parse_rejection(answer)
        if not last and no is not None and no.reason == "files_missing":
            return answer
        raise_if_rejected(answer)
        raise_unreachable(answer, request)

    def _send_files(self, submission: Submission, shot: bytes, portrait: bytes | None) -> None:
        files: list[tuple[FileInfo, bytes]] = [(submission.shot, shot)]
        if submission.portrait is not None and portrait is not None:
            files.append((submission.portrait, portrait))
        meter = ProgressMeter(sum(len(content) for _, content in files), self._on_progress)
        for facts, content in files:
            FileUpload(f"{self._base}/files", facts, content, self._exchange, meter, self._sleep).send()

    def _submit_as_form(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Response:
        """Send one multipart form in version 1, without the fields that 86a4649 lacks. Its only outcome for a portrait
        that was not accepted is "interrupted"."""
        if submission.outcome is VisitOutcome.UNCONFIRMED:
            submission = submission.model_copy(update={"outcome": VisitOutcome.INTERRUPTED})
        fields: dict[str, Any] = {
            "envelope": _in_version_1(submission.model_dump_json(exclude=set(NOT_IN_FIRST_RELEASE))),
            "shot": (submission.shot.name, shot, "application/octet-stream"),
        }
        if submission.portrait is not None and portrait is not None:
            fields["portrait"] = (submission.portrait.name, portrait, "image/jpeg")
        body, kind = encode_multipart_formdata(fields)
        return self._checked_response(
            Request("POST", f"{self._base}/submissions", body, {"Content-Type": kind}), last=True
        )

    def _with_clock_offset(self, submission: Submission) -> Submission:
        if submission.clock_offset_seconds is not None or self.clock.seconds_ahead is None:
            return submission
        return submission.model_copy(update={"clock_offset_seconds": self.clock.seconds_ahead})

    def _with_current_time(self, roster: RosterPayload) -> RosterPayload:
        now = self.clock.to_server_time(datetime.now(UTC))
        self._roster = roster.model_copy(update={"generated_at": now})
        return self._roster

    def _exchange(self, request: Request) -> Response:
        answer = exchange(self._session, request, self._timeouts, self._auth)
        self.clock.record_response(answer)
        if answer.wire_version is not None:
            self._server_version = answer.wire_version
        return answer


def _base(url: str) -> str:
    return url.strip().rstrip("/") + API


def _in_version_1(envelope: str) -> str:
    return json.dumps(to_version_1(json.loads(envelope), "Submission"), ensure_ascii=False)


def _json_request(url: str, body: str) -> Request:
    return Request("POST", url, body.encode("utf-8"), {"Content-Type": "application/json"})
