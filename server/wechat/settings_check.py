"""Mistakes in [wechat] of server.toml: for `zhengguan server check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from config.errors import Problem
from config.settings.payment_gateways import WECHAT_ADDRESSES
from config.settings.wechat import WeChatSettings
from server.secrets.secret_file import is_backed_up, is_open_to_others, read_secret_file
from server.wechat.account import UNREADABLE


def wechat_problems() -> Iterator[Problem]:
    """Yield every mistake, one sentence each."""
    wechat: WeChatSettings = settings.APP.wechat
    pay = settings.APP.payments.wechat
    needed = "wechat" in settings.APP.payments.gateways and "jsapi" in pay.products
    if needed or wechat.sign_in or wechat.appid or wechat.app_secret_file:
        yield from _account(wechat)
    if not needed or not wechat.is_complete:
        return
    if wechat.appid != pay.appid:
        yield Problem("server.wechat.other_appid")
    if wechat.simulated is (pay.address in WECHAT_ADDRESSES):
        yield Problem("server.wechat.mixed_addresses")


def _account(wechat: WeChatSettings) -> Iterator[Problem]:
    absent = [name for name in ("appid", "app_secret_file") if not getattr(wechat, name)]
    if absent:
        yield Problem("server.wechat.value_missing", names=", ".join(absent))
    if wechat.app_secret_file:
        yield from _secret(wechat)
    if not wechat.simulated and not settings.BY_HTTPS:
        yield Problem("server.wechat.no_link")


def _secret(wechat: WeChatSettings) -> Iterator[Problem]:
    file = wechat.app_secret_file
    try:
        secret = read_secret_file(file, UNREADABLE)
    except Problem as problem:
        yield problem
        return
    if not (len(secret) == 32 and secret.isascii() and secret.isalnum()):
        yield Problem(UNREADABLE, file=file, why="an AppSecret has 32 letters and digits")
    if is_open_to_others(file):
        yield Problem("server.wechat.secret_open", file=file)
    if not wechat.simulated and is_backed_up(file, settings.DATA):
        yield Problem("server.wechat.secret_in_data", file=file, folder=settings.DATA)
