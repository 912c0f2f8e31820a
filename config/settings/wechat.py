"""Settings of the school's official account (公众号) at WeChat: `[wechat]` of server.toml."""

from __future__ import annotations

from typing import Final

from pydantic import field_validator

from config.settings.loader import StrictModel
from config.settings.payment_gateways import check_address

# WeChat's own hosts. A user that any other address reports is simulated, and never pays a real order.
AUTHORIZE_ADDRESSES: Final = ("https://open.weixin.qq.com",)
API_ADDRESSES: Final = ("https://api.weixin.qq.com", "https://api2.weixin.qq.com")


class WeChatSettings(StrictModel):
    """The official account; see the comments in server.toml."""

    appid: str = ""
    app_secret_file: str = ""
    authorize_address: str = AUTHORIZE_ADDRESSES[0]
    api_address: str = API_ADDRESSES[0]
    sign_in: bool = False

    @field_validator("authorize_address", "api_address")
    @classmethod
    def _check_address(cls, address: str) -> str:
        return check_address(address)

    @property
    def is_complete(self) -> bool:
        return bool(self.appid and self.app_secret_file)

    @property
    def simulated(self) -> bool:
        """Whether anything but WeChat itself reports who the user is."""
        return self.authorize_address not in AUTHORIZE_ADDRESSES or self.api_address not in API_ADDRESSES
