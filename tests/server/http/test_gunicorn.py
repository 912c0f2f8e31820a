"""gunicorn behind a proxy: it has the limits of the embedded server, and responds to the proxy only."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from server.core.body_limits import MAX_PIECE_BYTES, SMALL_BODY_BYTES
from tests.migrated_database import seed_data_folder
from tests.server.http.test_limits import SUBMISSIONS, is_closed, request, response_while_sending
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import DEADLINE, ENVIRONMENT, command
from tests.waiting import eventually, scale_timeout

pytestmark = pytest.mark.process

SETTINGS = '[server]\npublic_url = "http://127.0.0.1"\ntrusted_proxy = "127.0.0.1"\nworkers = 2\n'
SLOW_BODIES = """
import sys
import django
django.setup()
from server.http.gunicorn_server import run_gunicorn
from server.http.limits import HttpLimits

def application(environ, start_response):
    body = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

limits = HttpLimits((), header_timeout=0.0, body_timeout=0.2, min_body_rate=1_000_000, trusted_proxy="127.0.0.1")
run_gunicorn(application, "127.0.0.1", 0, limits, lambda port: print(port, flush=True))
"""


@contextmanager
def running(words: list[str], folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run a server with SETTINGS; yield its port, which is at the end of the first line it prints, and its process."""
    seed_data_folder(folder / "data")
    (folder / "server.toml").write_text(SETTINGS, encoding="utf-8")
    environment = {
        **ENVIRONMENT,
        "ZHENGGUAN_SERVER_CONFIG": str(folder / "server.toml"),
        "ZHENGGUAN_SERVER_DATA": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "server.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (folder / "log").read_text(encoding="utf-8")
            yield int(line.strip().rpartition(":")[2]), process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("gunicorn")
    with running(command("run", "--port", 0, "--no-worker"), folder) as (port, _):
        yield port


def send(port: int, text: bytes, source: str = "127.0.0.1") -> bytes:
    """Send the text; return what the server sends until it closes the connection."""
    with closing(socket.create_connection(("127.0.0.1", port), 20, source_address=(source, 0))) as one:
        one.sendall(text)
        response = b""
        try:
            while more := one.recv(65536):
                response += more
        except ConnectionResetError:
            pass
        return response


def test_the_headers_of_the_proxy_name_the_client(port: int) -> None:
    headers = ("X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "Connection: close")
    body = send(port, request("/health", *headers, method="GET")).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {"server": "zhengguan", "secure": True, "forwarded": True, "client": "6.6.6.6"}


def test_headers_that_are_not_the_proxys_own_do_not_count(port: int) -> None:
    headers = ("X-Forwarded-Host: evil.example", "Forwarded: for=6.6.6.6;proto=https", "Connection: close")
    body = send(port, request("/health", *headers, method="GET")).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {"server": "zhengguan", "secure": False, "forwarded": False, "client": "127.0.0.1"}


def test_other_clients_get_no_response(port: int) -> None:
    assert send(port, request("/health", method="GET"), source="127.0.0.9") == b""
    assert send(port, request("/health", "Connection: close", method="GET")).startswith(b"HTTP/1.1 200 "), "control"


@pytest.mark.parametrize(
    ("path", "size", "header", "status"),
    [
        ("/signin", SMALL_BODY_BYTES + 1, "X: y", 413),
        (SUBMISSIONS, 110_000_000, "X: y", 401),
        (SUBMISSIONS, 110_000_000, "Authorization: Bearer wrong", 401),
        (SUBMISSIONS, 999_999_999_999, "X: y", 413),
        ("/api/station/v1/files/" + "a" * 64, MAX_PIECE_BYTES * 2, "X: y", 413),
        ("/roster/", 5_000_000, "Cookie: sessionid=abc", 403),
    ],
)
def test_a_large_body_is_refused_before_it_is_sent(path: str, size: int, header: str, status: int, port: int) -> None:
    response = send(port, request(path, f"Content-Length: {size}", header, "Connection: close"))
    assert response.startswith(f"HTTP/1.1 {status} ".encode()), response[:200]
    as_json = path.startswith("/api/")
    signs = (b"application/json", b'"reason"', b"Zhengguan-Wire: 2")
    assert [sign in response for sign in signs] == [as_json] * 3


@pytest.mark.parametrize("header", ["Connection: keep-alive", "Connection: close"])
def test_a_client_that_reads_only_at_the_end_gets_the_response(header: str, port: int) -> None:
    """nginx would turn a reset connection into a 502."""
    assert response_while_sending(("127.0.0.1", port), header).startswith(b"HTTP/1.1 401 ")


def test_the_connection_of_a_slow_body_is_closed(tmp_path: Path) -> None:
    with running([sys.executable, "-c", SLOW_BODIES], tmp_path) as (port, _):
        whole = request("/", "Content-Length: 5", "Connection: close") + b"hello"
        assert send(port, whole).endswith(b"5"), "control"
        with closing(socket.create_connection(("127.0.0.1", port), 20)) as one:
            one.sendall(request("/", "Content-Length: 1000", "Connection: close"))
            received: list[bytes] = []

            def drip() -> None:
                one.settimeout(0.01)
                try:
                    one.send(b"x")
                    received.append(one.recv(65536))
                except TimeoutError:
                    pass
                except OSError:
                    received.append(b"")

            eventually(lambda: received, drip)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_server(end: signal.Signals, tmp_path: Path) -> None:
    with running(command("run", "--port", 0), tmp_path) as (port, process):
        main = psutil.Process(process.pid)
        eventually(lambda: len(main.children()) == 3, timeout=DEADLINE)  # two for the web, one for jobs
        children = main.children()
        assert send(port, request("/health", "Connection: close", method="GET")).startswith(b"HTTP/1.1 200 ")
        process.send_signal(end)
        assert process.wait(scale_timeout(DEADLINE)) == (0 if end == signal.SIGTERM else -end)
        eventually(lambda: not any(_runs(child) for child in children), timeout=DEADLINE)


def test_a_killed_web_process_is_replaced(tmp_path: Path) -> None:
    with running(command("run", "--port", 0, "--no-worker"), tmp_path) as (port, process):
        main = psutil.Process(process.pid)
        eventually(lambda: len(main.children()) == 2, timeout=DEADLINE)
        before = {child.pid for child in main.children()}
        for child in main.children():
            child.kill()
        eventually(lambda: len({child.pid for child in main.children()} - before) == 2, timeout=DEADLINE)
        assert send(port, request("/health", "Connection: close", method="GET")).startswith(b"HTTP/1.1 200 ")


def test_a_port_in_use_is_one_sentence(port: int, tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(SETTINGS, encoding="utf-8")
    environment = {**ENVIRONMENT, "ZHENGGUAN_SERVER_CONFIG": str(tmp_path / "server.toml")}
    words = command("run", "--port", port, "--data", seed_data_folder(tmp_path / "data"))
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=scale_timeout(60))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert f"127.0.0.1:{port} (Address already in use)" in done.stderr.splitlines()[-1]


def _runs(process: Any) -> bool:
    return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE


def test_the_connection_of_another_client_is_closed(port: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), 20, source_address=("127.0.0.9", 0))) as one:
        eventually(lambda: is_closed(one))
