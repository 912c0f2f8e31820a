"""An HTTP server that receives files in chunks as the collection server does, and fails by script."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from kiosk.upload.envelope import TIME_HEADER, VERSION_HEADER, Submission
from tests.kiosk.upload.http_double import TOKEN

Script = Callable[["ChunkExchange"], None]


class ChunkExchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: ChunkServer
    body: bytes

    def do_HEAD(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_GET(self) -> None:
        self._handle()

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.body = self.rfile.read(length)
        if len(self.body) < length:  # the connection broke: like waitress, drop the incomplete chunk
            self.close_connection = True
            return
        self.server_of.requests.append((self.command, len(self.body)))
        script = self.server_of.script
        (script.pop(0) if script else ChunkExchange.respond_correctly)(self)

    def respond_correctly(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.respond(401, {"reason": "token", "zh_CN": "不认识。", "en": "Unknown."})
        elif self.command == "HEAD":
            self.respond(200, None, Upload_Offset=str(len(self.received_bytes())))
        elif self.command == "PATCH":
            self.add_chunk()
        elif self.path.endswith("/submissions"):
            self.submission()
        else:
            self.respond(200, {"drawn_at": datetime.now(UTC).isoformat(), "campaigns": [], "students": []})

    def received_bytes(self) -> bytes:
        return self.server_of.files.get(self.path.rpartition("/")[2], b"")

    def add_chunk(self) -> None:
        content, sha256 = self.received_bytes(), self.path.rpartition("/")[2]
        if int(self.headers["Upload-Offset"]) != len(content):
            return self.respond(
                409, {"reason": "piece_elsewhere", "zh_CN": "x", "en": "x"}, Upload_Offset=str(len(content))
            )
        content += self.body
        self.server_of.files[sha256] = content
        is_complete = len(content) == int(self.headers["Upload-Length"])
        if is_complete and hashlib.sha256(content).hexdigest() != sha256:
            del self.server_of.files[sha256]
            return self.respond(422, {"reason": "hash_differs", "zh_CN": "x", "en": "x"}, Upload_Offset="0")
        return self.respond(204, None, Upload_Offset=str(len(content)))

    def submission(self) -> None:
        submission = Submission.model_validate_json(self.body)
        files = [file for file in (submission.shot, submission.portrait) if file]
        if any(len(self.server_of.files.get(file.sha256, b"")) != file.size for file in files):
            return self.respond(409, {"reason": "files_missing", "zh_CN": "x", "en": "x"})
        self.server_of.stored[submission.id] = submission
        self.server_of.envelopes.append(json.loads(self.body))
        return self.respond(
            200,
            {
                "id": submission.id,
                "state": "received",
                "shot_sha256": submission.shot.sha256,
                "portrait_sha256": submission.portrait.sha256 if submission.portrait else None,
                "progress_url": "http://server/p/x",
            },
        )

    def respond(
        self, status: int, body: Any, kind: str = "application/json", own_headers: bool = True, **headers: str
    ) -> None:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", headers.pop("length", str(len(data))))
        if own_headers:
            headers = {
                VERSION_HEADER: self.server_of.wire_version,
                TIME_HEADER: self.server_of.time().isoformat(),
                **headers,
            }
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        return


class ChunkServer:
    """`with ChunkServer() as server:` - `files` by hash, `stored` submissions, `script` of the next responses."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.stored: dict[str, Submission] = {}
        self.requests: list[tuple[str, int]] = []
        self.script: list[Script] = []
        self.wire_version = "2"
        self.envelopes: list[dict[str, Any]] = []
        self.time: Callable[[], datetime] = lambda: datetime.now(UTC)
        handler = type("Bound", (ChunkExchange,), {"server_of": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self._server.server_port)

    def __enter__(self) -> ChunkServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
