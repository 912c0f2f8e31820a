"""Whole days in a time zone: a campaign that closes on the 30th is open until the end of that day at the school."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=64)
def time_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name; UTC for a name that this machine does not have."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown (ZoneInfoNotFoundError), malformed, unreadable
        return UTC


def local_date(moment: datetime, zone: tzinfo) -> date:
    """Return the date of an aware time in a zone.

    "Never closes" may be stored as the year 9999, whose last hours have no date east of Greenwich: they count as the
    last possible day, and the first hours of the year 1 as the first."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return date.max if moment.year > 5000 else date.min
