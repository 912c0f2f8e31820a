"""Signed requests to Alipay and their verified responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from server.payments.gateways.alipay.account import SIGN_TYPE, AlipayAccount
from server.payments.gateways.base import Declined, Unsure
from server.payments.gateways.beijing_time import beijing_text
from server.payments.gateways.transport import BILL, HttpAnswer, send

_SUCCESS: Final = "10000"
# 10003: the buyer is still paying; 20000: service unavailable; 40005: too many calls.
_UNSURE_CODES: Final = frozenset({"10003", "20000", "40005"})
_UNSURE_ENDINGS: Final = ("SYSTEM_ERROR", "unknow-error")  # spelled like this
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def call(account: AlipayAccount, method: str, content: Mapping[str, Any], notify_url: str = "") -> dict[str, Any]:
    """Send a request and return the fields of the response. Raises Unsure, Declined."""
    parameters = _parameters(account, method, content, notify_url=notify_url)
    answer = send("POST", f"{account.base_url}/gateway.do?charset=utf-8", _FORM, urlencode(parameters).encode())
    fields = _verified_fields(account, method, answer)
    code, detail = str(fields.get("code", "")), str(fields.get("sub_code") or fields.get("code", ""))
    if code == _SUCCESS:
        return fields
    if code in _UNSURE_CODES or not code or detail.endswith(_UNSURE_ENDINGS):
        raise Unsure(detail or "an answer without a code")
    raise Declined(detail)


def page_url(account: AlipayAccount, method: str, content: Mapping[str, Any], notify_url: str, return_url: str) -> str:
    """Return a signed address that the buyer's browser opens; this server sends nothing."""
    parameters = _parameters(account, method, content, notify_url=notify_url, return_url=return_url)
    return f"{account.base_url}/gateway.do?{urlencode(parameters)}"


def download(account: AlipayAccount, url: str) -> bytes:
    """Download a file from an address that Alipay sent, by https and from its own host only. Raises Unsure."""
    parts = urlsplit(url)
    if url.startswith(account.base_url + "/"):
        secure = url
    elif not account.simulated and (parts.hostname or "").endswith(".alipay.com"):
        secure = parts._replace(scheme="https").geturl()  # Alipay itself offers http, unsigned
    else:
        raise Unsure("the bill is offered by another host")
    answer = send("GET", secure, {}, limits=BILL)
    if answer.status != 200:
        raise Unsure(f"bill: {answer.status}")
    return answer.body


def _parameters(account: AlipayAccount, method: str, content: Mapping[str, Any], **urls: str) -> dict[str, str]:
    return account.sign_parameters(
        {
            "app_id": account.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": SIGN_TYPE,
            "timestamp": beijing_text(datetime.now(UTC)),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **urls,
        }
    )


def _verified_fields(account: AlipayAccount, method: str, answer: HttpAnswer) -> dict[str, Any]:
    """Return the fields of a signed response. The signature covers the inner object exactly as it was sent, so the
    object's text is verified, not its parsed fields. Raises Unsure."""
    if answer.status != 200:
        raise Unsure(f"HTTP {answer.status}")
    try:
        text = answer.body.decode("utf-8")
        whole = json.loads(text)
        name = method.replace(".", "_") + "_response"
        if name not in whole:
            raise Unsure(f"no {name}: {whole.get('error_response', {}).get('sub_code', 'not an answer')}")
        begin = text.index(f'"{name}":') + len(name) + 3
        begin += len(text[begin:]) - len(text[begin:].lstrip())
        fields, end = json.JSONDecoder().raw_decode(text, begin)
        signature = whole.get("sign", "")
    except (ValueError, AttributeError, TypeError):
        raise Unsure("not an answer of Alipay") from None
    if not isinstance(fields, dict) or fields != whole[name] or not isinstance(signature, str):
        raise Unsure("not an answer of Alipay")
    if not account.has_signed(text[begin:end].encode(), signature):
        raise Unsure(f"answer: wrong signature ({fields.get('sub_code', fields.get('code', ''))})")
    return fields
