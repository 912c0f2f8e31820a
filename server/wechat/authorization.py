"""The two requests of the web authorization: the browser's to WeChat, and ours for the openid behind the code.

https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
WeChat sends the browser back with a code that is valid once and for five minutes.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from server.core.api_errors import ApiError
from server.payments.gateways.base import Unsure
from server.payments.gateways.transport import Limits, send
from server.wechat.account import OfficialAccount

log = logging.getLogger(__name__)
SCOPE: Final = "snsapi_base"
TOKEN_LIMITS: Final = Limits(total_s=8.0, max_bytes=1 << 14)
_OPENID: Final = re.compile(r"[0-9A-Za-z_-]{6,128}")
_CODE: Final = re.compile(r"[0-9A-Za-z_-]{6,512}")
# Error codes of WeChat for an expired or used code, and for a busy server: the person presses the button again. All
# other codes need an administrator.
_CODE_OVER: Final = frozenset({40029, 40163, 41008, 42003})
_BUSY: Final = frozenset({-1, 45009, 45011, 50002})


@dataclass(frozen=True)
class WeChatUser:
    """`openid` names one user within one official account; `simulated` as in OfficialAccount."""

    appid: str
    openid: str = field(repr=False)
    simulated: bool


def authorize_url(account: OfficialAccount, return_url: str, state: str) -> str:
    """Return the address that the browser opens; WeChat compares host and port with the account's own domain."""
    fields = {
        "appid": account.appid,
        "redirect_uri": return_url,
        "response_type": "code",
        "scope": SCOPE,
        "state": state,
    }
    return f"{account.authorize_address}/connect/oauth2/authorize?{urlencode(fields)}#wechat_redirect"


def exchange(account: OfficialAccount, code: str) -> WeChatUser:
    """Return the user behind the code.

    Raises ApiError: wechat_unreachable (no valid response; press again), wechat_code_over (press again),
    wechat_snapshot (WeChat shows a preview and names an invented user), wechat_declined (the account's settings are
    wrong).
    """
    if not _CODE.fullmatch(code):
        raise ApiError("refused.wechat_code_over")
    query = {"appid": account.appid, "secret": account.secret, "code": code, "grant_type": "authorization_code"}
    # WeChat takes the secret in the query. Nothing here logs it: `send` reports only the type of an error.
    url = f"{account.api_address}/sns/oauth2/access_token?{urlencode(query)}"
    try:
        answer = send("GET", url, {"Accept": "application/json"}, limits=TOKEN_LIMITS)
    except Unsure as error:
        log.warning("WeChat's web authorization: %s", error.reason)
        raise ApiError("refused.wechat_unreachable") from None
    if answer.status != 200:
        log.warning("WeChat's web authorization: status %d", answer.status)
        raise ApiError("refused.wechat_unreachable")
    return _user(account, _fields(answer.body))


def _user(account: OfficialAccount, fields: dict[str, Any]) -> WeChatUser:
    error = fields.get("errcode", 0)
    if error:
        number = error if type(error) is int else 0  # no code of WeChat
        log.warning("WeChat's web authorization: errcode %d", number)
        key = "code_over" if number in _CODE_OVER else "unreachable" if number in _BUSY else "declined"
        raise ApiError(f"refused.wechat_{key}", code=number)
    if fields.get("is_snapshotuser"):
        raise ApiError("refused.wechat_snapshot")
    openid = fields.get("openid")
    if not isinstance(openid, str) or not _OPENID.fullmatch(openid):
        log.warning("WeChat's web authorization: an answer without openid")
        raise ApiError("refused.wechat_unreachable")
    return WeChatUser(account.appid, openid, account.simulated)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        log.warning("WeChat's web authorization: an answer that is not a JSON object")
        raise ApiError("refused.wechat_unreachable")
    return fields
