"""Responses of the embedded server to bodies that it does not read: JSON for stations, a short page for browsers."""

from __future__ import annotations

import html
from http import HTTPStatus
from typing import Final

from waitress.utilities import Error

from kiosk.upload.envelope import VERSION, VERSION_HEADER
from server.core.api_errors import ApiError
from server.core.body_limits import STATION_API
from server.core.storage_errors import storage_api_error

_PAGE_TEMPLATE: Final = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    "<p>{zh}</p><p lang=en>{en}</p>"
)


class HttpRejection(Error):  # type: ignore[misc]
    """A rejection that waitress's ErrorTask sends; the connection is closed afterwards."""

    def __init__(self, api_error: ApiError, path: str) -> None:
        self.code = api_error.status
        self.reason = HTTPStatus(api_error.status).phrase
        self._as_json = path.startswith(STATION_API)
        self._api_error = api_error
        super().__init__(str(api_error))

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        kind = "application/json" if self._as_json else "text/html"
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Cache-Control", "no-store")]
        if self._as_json:
            headers.append((VERSION_HEADER, str(VERSION)))  # marks the response as this server's own
        if self._api_error.retry_after:
            headers.append(("Retry-After", str(self._api_error.retry_after)))
        return f"{self.code} {self.reason}", headers, self._content().encode()

    def _content(self) -> str:
        if self._as_json:
            return self._api_error.to_payload().model_dump_json()
        zh, en = (html.escape(self._api_error.in_language(language)) for language in ("zh_CN", "en"))
        return _PAGE_TEMPLATE.format(title=self.reason, zh=zh, en=en)


def too_large(path: str, max_bytes: int) -> HttpRejection:
    return HttpRejection(ApiError("refused.body_too_large", limit=f"{max_bytes / 1e6:.1f}"), path)


def storage_rejection(error: OSError, path: str) -> HttpRejection:
    return HttpRejection(storage_api_error(error) or ApiError("refused.storage"), path)
