"""The web authorization of an official account (公众号) as a browser inside WeChat and the school's server see it.

https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
There is one user at a time; the command `wechat_user` changes it.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from server.payments.simulator import pages
from server.payments.simulator.fault_responses import answer_before
from server.payments.simulator.faults import CallFault, Faults
from server.payments.simulator.keys import APPID, SimulatorKeys
from server.payments.simulator.messages import Cut, Request, Response

NAME: Final = "wechat_account"
AUTHORIZE_PATH: Final = "/connect/oauth2/authorize"
TOKEN_PATH: Final = "/sns/oauth2/access_token"
CODE_VALID: Final = timedelta(minutes=5)
_STATE: Final = re.compile(r"[0-9a-zA-Z]{0,128}")


@dataclass
class _Code:
    openid: str
    is_snapshot: bool
    until: datetime
    used: bool = False


class WeChatAccountProtocol:
    """`openid` is the user of every browser; `is_snapshot`: WeChat shows them a preview of the page."""

    def __init__(self, keys: SimulatorKeys, faults: Faults, now: Callable[[], datetime]) -> None:
        self._keys, self._faults, self._now = keys, faults, now
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()
        self.openid, self.is_snapshot = "oSIMULATED-0000000000000001", False

    def authorize(self, request: Request) -> Response:
        """Redirect the browser back immediately, as for snsapi_base."""
        if "MicroMessenger" not in request.headers.get("user-agent", ""):
            return pages.only_in_wechat(request)
        query = request.query
        target = query.get("redirect_uri", "")
        if (query.get("appid"), query.get("response_type"), query.get("scope")) != (APPID, "code", "snsapi_base"):
            return pages.authorization_wrong(request)
        if not target.startswith(("http://", "https://")) or not _STATE.fullmatch(query.get("state", "")):
            return pages.authorization_wrong(request)
        code = secrets.token_hex(16)
        with self._lock:
            self._codes[code] = _Code(self.openid, self.is_snapshot, self._now() + CODE_VALID)
        separator = "&" if "?" in target else "?"
        location = f"{target}{separator}{urlencode({'code': code, 'state': query.get('state', '')})}"
        return Response(302, "text/html; charset=utf-8", b"", {"Location": location})

    def token(self, request: Request) -> Response:
        """Exchange a code. Raises Cut and Silent."""
        fault = self._faults.next_call(NAME, "token")
        early = answer_before(fault)
        if early is not None:
            return early
        content = self._exchange(request.query)
        if fault is CallFault.CUT_AFTER:
            raise Cut
        return Response(200, "text/plain", json.dumps(content).encode())  # WeChat's own type

    def _exchange(self, query: Mapping[str, str]) -> dict[str, Any]:
        if query.get("appid") != APPID:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if query.get("secret") != self._keys.app_secret:
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        with self._lock:
            code = self._codes.get(query.get("code", ""))
            if code is None or code.until <= self._now() or query.get("grant_type") != "authorization_code":
                return {"errcode": 40029, "errmsg": "invalid code"}
            if code.used:
                return {"errcode": 40163, "errmsg": "code been used"}
            code.used = True
        content: dict[str, Any] = {
            "access_token": secrets.token_hex(32),
            "expires_in": 7200,
            "refresh_token": secrets.token_hex(32),
            "openid": code.openid,
            "scope": "snsapi_base",
        }
        return content | ({"is_snapshotuser": 1} if code.is_snapshot else {})
