"""WeChat's part of getBrandWCPayRequest: verify the merchant's signature, then show the payment.

A page inside WeChat calls WeixinJSBridge; the page of a simulated order links here instead, because the real WeChat
would send its values to the real gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from server.payments.gateways.signing import is_signed_by
from server.payments.simulator import pages
from server.payments.simulator.keys import APPID, SimulatorKeys
from server.payments.simulator.messages import Request, Response

PATH: Final = "/jsapi"
_PREPAY: Final = "prepay_id=wx"


def open_payment(keys: SimulatorKeys, request: Request) -> Response:
    """Redirect to the page of the trade, which links back to `redirect_url`."""
    values = request.query
    if not is_genuine(keys, values):
        return pages.authorization_wrong(request)
    number = values["package"].removeprefix(_PREPAY)
    back = urlencode({"redirect_url": values.get("redirect_url", "")})
    return Response(302, "text/html; charset=utf-8", b"", {"Location": f"/pay/wechat/{number}?{back}"})


def is_genuine(keys: SimulatorKeys, values: Mapping[str, str]) -> bool:
    """Whether the merchant signed the four values. https://pay.weixin.qq.com/doc/v3/merchant/4012791857"""
    names = ("appId", "timeStamp", "nonceStr", "package")
    package = values.get("package", "")
    if values.get("signType") != "RSA" or values.get("appId") != APPID or not package.startswith(_PREPAY):
        return False
    if not package.removeprefix(_PREPAY).isalnum():
        return False
    signed = "".join(f"{values.get(name, '')}\n" for name in names).encode()
    return is_signed_by(keys.wechat_merchant.public_key(), signed, values.get("paySign", ""))
