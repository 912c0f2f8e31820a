"""A merchant account at WeChat Pay, and how its messages are signed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from server.payments.gateways.signing import is_signed_by, sign

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
MAX_CLOCK_DIFFERENCE_S: Final = 300  # WeChat Pay's own rule for replays


@dataclass(frozen=True)
class WeChatAccount:
    """`platform_keys`: public keys of WeChat Pay by their id (PUB_KEY_ID_... or the serial number of a certificate),
    the current one first. A second one is accepted during a change of keys. `serial` is our certificate's."""

    base_url: str
    mchid: str
    appid: str
    serial: str
    private_key: RSAPrivateKey = field(repr=False)
    platform_keys: Mapping[str, RSAPublicKey] = field(repr=False)
    api_v3_key: bytes = field(repr=False)
    simulated: bool

    @property
    def current_key_id(self) -> str:
        return next(iter(self.platform_keys))

    def authorization(self, method: str, path: str, body: bytes) -> str:
        """Return the header Authorization. `path` includes the query."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = sign(self.private_key, f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n")
        return (
            f'{SCHEME} mchid="{self.mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self.serial}"'
        )

    def browser_values(self, prepay_id: str) -> dict[str, str]:
        """Return the values for WeixinJSBridge's getBrandWCPayRequest, signed."""
        timestamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signature = sign(self.private_key, f"{self.appid}\n{timestamp}\n{nonce}\n{package}\n".encode())
        return {
            "appId": self.appid,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }

    def signature_problem(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """Return why a response or a notification is not WeChat Pay's, or "". Header names are lower case.

        Only keys from the settings count: an unknown serial number never causes an outgoing request.
        """
        key = self.platform_keys.get(headers.get("wechatpay-serial", ""))
        if key is None:
            return "unknown key id"
        timestamp = headers.get("wechatpay-timestamp", "")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
            return "no time"
        signed = f"{timestamp}\n{headers.get('wechatpay-nonce', '')}\n".encode() + body + b"\n"
        if not is_signed_by(key, signed, headers.get("wechatpay-signature", "")):
            return "wrong signature"
        difference = int(timestamp) - int(now.timestamp())
        if abs(difference) > MAX_CLOCK_DIFFERENCE_S:
            return f"signed {abs(difference)} s {'after' if difference > 0 else 'before'} this server's time"
        return ""
