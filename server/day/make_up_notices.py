"""The notices of a make-up window, to its students without a photo."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from server.day.counts import without_photo
from server.notices.queue import queue_for_students
from server.records.window_models import CaptureWindow, WindowKind

_OPENED: Final = {WindowKind.MAKE_UP.value: "make_up", WindowKind.REMOTE.value: "remote_make_up"}


def notify_opened(window: CaptureWindow, now: datetime) -> None:
    """Queue the notice of a new window to its students, in the transaction that opens it."""
    _notify(_OPENED[window.kind], window, now)


def notify_cancelled(window: CaptureWindow, now: datetime) -> None:
    """Queue the notice that the window is cancelled, before it is deleted; none is needed if it is over."""
    if window.closes_at > now:
        _notify("make_up_cancelled", window, now)


def _notify(event: str, window: CaptureWindow, now: datetime) -> None:
    facts = {name: getattr(window, name) for name in ("opens_at", "closes_at", "place", "place_en")}
    queue_for_students(event, without_photo(window.students.all()), now, window.pk, **facts)
