"""Times of the gateways: both write Beijing time, whatever time zone this server has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8))  # no daylight saving time since 1991
FORMAT: Final = "%Y-%m-%d %H:%M:%S"


def beijing_text(moment: datetime) -> str:
    """Return an aware time as Alipay and the bills write it."""
    return moment.astimezone(BEIJING).strftime(FORMAT)


def parse_beijing(text: str) -> datetime:
    """Return the time in UTC. Raises ValueError."""
    return _to_utc(datetime.strptime(text, FORMAT).replace(tzinfo=BEIJING))


def parse_rfc3339(text: str) -> datetime:
    """Return the time in UTC. Raises ValueError, also for a time without its zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return _to_utc(moment)


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of year 1 or 9999
        raise ValueError("a time outside of the calendar") from None
