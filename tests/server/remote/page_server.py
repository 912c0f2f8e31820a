"""A server for the page's script: the protocol of server/remote/README.md with simulated faults, without a database.

The real server is tested in test_guided_photo.py; here the connection can be slow or cut, or the server stopped.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from typing import Any, Final

from config.standards.registry import load_standard
from server.core.middleware import CONTENT_SECURITY_POLICY
from server.remote.guide_document import guide_document
from server.remote.page_assets import FOLDER, asset_path
from server.remote.page_headers import CAMERA_PERMISSIONS, CAMERA_POLICY
from tests.paths import ROOT

STUDENT: Final = "/remote/7"
_TYPES: Final = {".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".wasm": "application/wasm"}
TOKEN: Final = "csrf-token-of-the-test"


@dataclass
class State:
    """The stored photos and the settings of a server; they survive its stop and start, as files do."""

    partial: dict[str, bytearray] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    submitted: dict[str, dict[str, Any]] = field(default_factory=dict)
    proofs: list[bytes] = field(default_factory=list)
    received: int = 0
    """Bytes of all pieces."""
    bytes_per_second: float = 0.0
    hold_after: float = math.inf
    """The server reads no further after this number of bytes of all pieces, until the number is raised."""
    fail: Callable[[str, str], int] = lambda method, path: 0
    """Return the status with which a request is refused; 0 accepts it, -1 cuts the connection."""
    sources: str = "stream camera_app album"
    language: str = "zh_CN"
    verdicts: list[dict[str, str]] = field(default_factory=list)
    folder: Path | None = None
    """Pictures, served under /pictures/."""
    lock: Any = field(default_factory=Lock)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    connections: set[socket]

    def setup(self) -> None:
        super().setup()
        self.connections.add(self.connection)

    def finish(self) -> None:
        self.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self._refused():
            return
        if self.path.startswith("/static/"):
            self._static()
        elif self.path.startswith("/pictures/") and self.state.folder is not None:
            content = (self.state.folder / Path(self.path).name).read_bytes()
            self._respond(200, content, _TYPES.get(Path(self.path).suffix, "image/png"))
        elif self.path.startswith(f"{STUDENT}/camera/"):
            self._page(CAMERA_POLICY, "guide", "guide.js")
        elif self.path.startswith(f"{STUDENT}/before/"):
            self._page(CONTENT_SECURITY_POLICY, "upload", "upload.js")
        elif self.path == f"{STUDENT}/guide.json":
            self._json(200, guide_document(load_standard("chsi"), self.state.language, 60_000_000))
        elif self.path.startswith(f"{STUDENT}/proofs/"):
            self._proof_result()
        elif self.path == f"{STUDENT}/result/":
            self._respond(200, b"<!doctype html><title>result</title><h1>result</h1>", "text/html")
        elif self.path == f"{STUDENT}/preview.jpg":
            self._respond(200, self.state.proofs[-1], "image/jpeg")
        else:
            self._respond(404)

    def do_HEAD(self) -> None:
        if self._refused():
            return
        sha = self._sha()
        if sha in self.state.stored:
            size = str(len(self.state.stored[sha]))
            self._respond(200, headers={"Upload-Offset": size, "Upload-Length": size})
        elif self.state.partial.get(sha):
            self._respond(200, headers={"Upload-Offset": str(len(self.state.partial[sha])), "Upload-Length": "0"})
        else:
            self._respond(404)

    def do_PATCH(self) -> None:
        body = self._slow_body()
        if body is None or self._refused() or self._forged():
            return
        sha, start, whole = self._sha(), int(self.headers["Upload-Offset"]), int(self.headers["Upload-Length"])
        with self.state.lock:
            if sha in self.state.stored:
                return self._json(200, {"state": "stored", "photo": sha})
            data = self.state.partial.setdefault(sha, bytearray())
            if start != len(data):
                return self._json(409, {"reason": "piece_elsewhere"}, {"Upload-Offset": str(len(data))})
            data.extend(body)
            if len(data) < whole:
                return self._respond(204, headers={"Upload-Offset": str(len(data))})
            if hashlib.sha256(data).hexdigest() != sha:
                data.clear()
                return self._json(422, {"reason": "hash", "zh_CN": "照片传坏了。", "en": "The photo was damaged."})
            self.state.stored[sha] = bytes(self.state.partial.pop(sha))
        self._json(200, {"state": "stored", "photo": sha})

    def do_POST(self) -> None:
        body = self._slow_body()
        if body is None or self._refused() or self._forged():
            return
        if self.path == f"{STUDENT}/proofs":
            self.state.proofs.append(body)
            self._json(202, {"proof": len(self.state.proofs)})
        elif self._sha() in self.state.stored:
            self.state.submitted[self._sha()] = json.loads(body)
            self._json(202, {"submission_job": 1})
        else:
            self._json(409, {"reason": "files_missing"})

    def _proof_result(self) -> None:
        verdicts = self.state.verdicts or [
            {"rule": "glare", "outcome": "pass", "title": "镜片反光", "advice": ""},
            {"rule": "yaw", "outcome": "unsure", "title": "正脸", "advice": "请让同学正对镜头。"},
        ]
        done = {"state": "done", "place": 0, "verdicts": verdicts, "sentence": "照片可以提交。"}
        self._json(200, {**done, "preview": f"{STUDENT}/preview.jpg"})

    def _page(self, policy: str, name: str, script: str) -> None:
        language = {"zh_CN": "zh-CN", "en": "en"}[self.state.language]
        data = {
            "tables": f"{STUDENT}/guide.json",
            "photos": f"{STUDENT}/photos/",
            "proofs": f"{STUDENT}/proofs",
            "status": f"{STUDENT}/status",
            "result": f"{STUDENT}/result/",
            "language": self.state.language,
            "sources": self.state.sources,
            "csrf": TOKEN,
        }
        attributes = " ".join(f'data-{key}="{value}"' for key, value in data.items())
        html = f"""<!doctype html><html lang="{language}"><meta charset="utf-8"><title>正冠</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/core/base.css"><link rel="stylesheet" href="/static/{asset_path("guide.css")}">
