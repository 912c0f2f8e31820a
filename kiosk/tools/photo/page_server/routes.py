"""The addresses of the page below its token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from config.i18n import Translations
from kiosk.tools.photo.page_server.archive import ARCHIVE_NAME, ArchiveState
from kiosk.tools.photo.page_server.body import Body
from kiosk.tools.photo.page_server.document import page_document
from kiosk.tools.photo.page_server.responses import Response, file_response, json_response, text_response
from kiosk.tools.photo.page_server.session import Session

STATIC: Final = Path(__file__).parent / "static"
_MAX_JSON_BYTES: Final = 4_000_000  # the names and first bytes of a folder of 10 000 files
_STATIC_TYPES: Final = {
    "page.css": "text/css; charset=utf-8",
    "cap.svg": "image/svg+xml",
    **{
        f"{name}.js": "text/javascript; charset=utf-8"
        for name in ("page", "api", "cards", "crop_editor", "dialog", "elements", "uploads")
    },
}


@dataclass(frozen=True)
class Request:
    """A request that has passed the checks of access. `path` and `query`: below the token."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Body
    translations: Translations

    def json(self) -> dict[str, Any]:
        """Return the object in the body. Raises ValueError if there is none."""
        if self.body.length > _MAX_JSON_BYTES:
            raise ValueError("too long")
        content = json.loads(self.body.read(_MAX_JSON_BYTES) or b"{}")
        if not isinstance(content, dict):
            raise ValueError("no object")
        return content


Handler = Callable[..., Response]


class Routes:
    """The handlers of all requests, which use the session. `end` ends the server."""

    def __init__(self, session: Session, end: Callable[[], None]) -> None:
        self._session, self._end = session, end
        photo = r"api/photos/(\d+)"
        self._handlers: list[tuple[str, re.Pattern[str], Handler]] = [
            (method, re.compile(pattern), handler)
            for method, pattern, handler in (
                ("GET", r"", self._page),
                ("GET", r"static/([a-z_]+\.[a-z]+)", self._static),
                ("GET", r"api/state", self._state),
                ("GET", r"api/standards", self._standards),
                ("GET", photo, self._details),
                ("GET", photo + r"/preview\.jpg", self._preview),
                ("GET", photo + r"/portrait\.jpg", self._portrait),
                ("GET", photo + r"/recipe\.json", self._recipe),
                ("GET", re.escape(ARCHIVE_NAME), self._archive),
                ("POST", r"api/select", self._select),
                ("POST", r"api/photos", self._upload),
                ("POST", r"api/settings", self._choose),
                ("POST", photo + r"/crop", self._move_crop),
                ("POST", photo + r"/portrait", self._request_crop),
                ("POST", photo + r"/remove", self._remove),
                ("POST", r"api/remove", self._remove_all),
                ("POST", r"api/archive", self._start_archive),
                ("POST", r"api/end", self._end_page),
            )
        ]

    def answer(self, request: Request) -> Response:
        """Return the response. Raises Problem and UnknownPhoto, IncompleteBody, and ValueError, KeyError or
        TypeError for a malformed body."""
        is_known_path = False
        for method, pattern, handler in self._handlers:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(request, *match.groups())
            is_known_path = is_known_path or match is not None
        return text_response(HTTPStatus.METHOD_NOT_ALLOWED if is_known_path else HTTPStatus.NOT_FOUND)

    # ------------------------------------------------------------------ reading

    def _page(self, request: Request) -> Response:
        return Response(HTTPStatus.OK, "text/html; charset=utf-8", page_document(request.translations))

    def _static(self, request: Request, name: str) -> Response:
        if name not in _STATIC_TYPES:
            return text_response(HTTPStatus.NOT_FOUND)
        return file_response(STATIC / name, _STATIC_TYPES[name])

    def _state(self, request: Request) -> Response:
        after, wait = int(request.query.get("after", "0")), float(request.query.get("wait", "0"))
        return json_response(self._session.state(after, wait, request.translations))

    def _standards(self, request: Request) -> Response:
        return json_response(self._session.standards(request.translations))

    def _details(self, request: Request, photo_id: str) -> Response:
        return json_response(self._session.details(photo_id, request.translations))

    def _preview(self, request: Request, photo_id: str) -> Response:
        return file_response(self._session.preview_file(photo_id), "image/jpeg")

    def _portrait(self, request: Request, photo_id: str) -> Response:
        path, name = self._session.portrait_file(photo_id)
        return file_response(path, "image/jpeg", name if "download" in request.query else "")

    def _recipe(self, request: Request, photo_id: str) -> Response:
        path, name = self._session.recipe_file(photo_id)
        return file_response(path, "application/json", name)

    def _archive(self, request: Request) -> Response:
        archive = self._session.archive
        if archive.status.state is not ArchiveState.READY:
            return text_response(HTTPStatus.NOT_FOUND)
        return file_response(archive.path, "application/zip", ARCHIVE_NAME)

    # ------------------------------------------------------------------ requests

    def _select(self, request: Request) -> Response:
        return json_response(self._session.select(request.json()))

    def _upload(self, request: Request) -> Response:
        name = request.headers.get("X-File-Name", "")
        photo = self._session.uploads.receive(name, request.body)
        return json_response({"id": photo.id if photo else None}, HTTPStatus.CREATED if photo else HTTPStatus.OK)

    def _choose(self, request: Request) -> Response:
        self._session.choose(request.json())
        return json_response({})

    def _move_crop(self, request: Request, photo_id: str) -> Response:
        return json_response(self._session.move_crop(photo_id, request.json()))

    def _request_crop(self, request: Request, photo_id: str) -> Response:
        self._session.request_crop(photo_id, request.json())
        return json_response({}, HTTPStatus.ACCEPTED)

    def _remove(self, request: Request, photo_id: str) -> Response:
        self._session.remove(photo_id)
        return json_response({})

    def _remove_all(self, request: Request) -> Response:
        self._session.remove_all()
        return json_response({})

    def _start_archive(self, request: Request) -> Response:
        with_sheets = request.json().get("sheets") is True
        self._session.archive.start(with_sheets, request.translations.language)
        return json_response({}, HTTPStatus.ACCEPTED)

    def _end_page(self, request: Request) -> Response:
        self._end()
        return json_response({})
