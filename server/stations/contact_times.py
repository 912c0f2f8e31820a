"""The times of a station's heartbeats on its last days, and its silences: for the report at the end of the day.

Stored as JSON with the station's heartbeat, at most DAYS days with MAX_GAPS silences each:
`{"2026-05-20": {"first": ISO time, "last": ISO time, "gaps": [[ISO time of its start, seconds], ...]}}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

DAYS: Final = 14
MAX_GAPS: Final = 10


@dataclass(frozen=True)
class Silence:
    """A time without heartbeats between two of the same day."""

    began_at: datetime
    duration: timedelta


@dataclass(frozen=True)
class ContactTimes:
    """The first and the last heartbeat of one day, and the silences between them, earliest first."""

    first: datetime
    last: datetime
    silences: tuple[Silence, ...]


def with_contact(days: dict[str, Any], now: datetime, silent_after: timedelta) -> dict[str, Any]:
    """Return `days` with a heartbeat at `now`. Of too many silences the longest stay, of too many days the latest."""
    today = timezone.localdate(now).isoformat()
    known = days.get(today, {"first": now.isoformat(), "last": now.isoformat(), "gaps": []})
    last, gaps = datetime.fromisoformat(known["last"]), list(known["gaps"])
    if now - last > silent_after:
        gaps.append([known["last"], round((now - last).total_seconds())])
        gaps = sorted(sorted(gaps, key=lambda gap: -gap[1])[:MAX_GAPS])
    updated_days = {**days, today: {"first": known["first"], "last": max(now, last).isoformat(), "gaps": gaps}}
    return {day: updated_days[day] for day in sorted(updated_days)[-DAYS:]}


def contact_times(days: dict[str, Any], day: date) -> ContactTimes | None:
    """Return the contact times of that day; None if there was no heartbeat, or the day is too long ago."""
    known = days.get(day.isoformat())
    if known is None:
        return None
    silences = [Silence(datetime.fromisoformat(began), timedelta(seconds=seconds)) for began, seconds in known["gaps"]]
    first, last = datetime.fromisoformat(known["first"]), datetime.fromisoformat(known["last"])
    return ContactTimes(first, last, tuple(silences))
