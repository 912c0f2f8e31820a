"""The HTTP server of the page, on 127.0.0.1.

The standard library's server is used because the photo command is installed without a web framework (extra `engine`),
and because one person on one computer is served: its documentation warns of use on a network only.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from config.errors import Problem
from config.i18n import FALLBACK, LANGUAGES, Translations, translations
from kiosk.tools.photo.page_server.access import HOST, Access
from kiosk.tools.photo.page_server.body import Body, IncompleteBody
from kiosk.tools.photo.page_server.responses import SECURITY_HEADERS, Response, json_response, text_response
from kiosk.tools.photo.page_server.routes import Request, Routes
from kiosk.tools.photo.page_server.session import Session, UnknownPhoto

log = logging.getLogger(__name__)
_SOCKET_TIMEOUT_S: Final = 60.0  # without a byte of a request
_MAX_LENGTH_DIGITS: Final = 15


class PageClosed(Exception):
    """The page was closed by its button, or it received no request for `idle_timeout` seconds."""


class PageServer(ThreadingHTTPServer):
    """Serves one session. `serve_forever` raises PageClosed at its end."""

    daemon_threads = True

    def __init__(self, session: Session, idle_timeout: float) -> None:
        super().__init__((HOST, 0), _Handler)
        self.access = Access(self.server_address[1])
        self.routes = Routes(session, self._end)
        self._session, self._idle_timeout = session, idle_timeout
        self._ended = threading.Event()
        self._last_request = time.monotonic()

    def note_request(self) -> None:
        """Record the time of a request. An open page requests changes continuously; without requests it is closed."""
        self._last_request = time.monotonic()

    def service_actions(self) -> None:
        """Called by `serve_forever` between requests."""
        if self._session.collection.is_busy:
            self.note_request()
        elif time.monotonic() - self._last_request > self._idle_timeout:
            raise PageClosed
        if self._ended.is_set():
            raise PageClosed

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("a connection of the page failed", exc_info=True)

    def _end(self) -> None:
        self._ended.set()


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version = "zhengguan"
    sys_version = ""
    timeout = _SOCKET_TIMEOUT_S

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: addresses contain the token, and names of files may be names of persons."""

    def _serve(self, method: str) -> None:
        try:
            body = Body(self.rfile, self._body_length(method))
            response = self._checked_response(method, body)
            self.close_connection = not body.skip_rest() or self.headers.get("Connection", "").lower() == "close"
            self._send(response)
        except (ConnectionError, TimeoutError):  # the browser has closed the connection
            self.close_connection = True

    def _checked_response(self, method: str, body: Body) -> Response:
        """Return the response to a request of this page; a request from elsewhere gets only a status."""
        access = self.server.access
        refusal = access.refuse(method, self.headers)  # type: ignore[arg-type]
        if refusal is not None:
            return text_response(refusal)
        parts = urlsplit(self.path)
        if method == "GET" and access.use_key(parts.path):
            headers = {"Location": access.address}
            return Response(HTTPStatus.SEE_OTHER, "text/plain", b"", headers)
        path = access.path_below_token(parts.path)
        if path is None:
            return text_response(HTTPStatus.NOT_FOUND)
        self.server.note_request()
        if not body.has_length:
            return text_response(HTTPStatus.LENGTH_REQUIRED)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        tr = translations(_language(query.get("lang", ""), self.headers.get("Accept-Language", "")))
        request = Request(method, path, query, self.headers, body, tr)  # type: ignore[arg-type]
        return self._response_to(request)

    def _response_to(self, request: Request) -> Response:
        tr = request.translations
        try:
            return self.server.routes.answer(request)
        except Problem as problem:
            return _problem_response(problem, tr)
        except UnknownPhoto:
            return _problem_response(Problem("photo_page.gone"), tr, HTTPStatus.NOT_FOUND)
        except IncompleteBody as error:
            raise ConnectionError from error
        except (ValueError, KeyError, TypeError, RecursionError):
            return text_response(HTTPStatus.BAD_REQUEST)
        except Exception as error:  # a bug must not end the page
            log.exception("a request of the page failed")
            unexpected = Problem("command.unexpected", what=type(error).__name__)
            return _problem_response(unexpected, tr, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _body_length(self, method: str) -> int | None:
        """Return the length of the body; None if it is missing or not a number."""
        length = self.headers.get("Content-Length", "0" if method == "GET" else "")
        valid = length.isascii() and length.isdecimal() and len(length) <= _MAX_LENGTH_DIGITS
        return int(length) if valid and "Transfer-Encoding" not in self.headers else None

    def _send(self, response: Response) -> None:
        with contextlib.ExitStack() as stack:
            if isinstance(response.body, Path):
                try:
                    file = stack.enter_context(response.body.open("rb"))
                except OSError:
                    return self._send(text_response(HTTPStatus.NOT_FOUND))
                length = response.body.stat().st_size
            else:
                file, length = None, len(response.body)
            self.send_response(response.status)
            headers = {"Content-Type": response.content_type, "Content-Length": str(length)}
            if self.close_connection:
                headers["Connection"] = "close"
            for name, value in (SECURITY_HEADERS | headers | response.headers).items():
                self.send_header(name, value)
            self.end_headers()
            if file is not None:
                shutil.copyfileobj(file, self.wfile)
            elif isinstance(response.body, bytes):
                self.wfile.write(response.body)


def _problem_response(
    problem: Problem, tr: Translations, status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY
) -> Response:
    return json_response({"problem": problem.key, "sentence": problem.in_language(tr.language)}, status)


def _language(requested: str, accepted: str) -> str:
    """Return the requested language, else the first one of Accept-Language that exists here."""
    if requested in LANGUAGES:
        return requested
    for part in accepted.split(","):
        tag = part.partition(";")[0].strip().lower()
        for language in LANGUAGES:
            if tag.partition("-")[0] == language.partition("_")[0]:
                return language
    return FALLBACK
