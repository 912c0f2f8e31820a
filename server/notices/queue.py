"""Queue a notice within the transaction of a state change, and see when it was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from server.notices.contacts import address_of, contact_of
from server.notices.events import EVENTS, SILENT_EVENTS, Channel, channel_order
from server.notices.models import Notice, NoticeState
from server.notices.quiet_hours import next_allowed
from server.notices.rendering import encode_values
from server.submissions.models import Submission

_OUTSIDE: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL)


def queue_notice(
    event: str, submission: Submission, now: datetime, *, version: int | None = None, **values: Any
) -> Notice | None:
    """Queue the notice of `event` once; within the transaction of the state change, so that neither exists without the
    other. Returns the notice, an earlier one if it was queued before, and None for an event without notice.

    `version` distinguishes repeated events; default: the submission's revision. Values that the texts use: `reasons`
    (codes), `comment`, and as the deadline `until` (datetime) or `working_hours`, which begin when the notice is sent.
    Raises ValueError for an unknown event.
    """
    if event in SILENT_EVENTS:
        return None
    if event not in EVENTS:
        raise ValueError(f"there is no notice of {event!r}")
    key = {"submission": submission, "event": event, "version": submission.revision if version is None else version}
    existing = Notice.objects.filter(**key).order_by("id").first()
    if existing is not None:
        return existing
    if event in settings.APP.notices.muted:
        return _create(key, Channel.PAGE, now, values, state=NoticeState.MUTED.value)
    return _create(key, available_channels(event, submission)[0], now, values)


def delivered_at(submission: Submission, event: str) -> datetime | None:
    """Return when the latest notice of the event was delivered through any channel; None if it was not (yet)."""
    latest = Notice.objects.filter(submission=submission, event=event).order_by("-version").first()
    if latest is None:
        return None
    same = Notice.objects.filter(submission=submission, event=event, version=latest.version)
    return same.exclude(delivered_at=None).order_by("delivered_at").values_list("delivered_at", flat=True).first()


def queue_next_channel(notice: Notice, now: datetime) -> Notice | None:
    """Queue the same notice for the next channel, after this one ended without success; None if none is left."""
    order = list(channel_order(notice.event))
    later = order[order.index(Channel(notice.channel)) + 1 :]
    channel = next((one for one in available_channels(notice.event, notice.submission) if one in later), None)
    if channel is None:
        return None
    key = {"submission": notice.submission, "event": notice.event, "version": notice.version}
    return _create(key, channel, now, notice.values)


def available_channels(event: str, submission: Submission) -> Sequence[Channel]:
    """Return the channels of this event that are set up and reach this student; the last one is always the page.

    Notices of simulated submissions never leave this machine.
    """
    contact = None if submission.simulated else contact_of(submission.student)
    return [
        channel
        for channel in channel_order(event)
        if channel is Channel.PAGE
        or (_is_enabled(channel) and (channel not in _OUTSIDE or bool(address_of(contact, channel.value))))
    ]


def _create(key: dict[str, Any], channel: Channel, now: datetime, values: dict[str, Any], **row: Any) -> Notice:
    defaults = {
        "values": encode_values(values),
        "queued_at": now,
        "next_attempt_at": next_allowed(channel.value, now),
    }
    if channel is Channel.PAGE:  # nothing to send
        defaults.update(state=NoticeState.SENT.value, sent_at=now)
    notice, _ = Notice.objects.get_or_create(**key, channel=channel.value, defaults={**defaults, **row})
    return notice


def _is_enabled(channel: Channel) -> bool:
    return any(backend.partition("-")[0] == channel.value for backend in settings.APP.notices.backends)
