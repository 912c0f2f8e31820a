"""The station's requests for sheets of photos."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.http.exchange import MAX_ROSTER_BYTES, Request, Response
from kiosk.upload.http.responses import parse_payload, raise_if_rejected, raise_if_unauthorized, raise_unreachable
from kiosk.upload.sheets import (
    MAX_PDF_BYTES,
    PHOTOS_HEADER,
    REPRINTS_HEADER,
    SHEETS_HEADER,
    SheetChoices,
    SheetRequest,
    SheetStudents,
)

_PDF_START: Final = b"%PDF-"
_PayloadT = TypeVar("_PayloadT", bound=BaseModel)


@dataclass(frozen=True)
class SheetPdf:
    """A PDF of `sheets` pages with `photos` photos, of which `reprints` are marked as such. It is kept in memory only:
    it has complete names."""

    pdf: bytes = field(repr=False)
    sheets: int
    photos: int
    reprints: int


class SheetClient(Client):
    """Every method raises Unauthorized, ServerUnreachable, SubmissionRejected with the server's message."""

    def choices(self) -> SheetChoices:
        """Return what may be printed. Raises Problem photo_sheets.server_old from a server without sheets."""
        return self._get("sheets", SheetChoices)

    def students(self, campaign: str, class_name: str) -> SheetStudents:
        query = urlencode({"campaign": campaign, "class_name": class_name})
        return self._get(f"sheets/students?{query}", SheetStudents)

    def sheet(self, request: SheetRequest) -> SheetPdf:
        """Fetch the sheets; the server counts them as printed."""
        body, headers = request.model_dump_json().encode(), {"Content-Type": "application/json"}
        response = self._send(Request("POST", f"{self._api.base}/sheets", body, headers, MAX_PDF_BYTES))
        if not response.content.startswith(_PDF_START):
            raise ServerUnreachable("upload.captive_portal")
        counts = [_count(response, name) for name in (SHEETS_HEADER, PHOTOS_HEADER, REPRINTS_HEADER)]
        return SheetPdf(response.content, *counts)

    def _get(self, path: str, kind: type[_PayloadT]) -> _PayloadT:
        request = Request("GET", f"{self._api.base}/{path}", max_response_bytes=MAX_ROSTER_BYTES)
        return parse_payload(self._send(request), kind)

    def _send(self, request: Request) -> Response:
        response = self._api.exchange(request)
        if response.status in (404, 405):
            raise Problem("photo_sheets.server_old")
        raise_if_unauthorized(response)
        if not response.ok:
            raise_if_rejected(response)
            raise_unreachable(response, request)
        return response


def _count(response: Response, name: str) -> int:
    text = response.headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
