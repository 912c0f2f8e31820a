"""Files that are sent with a notice. The package that queues such an event registers the function that creates them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.notices.models import Notice


@dataclass(frozen=True)
class Attachment:
    """A file of a notice, under the name that the student reads."""

    name: str
    content: bytes
    content_type: str


AttachmentSource = Callable[[Notice], Sequence[Attachment]]
_SOURCES: dict[str, AttachmentSource] = {}


def register_attachments(event: str, source: AttachmentSource) -> None:
    """Register the function that creates the files of an event when its notice is sent.

    `source` raises SendFailed or Undeliverable.
    """
    _SOURCES[event] = source


def attachments_of(notice: Notice) -> tuple[Attachment, ...]:
    source = _SOURCES.get(notice.event)
    return tuple(source(notice)) if source else ()
