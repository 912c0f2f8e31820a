"""The embedded server with slow clients, many connections and large bodies, over real sockets."""

from __future__ import annotations

import select
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments

from server.core.api_errors import ApiError
from server.core.body_limits import MAX_PIECE_BYTES, SMALL_BODY_BYTES
from server.http.limits import LimitedParser, _warn_about_proxy
from server.http.rejection import HttpRejection
from server.http.serve import http_limits
from server.http.waitress_server import LimitedServer
from tests.server.conftest import serving
from tests.server.station_client import StationClient
from tests.waiting import eventually

SUBMISSIONS = "/api/station/v1/submissions"
HALF = b"POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10000\r\n\r\n"


def server_address(server: LimitedServer) -> tuple[str, int]:
    return "127.0.0.1", int(server.effective_port)


@contextmanager
def half_sent(server: LimitedServer, count: int, text: bytes = HALF) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(server_address(server), 20)) for _ in range(count)]
        for one in sockets:
            one.sendall(text)
        yield sockets


def is_closed(one: socket.socket) -> bool:
    one.settimeout(0.01)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def request(path: str, *headers: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def send(server: LimitedServer, text: bytes) -> bytes:
    """Send the text, which has no byte of a body; return the response."""
    with closing(socket.create_connection(server_address(server), 20)) as one:
        one.sendall(text)
        response = b""
        while more := one.recv(65536):
            response += more
        return response


def response_while_sending(address: tuple[str, int], *headers: str) -> bytes:
    """Return the response to a client without a token that reads only after 7 of 30 MB, as nginx does."""
    with closing(socket.create_connection(address, 20)) as one:
        one.sendall(request(SUBMISSIONS, "Content-Length: 30000000", *headers))
        select.select([one], [], [], 20)  # until the response has arrived
        for _ in range(7):  # more than the socket buffers of both sides hold, so that the server has to read it
            one.sendall(b"x" * 1_000_000)
        return one.recv(65536)


def send_until_refused(one: socket.socket, most: int = 110_000_000) -> int:
    sent = 0
    with suppress(OSError):
        while sent < most:
            sent += one.send(b"x" * 65536)
    return sent


def spooled_bytes() -> int:
    """Return the size of the bodies on disk: open files, also deleted ones, without the database, which is open too."""
    folder, database, total = Path("/proc/self/fd"), str(connection.settings_dict["NAME"]), 0
    for entry in folder.iterdir():
        try:
            name = str(entry.readlink())
            if str(tempfile.gettempdir()) in name and not name.startswith(database):
                total += entry.stat().st_size
        except OSError:
            continue
    return total


@pytest.mark.parametrize("text", [HALF, HALF[:40], b"G", b""], ids=["body", "headers", "letter", "nothing"])
def test_half_sent_requests_of_one_address_block_no_other_client(transactional_db: None, text: bytes) -> None:
    limits = replace(http_limits(), max_connections_per_address=20)
    with serving(limits) as server, half_sent(server, 110, text) as sockets:
        for _ in range(3):
            assert requests.get(f"http://127.0.0.1:{server.effective_port}/signin", timeout=20).status_code == 200
        eventually(lambda: len(server.active_channels) <= 20)
        assert is_closed(sockets[0])


def test_half_sent_requests_of_many_addresses_block_no_other_client(transactional_db: None) -> None:
    with serving(replace(http_limits(), max_connections=20)) as server, half_sent(server, 60) as sockets:
        assert requests.get(f"http://127.0.0.1:{server.effective_port}/signin", timeout=20).status_code == 200
        eventually(lambda: is_closed(sockets[0]))
        assert not is_closed(sockets[-1])  # the oldest connections are closed, not the newest


def test_the_proxy_may_have_more_connections_than_another_address(transactional_db: None) -> None:
    limits = replace(http_limits(), max_connections_per_address=5, trusted_proxy="127.0.0.1")
    with serving(limits) as server, half_sent(server, 30) as sockets:
        assert requests.get(f"http://127.0.0.1:{server.effective_port}/signin", timeout=20).status_code == 200
        assert not is_closed(sockets[0])


@pytest.mark.parametrize("text", [HALF[:40], HALF], ids=["headers", "body"])
def test_the_connection_of_a_slow_request_is_closed(transactional_db: None, text: bytes) -> None:
    limits = replace(http_limits(), header_timeout=0.3, body_timeout=0.3, min_body_rate=1_000_000)
    with serving(limits) as server, half_sent(server, 1, text) as [one]:
        one.setblocking(False)

        def drip() -> None:
            with suppress(OSError):
                one.send(b"x")

        eventually(lambda: not server.active_channels, drip)


@pytest.mark.parametrize("size", [12_000_000, 24_000_000], ids=["handed over", "still being written"])
def test_the_connection_of_a_response_that_is_not_read_is_closed(
    size: int, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.core.health.JsonResponse", lambda _: HttpResponse(b"x" * size))
    limits = replace(http_limits(), body_timeout=0.3, min_body_rate=1_000_000_000)
    with serving(limits) as server, closing(socket.create_connection(server_address(server), 20)) as one:
        one.sendall(request("/health", method="GET"))
        eventually(lambda: server.active_channels)
        eventually(lambda: not server.active_channels)


def test_an_undeclared_proxy_is_logged_once(transactional_db: None, caplog: pytest.LogCaptureFixture) -> None:
    _warn_about_proxy.cache_clear()
    with serving(http_limits()) as server:
        for _ in range(2):
            url = f"http://127.0.0.1:{server.effective_port}/health"
            headers = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
            health = requests.get(url, headers=headers, timeout=20).json()
            assert health == {"server": "zhengguan", "secure": False, "forwarded": False, "client": "127.0.0.1"}
    assert caplog.text.count("trusted_proxy is not set") == 1


def test_the_timeout_starts_again_with_each_request_of_a_connection(transactional_db: None) -> None:
    limits = replace(http_limits(), header_timeout=0.3)
    with serving(limits) as server, requests.Session() as session:
        due = time.monotonic() + 0.9
        while time.monotonic() < due:
            assert session.get(f"http://127.0.0.1:{server.effective_port}/signin", timeout=20).status_code == 200


@pytest.mark.parametrize(
    ("path", "size", "header", "status"),
    [
        ("/nothing", SMALL_BODY_BYTES + 1, "X: y", 413),
        ("/signin", 110_000_000, "X: y", 413),
        (SUBMISSIONS, 110_000_000, "X: y", 401),
        (SUBMISSIONS, 110_000_000, "Authorization: Bearer wrong", 401),
        (SUBMISSIONS, 110_000_000, "Authorization: Basic wrong", 401),
        (SUBMISSIONS, 999_999_999_999, "X: y", 413),
        ("/api/station/v1/files/" + "a" * 64, MAX_PIECE_BYTES, "X: y", 401),
        ("/api/station/v1/files/" + "a" * 64, MAX_PIECE_BYTES * 2, "X: y", 413),
        ("/roster/", 5_000_000, "X: y", 403),
        ("/roster/", 5_000_000, "Cookie: sessionid=abc", 403),
    ],
)
def test_a_large_body_is_refused_before_it_is_sent(
    path: str, size: int, header: str, status: int, transactional_db: None
) -> None:
    with serving(http_limits()) as server:
        response = send(server, request(path, f"Content-Length: {size}", header))
        assert response.startswith(f"HTTP/1.1 {status} ".encode()), response[:200]
        as_json = path.startswith("/api/")
        signs = (b"application/json", b'"reason"', b"Zhengguan-Wire: 2")
        assert [sign in response for sign in signs] == [as_json] * 3
        expecting = send(server, request(path, f"Content-Length: {size}", header, "Expect: 100-continue"))
        assert expecting.startswith(f"HTTP/1.1 {status} ".encode()), expecting[:200]


def test_a_body_of_unknown_length_is_cut_at_the_limit(transactional_db: None) -> None:
    with serving(http_limits()) as server:
        one = socket.create_connection(server_address(server), 20)
        with closing(one):
            one.sendall(request("/signin", "Transfer-Encoding: chunked"))
            piece = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
            for _ in range(SMALL_BODY_BYTES // 0x4000 + 2):
                one.sendall(piece)
            assert one.recv(65536).startswith(b"HTTP/1.1 413 ")
        refused = send(server, request(SUBMISSIONS, "Transfer-Encoding: chunked"))
        assert refused.startswith(b"HTTP/1.1 401 ")


def test_large_bodies_without_a_token_use_no_disk(transactional_db: None) -> None:
    before = spooled_bytes()
    with serving(http_limits()) as server, ExitStack() as stack:
        for path in ("/nothing", SUBMISSIONS, "/signin"):
            one = stack.enter_context(closing(socket.create_connection(server_address(server), 20)))
            one.sendall(request(path, "Content-Length: 110000000"))
            # The socket buffers of both sides hold some of it, and the server reads and discards some.
            assert send_until_refused(one) < 30_000_000
        assert spooled_bytes() - before < SMALL_BODY_BYTES  # pytest writes files, too


def test_a_client_that_reads_only_at_the_end_gets_the_response(transactional_db: None) -> None:
    with serving(http_limits()) as server:
        assert response_while_sending(server_address(server)).startswith(b"HTTP/1.1 401 ")


def test_a_paired_station_may_send_a_large_body(station: StationClient) -> None:
    headers = {"Authorization": f"Bearer {station.pairing.token}"}
    body = b"x" * (2 * SMALL_BODY_BYTES)
    response = requests.post(f"{station.address}{SUBMISSIONS}", data=body, headers=headers, timeout=20)
    assert response.status_code == 422  # read to its end, but not a submission


def test_a_signed_in_user_may_upload_a_roster(address: str, client: Client) -> None:
    client.force_login(User.objects.create(username="chief", is_superuser=True))
    cookie = client.cookies["sessionid"].value
    response = requests.post(
        f"{address}/roster/",
        files={"file": b"x" * (4 * SMALL_BODY_BYTES)},
        headers={"Cookie": f"sessionid={cookie}"},
        timeout=20,
    )
    assert "sign" not in response.url
    assert response.status_code == 403  # read to its end, but without a CSRF token


def test_a_full_disk_while_a_body_is_spooled_is_answered(
    station: StationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any, **named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer.newfile", full)
    headers = {"Authorization": f"Bearer {station.pairing.token}"}
    response = requests.post(f"{station.address}{SUBMISSIONS}", data=b"x" * 1_000_000, headers=headers, timeout=20)
    assert (response.status_code, response.json()["reason"]) == (507, "disk_full")
    assert response.headers["Retry-After"] == "300"


def test_one_missing_address_of_a_name_does_not_stop_the_server(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: str, *options: object) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        # RFC 5737: no machine has the first address.
        return [(*kind, ("192.0.2.1", int(port))), (*kind, ("127.0.0.1", int(port)))]

    with monkeypatch.context() as patch:
        patch.setattr("waitress.adjustments.socket.getaddrinfo", look_up)
        with serving(http_limits()) as server:
            assert server_address(server)[0] == "127.0.0.1"


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"POST /api/station/v1/submissions HTTP/1.1\r\n",
                b"GET http://[ HTTP/1.1\r\n",
                b"POST //roster/ HTTP/1.0\r\n",
                b"Content-Length: 5\r\n",
                b"Content-Length: " + b"9" * 5000 + b"\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Transfer-Encoding: gzip\r\n",
                b"Expect: 100-continue\r\n",
                b"Authorization: Bearer \xff\x00\r\n",
                b"Cookie: sessionid=\xff;;=\r\n",
                b"\r\n",
                b"5\r\nhello\r\n",
                b"FFFFFFFFFFFF\r\n",
                b"0\r\n\r\n",
            ]
        ),
    ),
    max_size=12,
)


