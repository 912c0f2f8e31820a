"""The history of a student, from the audit log and the submissions, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from config.i18n import Translations
from server.audit.models import Action as AuditAction
from server.audit.models import Event
from server.records.models import Student
from server.submissions.rule import Action

MAX_ENTRIES: Final = 100
_NOT_SHOWN: Final = ("by", "line", "change", "kind_of_change", "campaign")
_CLAIMS: Final = (Action.CLAIM.value, Action.RELEASE.value)
"""Not shown: which reviewer had a portrait open is no fact about the student."""


@dataclass(frozen=True)
class Entry:
    """One event: when, who, what, and the changed values as (label, old, new)."""

    at: datetime
    who: str
    what: str
    values: tuple[tuple[str, str, str], ...] = ()


def history_of(student: Student, tr: Translations) -> list[Entry]:
    events = Event.objects.filter(subject=f"student {student.pk}").select_related("user")[:MAX_ENTRIES]
    entries = [_event_entry(event, tr) for event in events]
    if student.roster_import is not None:
        created = student.roster_import
        who = created.user.get_username() if created.user else ""
        entries.append(Entry(created.imported_at, who, tr.translate("clerk.history_imported", file=created.file_name)))
    for submission in student.submissions.prefetch_related("history__user", "history__station"):
        for step in submission.history.all():
            if step.action in _CLAIMS:
                continue
            what = tr.translate(
                "clerk.history_submission", version=submission.version, state=tr.translate(f"state.{step.to_state}")
            )
            entries.append(Entry(step.at, step.by, what))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _event_entry(event: Event, tr: Translations) -> Entry:
    change = event.details.get("change", "changed")
    key = f"clerk.change.{change}"
    known = event.action == AuditAction.RECORD_CHANGED and tr.has(key)
    what = tr.translate(key if known else f"audit.{event.action}")
    values = tuple(
        (tr.translate(f"roster.column_{name}"), str(value[0]), str(value[1]))
        for name, value in event.details.items()
        if name not in _NOT_SHOWN and _is_change(value)
    )
    return Entry(event.at, event.user.get_username() if event.user else "", what, values)


def _is_change(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
