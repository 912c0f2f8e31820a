"""The screen that a student has reached, stored on the server so that a reload or another device continues there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from server.records.models import Student
from server.remote.models import RemoteProgress, Step

ORDER: Final = tuple(Step)


def progress_of(student: Student, now: datetime) -> RemoteProgress:
    progress, _ = RemoteProgress.objects.get_or_create(student=student, defaults={"updated_at": now})
    return progress


def set_step(student: Student, step: str, now: datetime, **changes: Any) -> None:
    RemoteProgress.objects.update_or_create(student=student, defaults={"step": step, "updated_at": now, **changes})


def step_after(step: Step) -> Step:
    return ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]


def step_before(step: Step) -> Step | None:
    """Return the screen before; None before the first."""
    position = ORDER.index(step)
    return ORDER[position - 1] if position else None
