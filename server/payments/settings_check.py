"""Mistakes in [payments] of server.toml that the check of single values cannot find, for `zhengguan server check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from config.errors import Problem
from config.settings.payment_gateways import ALIPAY_ADDRESSES, WECHAT_ADDRESSES, AlipaySettings, WeChatPaySettings
from config.settings.payments import PaymentsSettings
from server.payments.gateways.configured import read_api_v3_key, read_private_key, read_public_key
from server.secrets.secret_file import is_backed_up, is_open_to_others


def payment_problems() -> Iterator[Problem]:
    """Yield every mistake, one sentence each."""
    payments: PaymentsSettings = settings.APP.payments
    if "wechat" in payments.gateways:
        yield from _wechat(payments.wechat)
    if "alipay" in payments.gateways:
        yield from _alipay(payments.alipay)
    if real_gateways(payments) and not settings.BY_HTTPS:
        yield Problem("server.payments.no_link")


def simulated_gateways(payments: PaymentsSettings) -> list[str]:
    """Return the gateways whose address is not a real gateway's: no money moves there."""
    return [name for name in payments.gateways if name not in real_gateways(payments)]


def real_gateways(payments: PaymentsSettings) -> list[str]:
    real = {
        "wechat": payments.wechat.address in WECHAT_ADDRESSES,
        "alipay": payments.alipay.address in ALIPAY_ADDRESSES,
    }
    return [name for name in payments.gateways if real[name]]


def _wechat(wechat: WeChatPaySettings) -> Iterator[Problem]:
    names = ("mchid", "appid", "certificate_serial", "private_key_file", "api_v3_key_file", "platform_keys", "products")
    yield from _missing("wechat", wechat, names)
    yield from _secret(wechat.private_key_file, read_private_key)
    yield from _secret(wechat.api_v3_key_file, read_api_v3_key)
    is_real = wechat.address in WECHAT_ADDRESSES
    for key in wechat.platform_keys:
        yield from _public(key.file, is_real)


def _alipay(alipay: AlipaySettings) -> Iterator[Problem]:
    names = ("app_id", "seller_id", "private_key_file", "platform_key_files", "products")
    yield from _missing("alipay", alipay, names)
    yield from _secret(alipay.private_key_file, read_private_key)
    for file in alipay.platform_key_files:
        yield from _public(file, alipay.address in ALIPAY_ADDRESSES)


def _missing(section: str, values: WeChatPaySettings | AlipaySettings, names: tuple[str, ...]) -> Iterator[Problem]:
    absent = [name for name in names if not getattr(values, name)]
    if absent:
        yield Problem("server.payments.value_missing", section=section, names=", ".join(absent))


def _secret(file: str, read: Callable[[str], Any]) -> Iterator[Problem]:
    if not file:
        return
    try:
        read(file)
    except Problem as problem:
        yield problem
        return
    if is_open_to_others(file):
        yield Problem("server.payments.key_open", file=file)
    if is_backed_up(file, settings.DATA) and real_gateways(settings.APP.payments):
        yield Problem("server.payments.key_in_data", file=file, folder=settings.DATA)


def _public(file: str, is_real: bool) -> Iterator[Problem]:
    try:
        _, simulated = read_public_key(file)
    except Problem as problem:
        yield problem
        return
    if simulated and is_real:
        yield Problem("server.payments.simulator_key", file=file)
