"""What the start, or `outbox rebuild`, found wrong with the records of photos, as sentences."""

from __future__ import annotations

from kiosk.upload.outbox.opening import Opened
from kiosk.upload.outbox.rebuild import FolderReport
from kiosk.visit.state import Saying


def storage_notes(opened: Opened, report: FolderReport, unreadable: int) -> tuple[Saying, ...]:
    """Nothing where nothing was wrong. `unreadable` is how many entries of the outbox cannot be read now."""
    found = (
        (bool(opened.aside), Saying("storage.outbox_damaged", {"file": opened.aside})),
        (opened.restored, Saying("storage.outbox_restored")),
        (bool(report.queued), Saying("storage.queued_again", {"number": report.queued})),
        (bool(report.unassigned), Saying("storage.moved", {"number": report.unassigned})),
        (bool(report.stuck), Saying("storage.not_moved", {"number": report.stuck})),
        (bool(report.unreadable), Saying("storage.unreadable_files", {"number": report.unreadable})),
        (bool(unreadable), Saying("storage.unreadable_records", {"number": unreadable})),
    )
    return tuple(saying for holds, saying in found if holds)
