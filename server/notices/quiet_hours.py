"""The hours in which no SMS and no e-mail is sent."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from server.notices.events import REQUESTED_EVENTS, Channel


def next_allowed(event: str, channel: str, now: datetime) -> datetime:
    """Return `now`, or the end of the quiet hours for SMS and e-mail. A notice that the student requests is sent
    immediately."""
    if event in REQUESTED_EVENTS or channel not in (Channel.SMS.value, Channel.EMAIL.value):
        return now
    notices = settings.APP.notices
    return end_of_quiet_hours(now, notices.quiet_from, notices.quiet_until, ZoneInfo(settings.TIME_ZONE))


def end_of_quiet_hours(now: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """Return `now` outside the quiet hours, else their end. Equal times mean that there are none."""
    local = now.astimezone(zone)
    end = datetime.combine(local.date(), quiet_until, zone)
    if quiet_from <= quiet_until:
        return end if quiet_from <= local.time() < quiet_until else now
    if local.time() >= quiet_from:
        return datetime.combine(local.date() + timedelta(days=1), quiet_until, zone)
    return end if local.time() < quiet_until else now
