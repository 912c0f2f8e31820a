"""One request and its response: in bounded time, of bounded size, from any peer."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from kiosk.upload.envelope import VERSION, VERSION_HEADER
from kiosk.upload.errors import ServerUnreachable
from kiosk.upload.http.connection_errors import connection_problem
from kiosk.upload.http.stall_timeout import StallWatchdog, WatchedBody

MAX_RESPONSE_BYTES: Final = 64 << 10
MAX_ROSTER_BYTES: Final = 64 << 20
"""Bytes of a response body, unpacked."""
_MIN_BYTES_PER_S: Final = 4096
"""Bytes per second; a response slower than this is aborted after its timeout."""
_BLOCK_BYTES: Final = 16 << 10


@dataclass(frozen=True)
class HttpTimeouts:
    """Seconds to reach the server, and seconds without progress or until a response begins."""

    connect: float = 5.0
    read: float = 60.0


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    max_response_bytes: int = MAX_RESPONSE_BYTES
    accept_gzip: bool = False


@dataclass(frozen=True)
class Response:
    """`headers` are case-insensitive. `sent_at` and `received_at` are seconds since 1970 on this station's clock."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    sent_at: float
    received_at: float

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_json(self) -> bool:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower().endswith("json")

    @property
    def wire_version(self) -> int | None:
        """The newest wire version that the server can read; None from 86a4649 or from another peer."""
        text = self.headers.get(VERSION_HEADER, "").strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None

    def json_keys(self) -> frozenset[str]:
        """Return the names in a JSON object; none if the response is something else."""
        try:
            value = json.loads(self.content) if self.is_json else None
        except (ValueError, RecursionError):
            return frozenset()
        return frozenset(value) if isinstance(value, dict) else frozenset()


def exchange(
    session: requests.Session,
    request: Request,
    timeouts: HttpTimeouts,
    auth: requests.auth.AuthBase | None = None,
    clock: Callable[[], float] = time.time,
) -> Response:
    """Send one request. Raises ServerUnreachable. Redirects are not followed: our server sends none, login pages do."""
    with StallWatchdog(timeouts.read) as watch:
        watch.on_progress(timeouts.connect)
        began = clock()
        try:
            with session.request(
                request.method,
                request.url,
                data=WatchedBody(request.body, watch) if request.body else None,
                headers=_headers(request),
                auth=auth,
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _content(response, request.max_response_bytes, watch)
        except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
            if watch.expired:
                raise ServerUnreachable("upload.timeout") from error
            raise connection_problem(error, request.url) from error
        if watch.expired:
            raise ServerUnreachable("upload.timeout")
    return Response(response.status_code, response.headers, content, began, clock())


def _headers(request: Request) -> dict[str, str]:
    packing = "gzip" if request.accept_gzip else "identity"
    return {VERSION_HEADER: str(VERSION), "Accept-Encoding": packing, **request.headers}


def _content(response: requests.Response, limit: int, watchdog: StallWatchdog) -> bytes:
    """Return the unpacked body, read piece by piece. Raises ServerUnreachable (upload.response_too_large)."""
    watchdog.on_progress()
    unpacked = bytearray()
    unpack = _decompressor(response.headers.get("Content-Encoding", ""))
    while piece := response.raw.read(_BLOCK_BYTES, decode_content=False):
        watchdog.on_progress(len(piece) / _MIN_BYTES_PER_S)
        unpacked += unpack(piece, limit + 1 - len(unpacked))
        if len(unpacked) > limit:
            raise ServerUnreachable("upload.response_too_large", megabytes=f"{limit / (1 << 20):.2g}")
    return bytes(unpacked)


def _decompressor(encoding: str) -> Callable[[bytes, int], bytes]:
    """Return a function that unpacks at most n bytes, so that 400 kB that unpack to 400 MB stop at the limit."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return lambda piece, most: piece
    if name not in ("gzip", "x-gzip"):
        raise ServerUnreachable("upload.incomplete_response")
    packed: Any = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def unpack(piece: bytes, most: int) -> bytes:
        try:
            return bytes(packed.decompress(piece, most))
        except zlib.error as error:
            raise ServerUnreachable("upload.incomplete_response") from error

    return unpack
