"""Open the public address as a client would, and report what the proxy in front of the server does wrong."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from config.errors import Problem

TIMEOUT_S: Final = 10.0
MAX_BYTES: Final = 4096
OWN_CA: Final = Path("/etc/zhengguan/tls/ca.crt")
"""The authority that the installation script creates for a network without a public name."""


def check_public_address(url: str, behind_proxy: bool, ca: Path | None) -> Problem | None:
    """Return the problem of the connection through `url`; None if there is none."""
    try:
        health = _fetch_health(url, ca)
    except HTTPError as error:
        return Problem("server.check.other_answer", url=url, status=error.code)
    except URLError as error:
        certificate = isinstance(error.reason, ssl.SSLCertVerificationError)
        key = "server.check.certificate" if certificate else "server.check.unreachable"
        return Problem(key, url=url, why=str(error.reason))
    except OSError as error:
        return Problem("server.check.unreachable", url=url, why=str(error))
    except ValueError:
        return Problem("server.check.other_answer", url=url, status=200)
    return _proxy_problem(url, behind_proxy, health)


def _fetch_health(url: str, ca: Path | None) -> dict[str, Any]:
    """Fetch the server's own response. Raises ValueError if something else responds."""
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(ca)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    request = Request(f"{url}/health", headers={"Accept": "application/json", "User-Agent": "zhengguan-check"})
    with opener.open(request, timeout=TIMEOUT_S) as response:
        health = json.loads(response.read(MAX_BYTES))
    if not isinstance(health, dict) or health.get("server") != "zhengguan":
        raise ValueError("not our server")
    return health


def _proxy_problem(url: str, behind_proxy: bool, health: dict[str, Any]) -> Problem | None:
    if url.startswith("https://") and not health.get("secure"):
        key = "server.check.proto_missing" if behind_proxy and health.get("forwarded") else "server.check.proxy_unknown"
        return Problem(key, peer=health.get("client"))
    if behind_proxy and not health.get("forwarded"):
        return Problem("server.check.proxy_unknown", peer=health.get("client"))
    return None
