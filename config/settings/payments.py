"""Settings of orders and payments: `[payments]` of server.toml."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from config.settings.loader import StrictModel
from config.settings.payment_gateways import AlipaySettings, WeChatPaySettings
from config.settings.values import Count, CountOrZero, Days, DaysOrZero, TimeOfDay


class PaymentsSettings(StrictModel):
    """Orders and payments; see the comments in server.toml."""

    gateways: tuple[Literal["wechat", "alipay"], ...]
    code_minutes: Count
    query_seconds: tuple[Count, ...]
    query_minutes: Count
    close_after_minutes: CountOrZero
    bill_time: TimeOfDay
    refund_days: Days
    expire_days: DaysOrZero
    waivers_per_day: CountOrZero
    wechat: WeChatPaySettings = WeChatPaySettings()
    alipay: AlipaySettings = AlipaySettings()

    @field_validator("query_seconds")
    @classmethod
    def _check_rising(cls, seconds: tuple[int, ...]) -> tuple[int, ...]:
        if not seconds or list(seconds) != sorted(seconds):
            raise ValueError("give at least one interval, from short to long")
        return seconds