@given(pieces=PIECES, cut=st.integers(1, 200))
def test_no_bytes_break_the_parser(pieces: list[bytes], cut: int) -> None:
    """The parser accepts or refuses them; an exception would close the connection without a response."""
    refused = HttpRejection(ApiError("refused.token"), "/")
    adjustments = Adjustments()
    adjustments.http_limits = http_limits()
    data = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.http.limits.check_sender", lambda *_: refused)
        parser = LimitedParser(adjustments)
        while data and not parser.completed:
            consumed = parser.received(data[:cut])
            assert 0 <= consumed <= len(data)
            data = data[max(consumed, 1) :]
        if parser.error is not None:
            assert 400 <= parser.error.code < 502
            parser.error.to_response("zhengguan")


@pytest.mark.parametrize("path", ["/signin", "/proof", "/static/core/base.css", "/no/such/page"])
def test_a_response_to_head_has_no_body(path: str, transactional_db: None) -> None:
    """Otherwise the client, such as a monitor of the service, reads the body as the beginning of the next response."""
    with serving(http_limits()) as server:
        response = send(server, request(path, "Connection: close", method="HEAD"))
    assert (response.partition(b"\r\n\r\n")[2], b"Content-Length: " in response) == (b"", True), response


def test_a_query_with_too_many_fields_is_a_bad_request(transactional_db: None) -> None:
    with serving(http_limits()) as server:
        response = send(server, request(f"/signin?{'a=1&' * 1001}", "Connection: close", method="GET"))
    assert response.startswith(b"HTTP/1.1 400 ")
    assert "服务器无法解析这次请求".encode() in response
