"""Proxies, firewalls and login pages between station and server: each is reported, none is mistaken for the server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from config.errors import Problem
from kiosk.upload.client import Client
from kiosk.upload.errors import ServerUnreachable, Unauthorized
from kiosk.upload.upload_progress import UploadProgress
from tests.bench.upload_lines import visit
from tests.certificates import make_certificate
from tests.kiosk.upload.chunk_server import ChunkServer
from tests.kiosk.upload.http_double import TOKEN

PHOTO = b"photo" * 1000
PAGE = b"<html>please log in</html>"
OURS = {"reason": "token", "zh_CN": "x", "en": "x"}
StartServer = Callable[[int, str, bytes, dict[str, str]], str]


class Intermediary(BaseHTTPRequestHandler):
    """Sends `response` to every request."""

    protocol_version = "HTTP/1.1"
    response: tuple[int, str, bytes, dict[str, str]]

    def _respond(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, kind, body, headers = self.response
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._respond
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """A function that starts a server with one response to every request, and returns its address."""
    running: list[ThreadingHTTPServer] = []

    def start(status: int, kind: str, body: bytes, headers: dict[str, str]) -> str:
        handler = type("Bound", (Intermediary,), {"response": (status, kind, body, headers)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def outcome(client: Client, call: str) -> Problem:
    calls: dict[str, Callable[[], object]] = {
        "submit": lambda: client.submit(visit(PHOTO), PHOTO, None),
        "roster": client.roster,
    }
    with pytest.raises(Problem) as caught:
        calls[call]()
    assert caught.value.in_language("zh_CN") != caught.value.in_language("en")
    return caught.value


RESPONSES = {
    "a login page": (200, "text/html", PAGE, {}, "upload.captive_portal"),
    "a login page without a body": (204, "text/html", b"", {}, "upload.captive_portal"),
    "a redirect to a login page": (
        302,
        "text/html",
        b"",
        {"Location": "http://login.example/"},
        "upload.captive_portal",
    ),
    "an invalid redirect": (302, "text/html", b"", {"Location": "http://["}, "upload.captive_portal"),
    "511": (511, "text/html", PAGE, {}, "upload.captive_portal"),
    "somebody else's JSON": (200, "application/json", b'{"code":0}', {}, "upload.incomplete_response"),
    "a firewall's 403": (403, "text/html", PAGE, {}, "upload.blocked"),
    "a login page's 401": (401, "text/html", PAGE, {}, "upload.blocked"),
    "somebody else's 401 in JSON": (401, "application/json", b'{"error":"unauthorized"}', {}, "upload.blocked"),
    "JSON that resembles ours": (
        401,
        "application/json",
        json.dumps({**OURS, "reason": "login", "url": "x"}).encode(),
        {},
        "upload.unexpected_response",
    ),
    "our JSON as a page": (401, "text/html", json.dumps(OURS).encode(), {}, "upload.blocked"),
    "451": (451, "text/html", PAGE, {}, "upload.blocked"),
    "407": (407, "text/html", PAGE, {}, "upload.proxy_login"),
    "408": (408, "text/html", PAGE, {}, "upload.timeout"),
    "413": (413, "text/html", PAGE, {}, "upload.too_large_for_proxy"),
    "502": (502, "text/html", PAGE, {}, "upload.gateway"),
    "504": (504, "text/html", PAGE, {}, "upload.gateway"),
    "a proxy's 503": (503, "text/html", PAGE, {}, "upload.busy"),
    "429": (429, "text/html", PAGE, {}, "upload.busy"),
    "404": (404, "text/html", PAGE, {}, "upload.unexpected_response"),
}


@pytest.mark.parametrize("call", ["submit", "roster"])
@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_that_is_not_from_the_server(
    start_server: StartServer, session: requests.Session, name: str, call: str
) -> None:
    status, kind, body, headers, key = RESPONSES[name]
    problem = outcome(Client(start_server(status, kind, body, headers), TOKEN, session=session), call)
    assert isinstance(problem, ServerUnreachable)
    assert problem.key == key


@pytest.mark.parametrize("call", ["submit", "roster"])
@pytest.mark.parametrize("reason", ["token", "revoked"])
@pytest.mark.parametrize("headers", [{}, {"Zhengguan-Wire": "2"}], ids=["first release", "today"])
def test_only_a_rejection_of_our_server_is_accepted(
    start_server: StartServer, session: requests.Session, reason: str, headers: dict[str, str], call: str
) -> None:
    body = json.dumps({**OURS, "reason": reason}).encode()
    url = start_server(401, "application/json", body, headers)
    assert isinstance(outcome(Client(url, TOKEN, session=session), call), Unauthorized)


def test_a_redirect_to_https_names_the_right_address(start_server: StartServer, session: requests.Session) -> None:
    url = start_server(301, "text/html", b"", {"Location": "https://127.0.0.1/api/station/v1/roster"})
    problem = outcome(Client(url, TOKEN, session=session), "roster")
    assert problem.key == "upload.redirected"
    assert "https://127.0.0.1" in problem.in_language("en")


def test_a_newer_envelope_waits_for_the_server_to_be_updated(
    start_server: StartServer, session: requests.Session
) -> None:
    body = json.dumps({**OURS, "reason": "version_newer"}).encode()
    problem = outcome(
        Client(start_server(422, "application/json", body, {"Zhengguan-Wire": "2"}), TOKEN, session=session), "submit"
    )
    assert isinstance(problem, ServerUnreachable)
    assert problem.key == "upload.server_outdated"


# ---- https


@pytest.mark.parametrize(("days", "trusted"), [(30, False), (-1, True)], ids=["of a login page", "expired"])
def test_a_certificate_that_is_not_trusted(tmp_path: Path, session: requests.Session, days: int, trusted: bool) -> None:
    certificate = make_certificate(tmp_path / "tls.pem", days)
    session.verify = str(certificate) if trusted else True
    with ChunkServer(certificate) as server:
        problem = outcome(Client(f"https://127.0.0.1:{server.address[1]}", TOKEN, session=session), "roster")
    assert problem.key == "upload.untrusted"
    assert "login" in problem.in_language("en")
    assert "登录" in problem.in_language("zh_CN")


def test_a_login_page_in_plain_http_where_https_is_expected(
    start_server: StartServer, session: requests.Session
) -> None:
    url = start_server(200, "text/html", PAGE, {}).replace("http:", "https:")
    problem = outcome(Client(url, TOKEN, session=session), "roster")
    assert problem.key == "upload.not_tls"


# ---- names and proxies


def test_an_unknown_host_name(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    problem = outcome(Client("http://photo.school.invalid", TOKEN, session=session), "roster")
    assert problem.key == "upload.unknown_host"
    assert "photo.school.invalid" in problem.in_language("en")


def failure_through_proxy(proxy: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Problem:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    return outcome(Client(url, TOKEN, timeouts=(2.0, 5.0)), "submit")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_requires_a_password(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    proxy = start_server(407, "text/html", PAGE, {"Proxy-Authenticate": 'Basic realm="x"'})
    problem = failure_through_proxy(proxy, f"{scheme}://photo.example.edu", monkeypatch)
    assert problem.key == "upload.proxy_login"
    assert proxy.removeprefix("http://") in problem.in_language("en")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_does_not_respond(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://me:secret@127.0.0.1:{unused.getsockname()[1]}"
        problem = failure_through_proxy(proxy, f"{scheme}://photo.example.edu", monkeypatch)
    assert problem.key == "upload.proxy_down"
    assert "secret" not in problem.in_language("en")


def test_a_proxy_that_blocks_the_server(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = failure_through_proxy(start_server(403, "text/html", PAGE, {}), "https://photo.example.edu", monkeypatch)
    assert problem.key == "upload.proxy_refused"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://", "http://["])
def test_an_invalid_proxy_setting(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    problem = failure_through_proxy(proxy, "http://photo.example.edu", monkeypatch)
    assert isinstance(problem, ServerUnreachable)
    assert problem.key in ("upload.proxy_unusable", "upload.proxy_down")


def test_no_progress_is_reported_if_nothing_is_sent(start_server: StartServer, session: requests.Session) -> None:
    progress: list[UploadProgress | None] = []
    url = start_server(403, "text/html", PAGE, {})
    outcome(Client(url, TOKEN, session=session, on_progress=progress.append), "submit")
    assert progress == [None]
