"""The official account of the settings, with its secret read from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from django.conf import settings

from config.settings.wechat import WeChatSettings
from server.secrets.secret_file import read_secret_file

UNREADABLE: Final = "server.wechat.secret_unreadable"


@dataclass(frozen=True)
class OfficialAccount:
    """`simulated`: its addresses are not WeChat's, so its users pay simulated orders only."""

    appid: str
    secret: str = field(repr=False)
    authorize_address: str
    api_address: str
    simulated: bool


@cache
def configured_account() -> OfficialAccount | None:
    """Return the account of [wechat], None without one. Raises Problem if its secret cannot be read."""
    wechat: WeChatSettings = settings.APP.wechat
    return official_account(wechat) if wechat.is_complete else None


def official_account(wechat: WeChatSettings) -> OfficialAccount:
    """Raises Problem, which names the file and never its content."""
    return OfficialAccount(
        appid=wechat.appid,
        secret=read_secret_file(wechat.app_secret_file, UNREADABLE),
        authorize_address=wechat.authorize_address,
        api_address=wechat.api_address,
        simulated=wechat.simulated,
    )
