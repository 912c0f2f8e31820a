"""Notifications of Alipay: signature, app and seller.

The age of a notification is not checked, because Alipay repeats it for a day. A replayed one is therefore accepted; it
can only repeat what was true: that this number was paid, with this amount.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from server.payments.gateways.alipay.account import SIGN_TYPE, AlipayAccount, joined
from server.payments.gateways.alipay.reports import payment_report
from server.payments.gateways.base import Notification, NotificationRejected

_MAX_FIELDS: Final = 100
_UNSIGNED: Final = frozenset({"sign", "sign_type"})


def read(account: AlipayAccount, body: bytes, now: datetime) -> Notification:
    """Verify and decode a notification. Raises NotificationRejected."""
    fields = _parse(body)
    signed = joined({name: value for name, value in fields.items() if name not in _UNSIGNED})
    if fields.get("sign_type") != SIGN_TYPE or not account.has_signed(signed.encode(), fields.get("sign", "")):
        raise NotificationRejected("wrong signature")
    if fields.get("app_id") != account.app_id or fields.get("seller_id") != account.seller_id:
        raise NotificationRejected("another app or seller")
    try:
        report = payment_report(fields, fields.get("gmt_payment", ""), account.simulated)
        return Notification(f"alipay:{fields['notify_id']}", report)
    except (ValueError, KeyError, TypeError) as error:
        raise NotificationRejected(f"unexpected content ({type(error).__name__})") from None


def _parse(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise NotificationRejected("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotificationRejected("a field is there twice")
    return fields
