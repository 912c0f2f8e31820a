"""Messages about faults in the records of photos, found at start or by `outbox rebuild`."""

from __future__ import annotations

from config.i18n import Message
from kiosk.upload.outbox.opening import OpenedOutbox
from kiosk.upload.outbox.rebuild import FolderReport


def storage_messages(opened_outbox: OpenedOutbox, report: FolderReport, unreadable: int) -> tuple[Message, ...]:
    """Return the messages; none if there is no fault. `unreadable` is the number of outbox entries that cannot be read
    now."""
    messages = (
        (bool(opened_outbox.damaged_name), Message("storage.outbox_damaged", {"file": opened_outbox.damaged_name})),
        (opened_outbox.restored, Message("storage.outbox_restored")),
        (bool(report.queued), Message("storage.queued_again", {"number": report.queued})),
        (bool(report.unassigned), Message("storage.moved", {"number": report.unassigned})),
        (bool(report.stuck), Message("storage.not_moved", {"number": report.stuck})),
        (bool(report.unreadable), Message("storage.unreadable_files", {"number": report.unreadable})),
        (bool(unreadable), Message("storage.unreadable_records", {"number": unreadable})),
    )
    return tuple(message for applies, message in messages if applies)
