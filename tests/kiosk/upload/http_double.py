"""An HTTP server that stores submissions as the collection server does, and fails by script."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from kiosk.upload.envelope import Submission

TOKEN = "right-token"
CODE = "ABCD-EFGH"
Handler = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request; `double` is its server."""

    protocol_version = "HTTP/1.1"
    double: ServerDouble
    body: bytes

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.double.requests.append((self.command, self.path, self.headers.get("Authorization", "")))
        script = self.double.script
        (script.pop(0) if script else respond_correctly)(self)

    def respond(
        self, status: int, body: bytes | dict[str, Any], kind: str = "application/json", **headers: str
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", headers.pop("length", str(len(data))))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def drop_connection(self) -> None:
        self.close_connection = True
        self.connection.close()

    def parts(self) -> dict[str, bytes]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in message.iter_parts()  # type: ignore[attr-defined]
        }

    def commit(self) -> dict[str, Any]:
        """Store the submission once, by its id; return a response with the hashes of its files."""
        parts = self.parts()
        submission = Submission.model_validate_json(parts["envelope"])
        hashes = {name: hashlib.sha256(parts[name]).hexdigest() for name in ("shot", "portrait") if name in parts}
        with self.double.lock:
            self.double.arrivals.append(submission.id)
            stored = self.double.stored.setdefault(submission.id, (submission, hashes))
        if stored[1] != hashes:
            raise AssertionError("the same id arrived with other files")
        self.double.on_commit()
        return {
            "id": submission.id,
            "state": "received",
            "shot_sha256": hashes["shot"],
            "portrait_sha256": hashes.get("portrait"),
            "progress_url": "http://server/p/x",
        }

    def log_message(self, format: str, *args: object) -> None:
        return


def respond_correctly(exchange: Exchange) -> None:
    """Respond to pairing, roster and submissions as the real server does."""
    refusal = {"reason": "token", "zh_CN": "不认识。", "en": "Unknown."}
    if exchange.path.endswith("/pair"):
        requested = json.loads(exchange.body)
        pairing = {"station": "st1", "name": requested["name"], "token": TOKEN, "roster_key": "11" * 32}
        exchange.respond(200, pairing) if requested["code"] == CODE else exchange.respond(403, refusal)
    elif exchange.headers.get("Authorization") != f"Bearer {TOKEN}":
        exchange.respond(401, refusal)
    elif exchange.path.endswith("/roster"):
        exchange.respond(200, {"drawn_at": "2026-05-20T12:00:00Z", "campaigns": [], "students": []})
    else:
        exchange.respond(200, exchange.commit())


class ServerDouble:
    """`with ServerDouble() as double:` - `url`, `stored` by id, `arrivals` in order, `script` of the next responses."""

    def __init__(self) -> None:
        self.script: list[Handler] = []
        self.requests: list[tuple[str, str, str]] = []
        self.stored: dict[str, tuple[Submission, dict[str, str]]] = {}
        self.arrivals: list[str] = []
        self.on_commit: Callable[[], None] = lambda: None
        self.lock = threading.Lock()
        handler = type("BoundExchange", (Exchange,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ServerDouble:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
