"""Settings of orders and payments: `[payments]` of server.toml."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import NonNegativeInt, PositiveInt, field_validator

from config.settings.loader import StrictModel
from config.settings.payment_gateways import AlipaySettings, WeChatPaySettings


class PaymentsSettings(StrictModel):
    """Orders and payments; see the comments in server.toml."""

    gateways: tuple[Literal["wechat", "alipay"], ...]
    code_minutes: PositiveInt
    query_seconds: tuple[PositiveInt, ...]
    query_minutes: PositiveInt
    close_after_minutes: NonNegativeInt
    bill_time: time
    refund_days: PositiveInt
    expire_days: NonNegativeInt
    waivers_per_day: NonNegativeInt
    wechat: WeChatPaySettings = WeChatPaySettings()
    alipay: AlipaySettings = AlipaySettings()

    @field_validator("query_seconds")
    @classmethod
    def _check_rising(cls, seconds: tuple[int, ...]) -> tuple[int, ...]:
        if not seconds or list(seconds) != sorted(seconds):
            raise ValueError("give at least one interval, from short to long")
        return seconds
