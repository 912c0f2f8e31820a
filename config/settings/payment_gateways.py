"""Settings of the payment gateways: `[payments.wechat]` and `[payments.alipay]` of server.toml.

Every key is in a separate file; these settings name the files.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import field_validator

from config.settings.loader import StrictModel

# The hosts that move money. A payment through any other host, such as Alipay's sandbox, is simulated.
WECHAT_ADDRESSES: Final = ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com")
ALIPAY_ADDRESSES: Final = ("https://openapi.alipay.com",)


class PlatformKeySettings(StrictModel):
    """A public key of WeChat Pay: its id as the merchant platform shows it, and the file."""

    id: str
    file: str


class WeChatPaySettings(StrictModel):
    """The merchant at WeChat Pay; see the comments in server.toml."""

    address: str = WECHAT_ADDRESSES[0]
    mchid: str = ""
    appid: str = ""
    certificate_serial: str = ""
    private_key_file: str = ""
    api_v3_key_file: str = ""
    platform_keys: tuple[PlatformKeySettings, ...] = ()
    products: tuple[Literal["native", "jsapi", "h5"], ...] = ("native",)

    @field_validator("address")
    @classmethod
    def _check_address(cls, address: str) -> str:
        return check_address(address)


class AlipaySettings(StrictModel):
    """The merchant's app at Alipay; see the comments in server.toml."""

    address: str = ALIPAY_ADDRESSES[0]
    app_id: str = ""
    seller_id: str = ""
    private_key_file: str = ""
    platform_key_files: tuple[str, ...] = ()
    products: tuple[Literal["precreate", "wap", "page"], ...] = ("precreate",)

    @field_validator("address")
    @classmethod
    def _check_address(cls, address: str) -> str:
        return check_address(address)


def check_address(address: str) -> str:
    """Return the address without a slash at its end. Raises ValueError unless it uses https or names a private host."""
    parts = urlsplit(address.rstrip("/"))
    if not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError("it must be an address without a path, such as https://api.mch.weixin.qq.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_private_host(parts.hostname)):
        raise ValueError("it must begin with https://; http:// is only for a simulator in a private network")
    return parts.geturl()


def is_private_host(host: str) -> bool:
    """Return whether the host is a private address or this machine.

    >>> is_private_host("localhost"), is_private_host("192.168.1.5"), is_private_host("api.mch.weixin.qq.com")
    (True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host).is_private
    except ValueError:
        return False
