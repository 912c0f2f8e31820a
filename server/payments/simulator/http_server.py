"""The simulator's socket, and its start: in this process or as a process of its own."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.messages import Cut, Request, Silent
from server.payments.simulator.simulator import Simulator

MAX_BODY_BYTES: Final = 1 << 16


class SimulatorServer(ThreadingHTTPServer):
    """Listens as soon as it exists; `serve_forever` answers."""

    daemon_threads = True
    simulator: Simulator
    url: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SimulatorServer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the state of the simulator is on its page."""

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self.send_error(413)
            return
        self._respond(self.rfile.read(length))

    def _respond(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(self.command, self.path, parts.path, query, headers, body)
        try:
            response = self.server.simulator.respond(request)
        except Cut:
            self._cut()
            return
        except Silent:
            self.connection.recv(1)  # returns when the client has given up
            self._cut()
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()


def create_server(
    keys: SimulatorKeys, host: str, port: int, speed: float, stored: Path | None = None
) -> SimulatorServer:
    """Listen at once. `url` has the address that was given, also for buyers. With `stored`, trades are kept there."""
    server = SimulatorServer((host, port), _Handler)
    server.url = f"http://{host}:{server.server_port}"
    server.simulator = Simulator(keys, server.url, speed, stored)
    return server


def run_in_thread(server: SimulatorServer) -> None:
    threading.Thread(target=server.serve_forever, args=(0.05,), name="payment simulator", daemon=True).start()
