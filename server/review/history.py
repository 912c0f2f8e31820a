"""The history of a submission as its page shows it: without claims, with every reason and its mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.submissions.guards import IDENTITY_CONFIRMED, ONE_PERSON
from server.submissions.models import AuditEntry, Submission
from server.submissions.reason_models import Reason
from server.submissions.reasons import Mark
from server.submissions.rule import Action

_NOT_SHOWN: Final = (Action.CLAIM.value, Action.RELEASE.value)


@dataclass(frozen=True)
class ShownReason:
    """`number` connects a reason with its mark in the portrait; 0 without a mark."""

    code: str
    comment: str
    mark: Mark | None
    number: int = 0


@dataclass(frozen=True)
class HistoryEntry:
    entry: AuditEntry
    reasons: tuple[ShownReason, ...]
    identity_confirmed: bool
    one_person: bool


def history_of(submission: Submission) -> list[HistoryEntry]:
    entries = submission.history.exclude(action__in=_NOT_SHOWN)
    rows = entries.select_related("user", "station", "submission__student").prefetch_related("reasons")
    return [
        HistoryEntry(row, _reasons_of(row), IDENTITY_CONFIRMED in row.comment, ONE_PERSON in row.comment)
        for row in rows
    ]


def numbered(reasons: list[Reason]) -> tuple[ShownReason, ...]:
    """Number the reasons that have a mark, in their order."""
    shown, number = [], 0
    for reason in reasons:
        number += reason.mark is not None
        shown.append(ShownReason(reason.code, reason.comment, reason.mark, number if reason.mark else 0))
    return tuple(shown)


def _reasons_of(entry: AuditEntry) -> tuple[ShownReason, ...]:
    """Return the reasons of an entry; an earlier version stored the reason in the entry's own columns."""
    rows = list(entry.reasons.all())
    if not rows and entry.reason:
        return (ShownReason(entry.reason, entry.comment, None),)
    return numbered(rows)
