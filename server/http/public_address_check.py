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
"""The authority that the installation script makes for a network without a public name."""


def check_public_address(url: str, behind_proxy: bool, ca: Path | None) -> Problem | None:
    """Return what is wrong with the connection through `url`; None if nothing is."""
    try:
        answer = _fetch_health(url, ca)
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
    return _proxy_problem(url, behind_proxy, answer)


def _fetch_health(url: str, ca: Path | None) -> dict[str, Any]:
    """Fetch the server's own response. Raises ValueError if something else responds."""
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(ca)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    request = Request(f"{url}/health", headers={"Accept": "application/json", "User-Agent": "zhengguan-check"})
    with opener.open(request, timeout=TIMEOUT_S) as response:
        answer = json.loads(response.read(MAX_BYTES))
    if not isinstance(answer, dict) or answer.get("server") != "zhengguan":
        raise ValueError("not our server")
    return answer


def _proxy_problem(url: str, behind_proxy: bool, answer: dict[str, Any]) -> Problem | None:
    if url.startswith("https://") and not answer.get("secure"):
        key = "server.check.proto_missing" if behind_proxy and answer.get("forwarded") else "server.check.proxy_unknown"
        return Problem(key, peer=answer.get("client"))
    if behind_proxy and not answer.get("forwarded"):
        return Problem("server.check.proxy_unknown", peer=answer.get("client"))
    return None
