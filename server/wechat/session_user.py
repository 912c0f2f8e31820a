"""The WeChat user of this browser's session."""

from __future__ import annotations

import time
from typing import Final

from django.http import HttpRequest

from server.wechat.account import configured_account
from server.wechat.authorization import WeChatUser

_SESSION_KEY: Final = "wechat_user"
_VALID_S: Final = 3600
"""After this time WeChat names the user again, without asking them anything: the phone may have another user."""


def store_user(request: HttpRequest, user: WeChatUser) -> None:
    request.session[_SESSION_KEY] = {"appid": user.appid, "openid": user.openid, "until": time.time() + _VALID_S}


def known_user(request: HttpRequest) -> WeChatUser | None:
    """Return the user of the configured official account; None if WeChat has to name them (again)."""
    account = configured_account()
    stored = request.session.get(_SESSION_KEY)
    if account is None or stored is None or stored["appid"] != account.appid or stored["until"] < time.time():
        return None
    return WeChatUser(account.appid, stored["openid"], account.simulated)


def known_openid(request: HttpRequest) -> str:
    user = known_user(request)
    return user.openid if user is not None else ""


def can_name_users(simulated: bool) -> bool:
    """Whether an official account of this kind, real or simulated, can name the user."""
    account = configured_account()
    return account is not None and account.simulated is simulated
