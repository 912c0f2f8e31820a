"""The gateways of the settings, with their keys read from files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings

from config.errors import Problem
from config.settings.payment_gateways import ALIPAY_ADDRESSES, WECHAT_ADDRESSES, AlipaySettings, WeChatPaySettings
from server.payments.gateways.alipay.account import AlipayAccount
from server.payments.gateways.alipay.gateway import AlipayGateway
from server.payments.gateways.base import Gateway, Product
from server.payments.gateways.signing import is_marked_simulated, parse_private_key, parse_public_key
from server.payments.gateways.wechat.account import WeChatAccount
from server.payments.gateways.wechat.gateway import WeChatGateway
from server.secrets.secret_file import read_secret_file

API_V3_KEY_BYTES: Final = 32  # AES-256
UNREADABLE: Final = "server.payments.key_unreadable"


@cache
def configured_gateways() -> Mapping[str, Gateway]:
    """Return the gateways that `[payments] gateways` lists, by name. Raises Problem if a key cannot be read."""
    payments = settings.APP.payments
    gateways: dict[str, Gateway] = {}
    if "wechat" in payments.gateways:
        gateways["wechat"] = wechat_gateway(payments.wechat)
    if "alipay" in payments.gateways:
        gateways["alipay"] = alipay_gateway(payments.alipay)
    return gateways


def wechat_gateway(wechat: WeChatPaySettings) -> WeChatGateway:
    """Return the client of WeChat Pay with its keys. Raises Problem, which names the file and never its content."""
    keys, marked = {}, False
    for key in wechat.platform_keys:
        keys[key.id], simulated = read_public_key(key.file)
        marked = marked or simulated
    account = WeChatAccount(
        base_url=wechat.address,
        mchid=wechat.mchid,
        appid=wechat.appid,
        serial=wechat.certificate_serial,
        private_key=read_private_key(wechat.private_key_file),
        platform_keys=keys,
        api_v3_key=read_api_v3_key(wechat.api_v3_key_file),
        simulated=marked or wechat.address not in WECHAT_ADDRESSES,
    )
    return WeChatGateway(account, frozenset(Product(name) for name in wechat.products))


def alipay_gateway(alipay: AlipaySettings) -> AlipayGateway:
    """Return the client of Alipay with its keys. Raises Problem, which names the file and never its content."""
    keys = [read_public_key(file) for file in alipay.platform_key_files]
    account = AlipayAccount(
        base_url=alipay.address,
        app_id=alipay.app_id,
        seller_id=alipay.seller_id,
        private_key=read_private_key(alipay.private_key_file),
        platform_keys=tuple(key for key, _ in keys),
        simulated=any(marked for _, marked in keys) or alipay.address not in ALIPAY_ADDRESSES,
    )
    return AlipayGateway(account, frozenset(Product(name) for name in alipay.products))


def read_private_key(file: str) -> RSAPrivateKey:
    try:
        return parse_private_key(read_secret_file(file, UNREADABLE))
    except ValueError as error:
        raise Problem(UNREADABLE, file=file, why=str(error)) from None


def read_public_key(file: str) -> tuple[RSAPublicKey, bool]:
    """Return the key and whether it is marked as the simulator's."""
    try:
        text = read_secret_file(file, UNREADABLE)
        return parse_public_key(text), is_marked_simulated(text)
    except ValueError as error:
        raise Problem(UNREADABLE, file=file, why=str(error)) from None


def read_api_v3_key(file: str) -> bytes:
    key = read_secret_file(file, UNREADABLE).encode()
    if len(key) != API_V3_KEY_BYTES:
        raise Problem(UNREADABLE, file=file, why=f"an APIv3 key has {API_V3_KEY_BYTES} characters")
    return key
