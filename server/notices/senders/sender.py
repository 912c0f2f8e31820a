"""The interface of every sender, and its failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.notices.attachments import Attachment
from server.notices.rendering import RenderedNotice


@dataclass(frozen=True)
class OutgoingNotice:
    """`key` is the same for every attempt. `address` is "" for the folder, except for a notice that the office
    forwards to an address that the student entered. `queued_at` also stays the same."""

    key: str
    event: str
    address: str
    language: str
    text: RenderedNotice
    queued_at: datetime
    student_no: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class SendReceipt:
    """`delivered`: the notice needs no further receipt."""

    delivered: bool
    provider_id: str = ""


class SendFailed(Exception):
    """The notice was certainly not sent; another attempt may succeed."""


class Undeliverable(SendFailed):
    """The notice cannot be sent to this address; another attempt is useless."""


class Sender(Protocol):
    def send(self, notice: OutgoingNotice) -> SendReceipt:
        """Raise SendFailed or Undeliverable; after any other exception the outcome is unknown."""
        ...

    def was_sent(self, notice: OutgoingNotice) -> bool:
        """Whether an earlier attempt, whose outcome is unknown, sent this notice. False if that cannot be found out:
        sending again with the same key is then better than losing a deadline."""
        ...

    def receipt(self, notice: OutgoingNotice) -> bool | None:
        """Return True if a sent notice arrived, False if it did not, None if that is not known."""
        ...
