"""The settings of a server whose gateways are the simulator: the merchant's half of its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.payments.simulator.keys import (
    API_V3_KEY_FILE,
    APP_ID,
    APP_SECRET_FILE,
    APPID,
    KEY_ID,
    MCHID,
    NEXT_KEY_ID,
    SELLER_ID,
    SERIAL,
)


def simulator_settings(folder: Path, url: str) -> dict[str, Any]:
    """Return the sections that override `[payments]` and `[wechat]` in server.toml."""
    return {"payments": merchant_settings(folder, url), "wechat": account_settings(folder, url)}


def account_settings(folder: Path, url: str) -> dict[str, Any]:
    """Return `[wechat]`: the official account, with the simulator's address for the sign-in of its users."""
    return {
        "appid": APPID,
        "app_secret_file": str(folder / APP_SECRET_FILE),
        "authorize_address": url,
        "api_address": url,
    }


def merchant_settings(folder: Path, url: str) -> dict[str, Any]:
    """Return the section that overrides `[payments]`: both gateways at this address, with the keys in the folder."""
    return {
        "gateways": ["wechat", "alipay"],
        "wechat": {
            "address": url,
            "mchid": MCHID,
            "appid": APPID,
            "certificate_serial": SERIAL,
            "private_key_file": str(folder / "wechat_merchant.pem"),
            "api_v3_key_file": str(folder / API_V3_KEY_FILE),
            "platform_keys": [
                {"id": KEY_ID, "file": str(folder / "wechat_platform.pub.pem")},
                {"id": NEXT_KEY_ID, "file": str(folder / "wechat_next_platform.pub.pem")},
            ],
            "products": ["native", "jsapi", "h5"],
        },
        "alipay": {
            "address": url,
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "private_key_file": str(folder / "alipay_app.pem"),
            "platform_key_files": [str(folder / "alipay_platform.pub.pem")],
            "products": ["precreate", "wap", "page"],
        },
    }
