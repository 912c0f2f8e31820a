"""The simulator's HTTP server, and how to run it in a thread."""

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
    """Listens as soon as it is created; `serve_forever` responds."""

    daemon_threads = True
    simulator: Simulator
    url: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SimulatorServer

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the simulator's page shows its state."""

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
            self.connection.recv(1)  # returns when the client closes the connection
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
    """Return a server that listens. Its `url` contains `host`, also for buyers. `stored` is the file for its trades."""
    server = SimulatorServer((host, port), _Handler)
    server.url = f"http://{host}:{server.server_port}"
    server.simulator = Simulator(keys, server.url, speed, stored)
    return server


def run_in_thread(server: SimulatorServer) -> None:
    threading.Thread(target=server.serve_forever, args=(0.05,), name="payment simulator", daemon=True).start()
