"""Map the exceptions of requests, urllib3, ssl and socket to problems whose messages name who can act."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from config.errors import Problem
from kiosk.upload.errors import ServerUnreachable

_TUNNEL: Final = re.compile(r"Tunnel connection failed: (\d{3})")
_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH")


def connection_problem(error: Exception, url: str) -> Problem:
    """Return the problem for `error`, which ended an exchange with `url`."""
    if isinstance(error, Problem):
        return error
    causes = list(_causes(error))
    of_proxy = _proxy_problem(causes, url)
    if of_proxy is not None:
        return of_proxy
    if any(isinstance(cause, ssl.SSLError | requests.exceptions.SSLError) for cause in causes):
        return _tls_problem(causes)
    if any(isinstance(cause, socket.gaierror | NameResolutionError) for cause in causes):
        return ServerUnreachable("upload.unknown_host", host=_host(url))
    if isinstance(error, ValueError):  # an invalid address
        return ServerUnreachable("upload.bad_address", url=url)
    return ServerUnreachable(_connection_key(error, causes))


def _connection_key(error: Exception, causes: list[BaseException]) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout) or any(isinstance(c, NewConnectionError) for c in causes):
        return "upload.unreachable"
    if isinstance(error, requests.exceptions.Timeout) or any(isinstance(cause, TimeoutError) for cause in causes):
        return "upload.timeout"
    broken_response = requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError | HTTPError
    return "upload.incomplete_response" if isinstance(error, broken_response) else "upload.unreachable"


def _proxy_problem(causes: list[BaseException], url: str) -> Problem | None:
    proxy = proxy_of(url)
    if any(isinstance(cause, requests.exceptions.InvalidProxyURL) for cause in causes) or (
        proxy and (not _is_address(proxy) or any("SOCKS" in str(cause) for cause in causes))
    ):
        return ServerUnreachable("upload.proxy_unusable", proxy=proxy)
    if not any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return None
    tunnel_error = next((match for cause in causes if (match := _TUNNEL.search(str(cause)))), None)
    if tunnel_error is None:
        return ServerUnreachable("upload.proxy_down", proxy=proxy)
    status = int(tunnel_error[1])
    if status == 407:
        return ServerUnreachable("upload.proxy_login", proxy=proxy)
    return ServerUnreachable("upload.proxy_refused", proxy=proxy, status=status)


def _tls_problem(causes: list[BaseException]) -> Problem:
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return ServerUnreachable("upload.untrusted")
    text = " ".join(str(cause) for cause in causes).upper().replace(" ", "_")
    if any(reason in text for reason in _NOT_TLS):
        return ServerUnreachable("upload.not_tls")
    if any(isinstance(cause, ssl.SSLEOFError) for cause in causes):
        return ServerUnreachable("upload.unreachable")
    return ServerUnreachable("upload.untrusted")


def proxy_of(url: str) -> str:
    """Return the proxy of this machine's environment for `url`, without its password; "" if there is none."""
    try:
        proxies = requests.utils.get_environ_proxies(url, no_proxy=None)
        proxy = requests.utils.select_proxy(url, proxies) or ""
    except ValueError:  # an invalid address
        return ""
    return proxy.rpartition("@")[2]


def _is_address(proxy: str) -> bool:
    try:
        return bool(urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname)
    except ValueError:
        return False


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all its causes; urllib3 and requests also pass a cause as an argument."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
