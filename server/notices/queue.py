"""Queue notices within the transaction of a change, and read when they were delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from server.notices.contacts import address_of, contact_of
from server.notices.events import EVENTS, REQUESTED_EVENTS, SILENT_EVENTS, Channel, channel_order
from server.notices.models import Contact, Notice, NoticeState
from server.notices.quiet_hours import next_allowed
from server.notices.rendering import encode_values
from server.records.models import Student
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
    key = {
        "student": submission.student,
        "submission": submission,
        "event": event,
        "version": submission.revision if version is None else version,
    }
    existing = Notice.objects.filter(**key).order_by("id").first()
    if existing is not None:
        return existing
    if event in settings.APP.notices.muted:
        return _create(key, Channel.PAGE, now, values, state=NoticeState.MUTED.value)
    return _create(key, _channels(event, submission.student, submission.simulated)[0], now, values)


def queue_for_students(event: str, students: QuerySet[Student], now: datetime, version: int, **values: Any) -> int:
    """Queue the notice of a make-up event for each of many students, once for each `version`; within the transaction
    that changes them. Return how many students there are. Values that the texts use: `opens_at`, `closes_at`, `place`,
    `place_en`."""
    usable = Contact.objects.filter(student__in=students, consent_at__isnull=False)
    contacts = {contact.student_id: contact for contact in usable}
    rows = [
        Notice(
            student=student,
            event=event,
            version=version,
            values=encode_values(values),
            **_new_row(event, contacts.get(student.pk), student.campaign.simulated, now),
        )
        for student in students.select_related("campaign").order_by("pk")
    ]
    Notice.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def delivered_at(submission: Submission, event: str) -> datetime | None:
    """Return when the latest notice of the event was delivered through any channel; None if it was not (yet)."""
    latest = Notice.objects.filter(submission=submission, event=event).order_by("-version").first()
    if latest is None:
        return None
    same = Notice.objects.filter(submission=submission, event=event, version=latest.version)
    return same.exclude(delivered_at=None).order_by("delivered_at").values_list("delivered_at", flat=True).first()


def queue_next_channel(notice: Notice, now: datetime) -> Notice | None:
    """Queue the same notice for the next channel, after this one ended without success; None if none is left."""
    if notice.event in REQUESTED_EVENTS:
        return None
    order = list(channel_order(notice.event))
    later = order[order.index(Channel(notice.channel)) + 1 :]
    simulated = notice.submission.simulated if notice.submission else notice.student.campaign.simulated
    channel = next((one for one in _channels(notice.event, notice.student, simulated) if one in later), None)
    if channel is None:
        return None
    same = ("student", "submission", "event", "version")
    key = {name: getattr(notice, name) for name in same}
    return _create(key, channel, now, notice.values)


def _channels(event: str, student: Student, simulated: bool) -> Sequence[Channel]:
    return available_channels(event, None if simulated else contact_of(student))


def available_channels(event: str, contact: Contact | None) -> Sequence[Channel]:
    """Return the channels of this event that are set up and reach a student with this contact; the last one is always
    the page. Notices about simulated portraits never leave this machine: they have no contact."""
    return [
        channel
        for channel in channel_order(event)
        if channel is Channel.PAGE
        or (is_enabled(channel) and (channel not in _OUTSIDE or bool(address_of(contact, channel.value))))
    ]


def _new_row(event: str, contact: Contact | None, simulated: bool, now: datetime) -> dict[str, Any]:
    if event in settings.APP.notices.muted:
        return {"channel": Channel.PAGE.value, **_times(event, Channel.PAGE, now), "state": NoticeState.MUTED.value}
    channel = available_channels(event, None if simulated else contact)[0]
    return {"channel": channel.value, **_times(event, channel, now)}


def _create(key: dict[str, Any], channel: Channel, now: datetime, values: dict[str, Any], **row: Any) -> Notice:
    defaults = {"values": encode_values(values), **_times(key["event"], channel, now), **row}
    notice, _ = Notice.objects.get_or_create(**key, channel=channel.value, defaults=defaults)
    return notice


def _times(event: str, channel: Channel, now: datetime) -> dict[str, Any]:
    """Return the times of a new notice, and for the page its state: there is nothing to send."""
    times: dict[str, Any] = {"queued_at": now, "next_attempt_at": next_allowed(event, channel.value, now)}
    return {**times, "state": NoticeState.SENT.value, "sent_at": now} if channel is Channel.PAGE else times


def is_enabled(channel: Channel) -> bool:
    """Whether the settings have a way to send through this channel."""
    return any(backend.partition("-")[0] == channel.value for backend in settings.APP.notices.backends)
