"""The station's side of the wire: pair, fetch the roster, hand in a submission; every way it can fail is told apart."""

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
from kiosk.upload.envelope import Accepted, Ending, FileFacts, LastFourAnswer, Pairing, Roster, Submission
from kiosk.upload.http.answers import raise_if_not_paired, raise_if_refused, raise_unreachable, read, refused
from kiosk.upload.http.exchange import MAX_ROSTER, Answer, Request, Timeouts, exchange
from kiosk.upload.http.file_upload import AnswerWithoutWords, FileUpload, NoSuchProtocol
from kiosk.upload.http.stall_timeout import watched
from kiosk.upload.problems import NotPaired, PairingRefused, SaidNo, ServerUnreachable, SubmissionRefused
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.upload_progress import ProgressMeter, UploadProgress

__all__ = ["Client", "NotPaired", "PairingRefused", "SaidNo", "ServerUnreachable", "SubmissionRefused"]

API: Final = "/api/station/v1"
TIMEOUTS: Final = (5.0, 60.0)
"""Seconds to reach the server; and seconds on a line on which nothing moves, or until an answer begins."""
_NOT_IN_THE_FIRST_RELEASE: Final = {"also_for", "progress_token", "last_four", "last_four_confirmed", "clock_ahead"}


class _Bearer(requests.auth.AuthBase):
    """As `auth`, because a plain header would be replaced by whatever a ~/.netrc says."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """`url` is the server's address without a path; `timeouts` are (connect, answer) in seconds.

    `clock` learns the server's time from every answer; `on_progress` is told of each piece, and None at the end.
    """

    def __init__(
        self,
        url: str,
        token: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
        clock: ServerClock | None = None,
        on_progress: Callable[[UploadProgress | None], None] = lambda progress: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = _base(url)
        self._auth = _Bearer(token)
        self._session = watched(session or requests.Session())
        self._timeouts = Timeouts(*timeouts)
        self._on_progress = on_progress
        self._pause = pause
        self._etag = ""
        self._roster: Roster | None = None
        self.clock = clock or ServerClock()

    @staticmethod
    def pair(
        url: str,
        code: str,
        name: str,
        session: requests.Session | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> Pairing:
        """Enrols this station. Raises PairingRefused, ServerUnreachable, or Problem (upload.wrong_code)."""
        request = _json_request(f"{_base(url)}/pair", json.dumps({"code": code, "name": name}))
        with session or requests.Session() as line:
            answer = exchange(watched(line), request, Timeouts(*timeouts))
        if answer.ok:
            return read(answer, Pairing)
        no = refused(answer)
        if no is not None and answer.status not in (429, 503):
            raise PairingRefused("upload.wrong_code", no)
        if answer.is_json and answer.status in (401, 403, 409, 410, 422):
            raise Problem("upload.wrong_code")
        raise_unreachable(answer, request)

    def roster(self) -> Roster:
        """The expected students. Raises NotPaired, ServerUnreachable.

        The server answers in a few bytes where nothing has changed since the last time.
        """
        known = {"If-None-Match": self._etag} if self._etag and self._roster is not None else {}
        request = Request("GET", f"{self._base}/roster", None, known, MAX_ROSTER, packed=True)
        answer = self._exchange(request)
        if answer.status == 304 and known and self._roster is not None:
            return self._as_of_now(self._roster)
        raise_if_not_paired(answer)
        if not answer.ok:
            raise_unreachable(answer, request)
        roster = read(answer, Roster)
        if answer.wire_version is None:
            self.clock.note_time(roster.drawn_at, answer.began, answer.ended)
        self._etag, self._roster = answer.headers.get("ETag", ""), roster
        return roster

    def last_four(self, student: str, typed: str) -> LastFourAnswer:
        """Whether these are the last four characters of the student's ID number. Raises NotPaired, ServerUnreachable,
        SubmissionRefused."""
        body = json.dumps({"last_four": typed})
        request = _json_request(f"{self._base}/students/{quote(student, safe='')}/last-four", body)
        answer = self._exchange(request)
        raise_if_not_paired(answer)
        if answer.ok:
            return read(answer, LastFourAnswer)
        raise_if_refused(answer)
        raise_unreachable(answer, request)

    def submit(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Accepted:
        """Hands in one visit; may be called again with the same submission after any failure, and goes on where that
        one stopped.

        Raises SubmissionRefused, NotPaired, ServerUnreachable; the latter also where the server stored other bytes.
        """
        try:
            answer = self._in_pieces(submission, shot, portrait)
        except NoSuchProtocol:
            self._session.close()  # 86a4649 sends a body with its answer to HEAD, which would be the next answer's head
            answer = self._in_one_form(submission, shot, portrait)
        finally:
            self._on_progress(None)
        accepted = read(answer, Accepted)
        if not accepted.confirms(submission):
            raise ServerUnreachable("upload.wrong_hash")
        return accepted

    def _in_pieces(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Answer:
        for last_round in (False, True):  # a file may have been dropped between its last piece and the envelope
            try:
                self._send_files(submission, shot, portrait)
            except AnswerWithoutWords:
                self._session.close()
                return self._judged(self._envelope(submission), last=True)
            answer = self._judged(self._envelope(submission), last_round)
            if answer.ok:
                break
        return answer

    def _envelope(self, submission: Submission) -> Request:
        """Made after the files were sent: by then the server's time is known."""
        return _json_request(f"{self._base}/submissions", self._timed(submission).model_dump_json())

    def _judged(self, request: Request, last: bool) -> Answer:
        """The answer if it is a success; or, unless it is the `last` one, that files are missing."""
        answer = self._exchange(request)
        if answer.ok:
            return answer
        raise_if_not_paired(answer)
        no = refused(answer)
        if not last and no is not None and no.reason == "files_missing":
            return answer
        raise_if_refused(answer)
        raise_unreachable(answer, request)

    def _send_files(self, submission: Submission, shot: bytes, portrait: bytes | None) -> None:
        files: list[tuple[FileFacts, bytes]] = [(submission.shot, shot)]
        if submission.portrait is not None and portrait is not None:
            files.append((submission.portrait, portrait))
        meter = ProgressMeter(sum(len(content) for _, content in files), self._on_progress)
        for facts, content in files:
            FileUpload(f"{self._base}/files", facts, content, self._exchange, meter, self._pause).send()

    def _in_one_form(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Answer:
        """As the first release takes it: one multipart form, no field that it does not know, and for a portrait that
        was shown and not answered to the ending that it has for all that was not accepted."""
        if submission.ending is Ending.UNCONFIRMED:
            submission = submission.model_copy(update={"ending": Ending.INTERRUPTED})
        fields: dict[str, Any] = {
            "envelope": submission.model_dump_json(exclude=_NOT_IN_THE_FIRST_RELEASE),
            "shot": (submission.shot.name, shot, "application/octet-stream"),
        }
        if submission.portrait is not None and portrait is not None:
            fields["portrait"] = (submission.portrait.name, portrait, "image/jpeg")
        body, kind = encode_multipart_formdata(fields)
        return self._judged(Request("POST", f"{self._base}/submissions", body, {"Content-Type": kind}), last=True)

    def _timed(self, submission: Submission) -> Submission:
        if submission.clock_ahead is not None or self.clock.ahead is None:
            return submission
        return submission.model_copy(update={"clock_ahead": self.clock.ahead})

    def _as_of_now(self, roster: Roster) -> Roster:
        now = self.clock.corrected(datetime.now(UTC))
        self._roster = roster.model_copy(update={"drawn_at": now})
        return self._roster

    def _exchange(self, request: Request) -> Answer:
        answer = exchange(self._session, request, self._timeouts, self._auth)
        self.clock.note(answer)
        return answer


def _base(url: str) -> str:
    return url.strip().rstrip("/") + API


def _json_request(url: str, body: str) -> Request:
    return Request("POST", url, body.encode("utf-8"), {"Content-Type": "application/json"})