<body class="narrow"><main><h1>拍照 Photo</h1><div id="{name}" {attributes}></div>
<form id="plain-form"><input type="file" aria-label="photo"></form></main>
<script type="module" src="/static/{asset_path(script)}"></script></body></html>"""
        headers = {
            "Content-Security-Policy": policy,
            "Permissions-Policy": CAMERA_PERMISSIONS,
            "Cache-Control": "no-store",
        }
        self._respond(200, html.encode(), "text/html; charset=utf-8", headers)

    def _static(self) -> None:
        name = self.path.removeprefix("/static/")
        path = FOLDER.parent / name if name.startswith("remote_page/") else ROOT / "server/core/static" / name
        headers = {"Cache-Control": "max-age=31536000, immutable"}
        packed = path.with_name(path.name + ".br")
        if packed.exists() and "br" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "br"
        if not path.exists():
            return self._respond(404)
        content = (packed if "Content-Encoding" in headers else path).read_bytes()
        self._respond(200, content, _TYPES.get(path.suffix, "application/octet-stream"), headers)

    def _slow_body(self) -> bytes | None:
        """Read the body at the set speed; return None if it was cut off."""
        length, parts = int(self.headers.get("Content-Length", 0)), []
        while length:
            part = self.rfile.read(min(16384, length))
            if not part:
                return None
            while self.state.received >= self.state.hold_after:
                time.sleep(0.01)
            if self.state.bytes_per_second:
                time.sleep(len(part) / self.state.bytes_per_second)
            self.state.received += len(part)
            length -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _refused(self) -> bool:
        status = self.state.fail(self.command, self.path)
        if status < 0:
            self.close_connection = True
            self.connection.close()
        elif status:
            self._json(
                status, {"reason": "test", "zh_CN": "测试拒绝了。", "en": "The test refused."}, {"Retry-After": "1"}
            )
        return status != 0

    def _forged(self) -> bool:
        if self.headers.get("X-CSRFToken") == TOKEN:
            return False
        self._json(403, {"reason": "signed_out", "zh_CN": "请登录。", "en": "Please sign in."})
        return True

    def _sha(self) -> str:
        found = re.search(r"/photos/([0-9a-f]{64})", self.path)
        return found[1] if found else ""

    def _json(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        self._respond(status, json.dumps(content).encode(), "application/json", headers)

    def _respond(self, status: int, body: bytes = b"", kind: str = "", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class PageServer:
    """A server on 127.0.0.1; `stop` and `start` keep the port and the state."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._connections: set[socket] = set()
        handler = type("PageHandler", (Handler,), {"state": self.state, "connections": self._connections})
        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Cut all connections, as `kill -9` does."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
