"""Notices that a student requests for an address entered for this notice alone. The address is no contact: it is
deleted as soon as the notice is sent or has ended."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from server.notices.addresses import mask_address
from server.notices.contacts import decrypt_address, encrypt_address
from server.notices.events import Channel
from server.notices.models import Notice, NoticeState
from server.notices.queue import is_enabled
from server.submissions.models import Submission

REPLACED = "the student entered another address"


def channel_of_requests(submission: Submission) -> Channel | None:
    """Return the channel of a requested notice: e-mail, or the folder, from which the office forwards it; None if the
    settings have neither. Nothing of a simulated portrait is sent from this machine."""
    if is_enabled(Channel.EMAIL) and not submission.simulated:
        return Channel.EMAIL
    return Channel.FOLDER if is_enabled(Channel.FOLDER) else None


def latest_request(event: str, submission: Submission) -> Notice | None:
    return Notice.objects.filter(submission=submission, event=event).order_by("-version").first()


def waiting_request(event: str, submission: Submission, address: str) -> Notice | None:
    """Return the request for this address that is not sent yet: a second press queues nothing."""
    waiting = Notice.objects.filter(submission=submission, event=event, state=NoticeState.QUEUED.value)
    return next((one for one in waiting if decrypt_address(one.address_encrypted) == address), None)


def queue_request(
    event: str, submission: Submission, channel: Channel, address: str, language: str, now: datetime
) -> Notice:
    """Queue one notice to `address`. An earlier request that is still queued, perhaps with a mistyped address, ends as
    `given_up`. The caller has locked the submission, in the same transaction."""
    earlier = Notice.objects.filter(submission=submission, event=event)
    waiting = earlier.filter(state=NoticeState.QUEUED.value)
    waiting.update(state=NoticeState.GIVEN_UP.value, why=REPLACED, address_encrypted="")
    last = earlier.aggregate(last=Max("version"))["last"]
    return Notice.objects.create(
        student=submission.student,
        submission=submission,
        event=event,
        version=(last or 0) + 1,
        channel=channel.value,
        values={"language": language},
        queued_at=now,
        next_attempt_at=now,
        address_encrypted=encrypt_address(address),
        recipient=mask_address(address),
    )
