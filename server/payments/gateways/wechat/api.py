"""Signed requests to WeChat Pay and their verified responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from server.payments.gateways.base import Declined, Unsure
from server.payments.gateways.transport import BILL, CALL, HttpAnswer, Limits, send
from server.payments.gateways.wechat.account import WeChatAccount

_USER_AGENT: Final = "zhengguan"  # the gateway refuses requests without one
_UNSURE_STATUS: Final = frozenset({202, 408, 429})
_UNSURE_CODES: Final = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR"})


def call(account: WeChatAccount, method: str, path: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Send a request and return the fields of the response, {} for an empty one. Raises Unsure, Declined."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() if content is not None else b""
    answer = _send(account, method, path, body, CALL)
    if 200 <= answer.status < 300 and answer.status not in _UNSURE_STATUS:
        problem = account.signature_problem(answer.headers, answer.body, datetime.now(UTC))
        if problem:
            raise Unsure(f"answer: {problem}")
        return _fields(answer) if answer.body else {}
    raise _error(account, answer)


def download(account: WeChatAccount, url: str) -> bytes:
    """Download a file from an address that WeChat Pay sent. It has no signature: compare its hash. Raises Unsure."""
    if not url.startswith(account.base_url + "/"):
        raise Unsure("the bill is offered by another host")  # it would receive a header that we signed
    answer = _send(account, "GET", url.removeprefix(account.base_url), b"", BILL)
    if answer.status != 200:
        raise Unsure(f"bill: {answer.status}")
    return answer.body


def _send(account: WeChatAccount, method: str, path: str, body: bytes, limits: Limits) -> HttpAnswer:
    headers = {
        "Authorization": account.authorization(method, path, body),
        "Accept": "application/json",
        "User-Agent": _USER_AGENT,
        "Wechatpay-Serial": account.current_key_id,  # the gateway signs its response with this key
    }
    if body:
        headers["Content-Type"] = "application/json"
    return send(method, account.base_url + path, headers, body, limits)


def _error(account: WeChatAccount, answer: HttpAnswer) -> Unsure | Declined:
    """Return Declined for a client error with a code, else Unsure. A signature is checked if there is one; a 401 never
    has one."""
    try:
        code = _fields(answer).get("code", "")
    except Unsure:
        code = ""
    if not isinstance(code, str) or not code or code in _UNSURE_CODES:
        return Unsure(f"{answer.status} {code}".strip())
    if not 400 <= answer.status < 500 or answer.status in _UNSURE_STATUS:
        return Unsure(f"{answer.status} {code}")
    if "wechatpay-signature" in answer.headers:
        problem = account.signature_problem(answer.headers, answer.body, datetime.now(UTC))
        if problem:
            return Unsure(f"answer: {problem}")
    return Declined(code)


def _fields(answer: HttpAnswer) -> dict[str, Any]:
    try:
        fields = json.loads(answer.body)
    except ValueError:
        raise Unsure(f"{answer.status}, not JSON") from None
    if not isinstance(fields, dict):
        raise Unsure(f"{answer.status}, not an object")
    return fields
