"""The events of which students are notified, and through which channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import models


class Channel(models.TextChoices):
    """How a notice reaches a student. Nothing is sent for `page`: the progress page shows it anyway."""

    SMS = "sms"
    EMAIL = "email"
    FOLDER = "folder"
    PAGE = "page"


MAKE_UP_EVENTS: Final = ("make_up", "remote_make_up", "make_up_cancelled")
"""Events of a make-up window: about a student and no submission. The first two begin as their kind of window."""
DEADLINE_EVENTS: Final = frozenset(
    {"rejected", "awaiting_confirmation", "confirmation_reminder", "revoked", *MAKE_UP_EVENTS}
)
EVENTS: Final = (
    "received",
    "approved",
    "rejected",
    "awaiting_confirmation",
    "confirmation_reminder",
    "confirmed",
    "confirmed_by_deadline",
    "published",
    "revoked",
    "appeal_granted",
    "appeal_declined",
    "withdrawn",
    *MAKE_UP_EVENTS,
    "request_answered",
)
ACCOUNT_EVENTS: Final = ("sign_in_code", "enrolment_linked", "enrolment_refused")
"""Messages to the phone of an account (server.accounts.messages): they are about a person, and are SMS only."""
SILENT_EVENTS: Final = frozenset({"retouching"})
"""Events of which students are not notified."""
VALUES: Final = ("name", "school", "campaign", "reason", "reasons", "comment", "until", "when", "place", "link")
"""Values that a template of the SMS provider may contain."""
ACCOUNT_VALUES: Final = ("code", "minutes", "school")
"""The same for ACCOUNT_EVENTS."""

REQUESTED_EVENTS: Final = ("own_file",)
"""Notices that a student requests for an address entered for this notice: sent at night too, through one channel."""

_AFTER_SMS: Final = (Channel.EMAIL, Channel.FOLDER, Channel.PAGE)


def channel_order(event: str) -> Sequence[Channel]:
    """Return the channels of an event, the preferred one first: an SMS costs money, so only deadlines use it."""
    return (Channel.SMS, *_AFTER_SMS) if event in DEADLINE_EVENTS else _AFTER_SMS
