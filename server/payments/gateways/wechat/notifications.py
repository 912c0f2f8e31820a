"""Notifications of WeChat Pay: signature, time, merchant and app, then the encrypted resource.

https://pay.weixin.qq.com/docs/merchant/apis/h5-payment/payment-notice.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.payments.gateways.base import Notification, NotificationRejected, PaymentReport, RefundReport
from server.payments.gateways.wechat.account import SCHEME, WeChatAccount
from server.payments.gateways.wechat.reports import payment_report, refund_report

_ALGORITHM: Final = "AEAD_AES_256_GCM"
_READERS: Final[Mapping[str, Callable[[WeChatAccount, Mapping[str, Any]], PaymentReport | RefundReport]]] = {
    "transaction": payment_report,
    "refund": refund_report,
}


def read(account: WeChatAccount, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
    """Verify and decrypt a notification. Raises NotificationRejected."""
    lower = {name.lower(): value for name, value in headers.items()}
    problem = account.signature_problem(lower, body, now)
    if not problem and lower.get("wechatpay-signature-type", SCHEME) != SCHEME:
        problem = "another kind of signature"
    if problem:
        raise NotificationRejected(problem)
    try:
        event = json.loads(body)
        resource = event["resource"]
        fields = _decrypt(account, resource)
        return Notification(f"wechat:{event['id']}", _READERS[resource["original_type"]](account, fields))
    except InvalidTag:
        raise NotificationRejected("encrypted with another APIv3 key") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # From None, and without the error's text, which may contain the decrypted fields.
        raise NotificationRejected(f"unexpected content ({type(error).__name__})") from None


def _decrypt(account: WeChatAccount, resource: Mapping[str, Any]) -> Any:
    if resource["algorithm"] != _ALGORITHM:
        raise ValueError("another algorithm")
    plain = AESGCM(account.api_v3_key).decrypt(
        resource["nonce"].encode(),
        base64.b64decode(resource["ciphertext"], validate=True),
        (resource.get("associated_data") or "").encode(),
    )
    return json.loads(plain)
