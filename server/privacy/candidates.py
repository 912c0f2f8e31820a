"""The students who can be erased, and those who cannot yet: an undelivered portrait or an open case would be lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from server.payments.refund_models import Refund, RefundState
from server.portal.models import Appeal
from server.privacy.models import RequestState, SubjectRequest
from server.submissions.models import Submission
from server.submissions.states import State


class Blocker(StrEnum):
    """The reason why a student cannot be erased yet. Each has a message `privacy.blocked.<value>`, which states what to
    do."""

    UNDECIDED = "undecided"
    UNDELIVERED = "undelivered"
    APPEAL = "appeal"
    REFUND = "refund"
    REQUEST = "request"


_UNDECIDED = (
    State.RECEIVED,
    State.FIRST_REVIEW,
    State.RETOUCHING,
    State.FINAL_REVIEW,
    State.AWAITING_CONFIRMATION,
)
_OPEN_REFUNDS = (RefundState.REQUESTED, RefundState.APPROVED, RefundState.SENT, RefundState.FAILED)


@dataclass(frozen=True)
class Candidates:
    """`free`: ids of the students that can be erased now. `blocked`: blocker to the ids of students."""

    free: tuple[str, ...]
    blocked: dict[str, tuple[str, ...]]


def candidates(students: Iterable[str], *, also_undelivered: bool = False) -> Candidates:
    """Sort the ids of students into those that can be erased and those that cannot yet. Portraits of simulated
    campaigns are never delivered. `also_undelivered`: an administrator allows the erasure of undelivered portraits."""
    every = sorted(students)
    by_blocker: dict[str, set[str]] = defaultdict(set)
    for start in range(0, len(every), 500):
        for blocker, student in _blockers(every[start : start + 500], also_undelivered):
            by_blocker[blocker.value].add(student)
    not_free = {student for ids in by_blocker.values() for student in ids}
    blocked = {blocker: tuple(sorted(ids)) for blocker, ids in sorted(by_blocker.items())}
    return Candidates(tuple(one for one in every if one not in not_free), blocked)


def _blockers(students: list[str], also_undelivered: bool) -> Iterable[tuple[Blocker, str]]:
    real = Submission.objects.filter(student__in=students, campaign__simulated=False)
    if not also_undelivered:
        undecided = Q(state__in=[state.value for state in _UNDECIDED])
        waiting = Q(state=State.CONFIRMED.value) | Q(state=State.QUEUED.value, handed_over_at=None)
        yield from ((Blocker.UNDECIDED, one) for one in real.filter(undecided).values_list("student", flat=True))
        yield from ((Blocker.UNDELIVERED, one) for one in real.filter(waiting).values_list("student", flat=True))
    appeals = Appeal.objects.filter(
        submission__student__in=students, submission__state=State.REVOKED.value, declined_at=None
    )
    yield from ((Blocker.APPEAL, one) for one in appeals.values_list("submission__student", flat=True))
    refunds = Refund.objects.filter(
        payment__order__student__in=students, state__in=[one.value for one in _OPEN_REFUNDS]
    )
    yield from ((Blocker.REFUND, one) for one in refunds.values_list("payment__order__student", flat=True))
    requests = SubjectRequest.objects.filter(student__in=students, state=RequestState.OPEN.value)
    yield from ((Blocker.REQUEST, one) for one in requests.values_list("student", flat=True))
