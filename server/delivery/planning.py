"""The plan of a delivery: the portraits that it would contain, and the students without one, each with the reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from config.errors import Problem
from config.i18n import Message
from server.core.api_errors import ApiError
from server.delivery.fields import values_of
from server.delivery.models import (
    Encryption,
)
from server.delivery.names import NameTemplate, duplicate_names
from server.payments.orders import PAYMENT_STAGES, is_required, read_settled
from server.records.models import Campaign, Student
from server.submissions.actor import ActorOnMany
from server.submissions.attempts import attempt
from server.submissions.guards import Attempt
from server.submissions.models import Submission
from server.submissions.revocation import is_disputed
from server.submissions.rule import Action
from server.submissions.states import CLOSED_STATES, State

_DELIVERED: Final = (State.QUEUED.value, State.PUBLISHED.value)


@dataclass(frozen=True)
class Options:
    """The options of a package. `template` is the parsed `template_text`."""

    template_text: str
    template: NameTemplate
    encryption: Encryption = Encryption.AGE
    age_recipient: str = ""
    with_id_number: bool = False
    with_dbf: bool = False
    with_proofs: bool = False


@dataclass(frozen=True)
class PlannedRow:
    """One portrait and its name; `checked` moves its submission to `queued`."""

    checked: Attempt
    name: str
    values: dict[str, str]

    @property
    def submission(self) -> Submission:
        return self.checked.submission

    @property
    def student(self) -> Student:
        return self.submission.student


@dataclass(frozen=True)
class Refusal:
    """A student whose portrait is not in the delivery, and why."""

    student: Student
    reason: Message


@dataclass(frozen=True)
class Plan:
    """`duplicates` are names that are the same file on some system: nothing is delivered before they differ.
    `fingerprint`: a hash of the portraits that may be delivered, so that the delivery contains exactly those that were
    shown."""

    rows: tuple[PlannedRow, ...]
    refusals: tuple[Refusal, ...]
    duplicates: tuple[str, ...]
    fingerprint: str

    @property
    def reasons(self) -> list[tuple[Message, int]]:
        """Each reason with how many students it concerns, the most frequent first."""
        counts = Counter(repr(one.reason) for one in self.refusals)
        known = {repr(one.reason): one.reason for one in self.refusals}
        return [(known[text], count) for text, count in counts.most_common()]


def make_plan(campaign: Campaign, options: Options, user: Any, now: datetime) -> Plan:
    """Return the plan as it would be now, without changing anything."""
    confirmed = campaign.submissions.filter(state=State.CONFIRMED.value).select_related("student").defer("envelope")
    rows = list(confirmed.annotate(is_disputed=is_disputed()).order_by("pk"))
    for submission in rows:
        submission.student.campaign = campaign
    disputed = {row.pk for row in rows if row.is_disputed}
    return plan_of(campaign, rows, options, ActorOnMany(user=user), now, disputed)


def plan_of(
    campaign: Campaign,
    confirmed: Sequence[Submission],
    options: Options,
    actor: ActorOnMany,
    now: datetime,
    disputed: set[str],
    list_others: bool = True,
) -> Plan:
    if is_required(campaign, *PAYMENT_STAGES):
        read_settled(campaign, [submission.student for submission in confirmed])
    rows, refusals, digest = [], [], hashlib.sha256()
    for submission in sorted(confirmed, key=_order):
        try:
            if submission.pk in disputed:
                raise Problem("delivery.revocation_open")
            checked = _check(submission, actor, now)
            digest.update(f"{submission.pk} {submission.portrait_sha256}\n".encode())
            values = values_of(submission.student, campaign, options.with_id_number)
            rows.append(PlannedRow(checked, options.template.name_of(values), values))
        except Problem as problem:
            refusals.append(Refusal(submission.student, Message(problem.key, problem.values)))
    if list_others:
        refusals += _not_confirmed(campaign)
    duplicates = tuple(sorted(duplicate_names(row.name for row in rows)))
    return Plan(tuple(rows), tuple(refusals), duplicates, digest.hexdigest())


def _check(submission: Submission, actor: ActorOnMany, now: datetime) -> Attempt:
    """Return the attempt to queue. Raises ApiError if there is no portrait or a guard of the workflow refuses (not
    paid, simulated)."""
    if submission.portrait_sha256 is None:
        raise ApiError("refused.no_portrait")
    return attempt(submission, Action.QUEUE, actor, now)


def _order(submission: Submission) -> tuple[str, str, str]:
    student = submission.student
    return student.class_name, student.student_no or student.candidate_no, submission.pk


def _not_confirmed(campaign: Campaign) -> list[Refusal]:
    """Return the students whose portrait is not confirmed yet."""
    done = (State.CONFIRMED.value, *_DELIVERED, *(state.value for state in CLOSED_STATES))
    open_ones = campaign.submissions.exclude(state__in=done).select_related("student").defer("envelope")
    return [
        Refusal(one.student, Message("delivery.not_confirmed", {"state": Message(f"state.{one.state}")}))
        for one in open_ones.order_by("student__class_name", "student__student_no", "pk")
    ]
