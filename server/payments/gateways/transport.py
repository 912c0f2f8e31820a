"""HTTP requests to a gateway, which raise Unsure without a complete response within the time limits.

The timeouts of the library requests count from one received packet to the next, and the name resolution has none.
Therefore every call runs in a separate thread, and the caller waits no longer than the limit for the whole call.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from server.payments.gateways.base import Unsure

if TYPE_CHECKING:
    from requests import PreparedRequest

# At level DEBUG, urllib3 logs every address with its query, which for WeChat contains the official account's secret.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

CONNECT_S: Final = 3.05  # just above 3 s, after which TCP repeats a lost packet for the first time
ANSWER_S: Final = 5.0
TOTAL_S: Final = 12.0
BILL_TOTAL_S: Final = 120.0
MAX_ANSWER_BYTES: Final = 1 << 20
MAX_BILL_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Limits:
    """Seconds for the whole call, and the size of the largest response in bytes."""

    total_s: float = TOTAL_S
    max_bytes: int = MAX_ANSWER_BYTES


CALL: Final = Limits()
BILL: Final = Limits(BILL_TOTAL_S, MAX_BILL_BYTES)


@dataclass(frozen=True)
class HttpAnswer:
    """`headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(method: str, url: str, headers: Mapping[str, str], body: bytes = b"", limits: Limits = CALL) -> HttpAnswer:
    """Send one request and return the complete response, whatever its status. Raises Unsure."""
    outcome: queue.SimpleQueue[HttpAnswer | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(_send(method, url, headers, body, limits.max_bytes))
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=run, name="payment gateway", daemon=True).start()
    try:
        result = outcome.get(timeout=limits.total_s)
    except queue.Empty:
        raise Unsure(f"no complete answer within {limits.total_s:g} s") from None
    if isinstance(result, Exception):
        raise result
    return result


def _send(method: str, url: str, headers: Mapping[str, str], body: bytes, max_bytes: int) -> HttpAnswer:
    import requests  # imported here, because most starts of a server send nothing to a gateway

    try:
        with requests.request(
            method,
            url,
            data=body or None,
            headers=headers,
            timeout=(CONNECT_S, ANSWER_S),
            auth=_keep_authorization,
            allow_redirects=False,
            stream=True,
        ) as response:
            received = _read(response.iter_content(1 << 16), max_bytes)
            names = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(response.status_code, names, received)
    except requests.RequestException as error:
        failure = type(error).__name__  # only its type: the text contains the address with its query
    raise Unsure(failure) from None


def _read(parts: Iterable[bytes], max_bytes: int) -> bytes:
    received = bytearray()
    for part in parts:
        received += part
        if len(received) > max_bytes:
            raise Unsure(f"an answer of more than {max_bytes} bytes")
    return bytes(received)


def _keep_authorization(request: PreparedRequest) -> PreparedRequest:
    """Change nothing. Without this, requests replaces the header Authorization by a password from ~/.netrc."""
    return request
