"""Send one visit: files in chunks, then the envelope; or one form with everything to a server of the first release."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from kiosk.upload.envelope import FileInfo, Submission, SubmissionReceipt, VisitOutcome
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.http.api_connection import ApiConnection, json_request
from kiosk.upload.http.exchange import Request, Response
from kiosk.upload.http.file_upload import ChunksNotSupported, FileUpload, HeadRejected
from kiosk.upload.http.responses import (
    parse_payload,
    parse_rejection,
    raise_if_rejected,
    raise_if_unauthorized,
    raise_unreachable,
)
from kiosk.upload.upload_progress import ProgressMeter, UploadProgress
from kiosk.upload.wire_names import FIRST_RENAMED_VERSION, NOT_IN_FIRST_RELEASE, to_version_1


class SubmissionUpload:
    """`on_progress` is called after each chunk, and with None at the end."""

    def __init__(
        self,
        api: ApiConnection,
        on_progress: Callable[[UploadProgress | None], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._api, self._on_progress, self._sleep = api, on_progress, sleep

    def send(self, submission: Submission, shot: bytes, portrait: bytes | None) -> SubmissionReceipt:
        """Send one visit; see Client.submit."""
        try:
            response = self._send_in_chunks(submission, shot, portrait)
        except ChunksNotSupported:
            # 86a4649 sends a body with its response to HEAD, which would be read as the next response.
            self._api.reconnect()
            response = self._send_as_form(submission, shot, portrait)
        finally:
            self._on_progress(None)
        receipt = parse_payload(response, SubmissionReceipt)
        if not receipt.matches(submission):
            raise ServerUnreachable("upload.wrong_hash")
        return receipt

    def _send_in_chunks(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Response:
        for last_round in (False, True):  # the server may have deleted a file between its last chunk and the envelope
            try:
                self._send_files(submission, shot, portrait)
            except HeadRejected:
                self._api.reconnect()
                return self._checked_response(self._envelope_request(submission), last=True)
            response = self._checked_response(self._envelope_request(submission), last_round)
            if response.ok:
                break
        return response

    def _envelope_request(self, submission: Submission) -> Request:
        """Return the request with the envelope. Call it after the files were sent: by then the server's time and its
        wire version are known."""
        text = self._with_clock_offset(submission).model_dump_json()
        if self._api.server_version < FIRST_RENAMED_VERSION:
            text = _in_version_1(text)
        return json_request(f"{self._api.base}/submissions", text)

    def _checked_response(self, request: Request, last: bool) -> Response:
        """Return a successful response or, unless this is the `last` attempt, one that reports missing files; raise for
        every other."""
        response = self._api.exchange(request)
        if response.ok:
            return response
        raise_if_unauthorized(response)
        rejection = parse_rejection(response)
        if not last and rejection is not None and rejection.reason == "files_missing":
            return response
        raise_if_rejected(response)
        raise_unreachable(response, request)

    def _send_files(self, submission: Submission, shot: bytes, portrait: bytes | None) -> None:
        files: list[tuple[FileInfo, bytes]] = [(submission.shot, shot)]
        if submission.portrait is not None and portrait is not None:
            files.append((submission.portrait, portrait))
        meter = ProgressMeter(sum(len(content) for _, content in files), self._on_progress)
        for info, content in files:
            FileUpload(f"{self._api.base}/files", info, content, self._api.exchange, meter, self._sleep).send()

    def _send_as_form(self, submission: Submission, shot: bytes, portrait: bytes | None) -> Response:
        """Send one multipart form in version 1, without the fields that 86a4649 lacks. A portrait
        that was not accepted has the outcome "interrupted" there."""
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
            Request("POST", f"{self._api.base}/submissions", body, {"Content-Type": kind}), last=True
        )

    def _with_clock_offset(self, submission: Submission) -> Submission:
        if submission.clock_offset_seconds is not None or self._api.clock.seconds_ahead is None:
            return submission
        return submission.model_copy(update={"clock_offset_seconds": self._api.clock.seconds_ahead})


def _in_version_1(envelope: str) -> str:
    return json.dumps(to_version_1(json.loads(envelope), "Submission"), ensure_ascii=False)
