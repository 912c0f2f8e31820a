"""Compare a state file with the campaign, and carry out its changes. Importing the same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from config.i18n import Message
from server.core.api_errors import ApiError
from server.delivery.models import UploadState
from server.delivery.state_file import FileState, StateLine, line_problem
from server.records.models import Campaign, Student
from server.submissions.actor import Actor, ActorOnMany
from server.submissions.attempts import attempt
from server.submissions.locks import lock_several
from server.submissions.models import Submission
from server.submissions.reasons import FREE_TEXT_REASON, MAX_COMMENT_LENGTH, GivenReason
from server.submissions.rule import Action
from server.submissions.states import State
from server.submissions.workflow import apply, execute_alike

_BATCH_SIZE: Final = 200


@dataclass(frozen=True)
class Change:
    """One line and the submission that it changes."""

    line: StateLine
    submission: Submission

    @property
    def student(self) -> Student:
        return self.submission.student


@dataclass(frozen=True)
class StatePlan:
    """`unchanged` counts the lines whose state is known already; `problems` are lines that change nothing, and why."""

    changes: tuple[Change, ...]
    problems: tuple[tuple[StateLine, Message], ...]
    unchanged: int

    def of(self, state: FileState) -> list[Change]:
        return [change for change in self.changes if change.line.state is state]

    @property
    def fingerprint(self) -> str:
        """A hash of the changes, so that exactly what was shown is carried out."""
        digest = hashlib.sha256()
        for change in self.changes:
            digest.update(repr((change.submission.pk, change.line.state, change.line.reason)).encode())
        return digest.hexdigest()


def compare(campaign: Campaign, lines: Sequence[StateLine]) -> StatePlan:
    """Return the changes that the lines request, without carrying them out."""
    delivered = (State.QUEUED.value, State.PUBLISHED.value)
    rows = campaign.submissions.filter(state__in=delivered).select_related("student", "upload_state").defer("envelope")
    submissions = _by_number(list(rows))
    students = _numbers_of(campaign)
    counts = Counter(line.number for line in lines)
    changes, problems, unchanged = [], list[tuple[StateLine, Message]](), 0
    for line in lines:
        submission = submissions.get(("xh", line.student_no)) or submissions.get(("ksh", line.candidate_no))
        problem = line_problem(line) or _problem(line, submission, counts, students)
        if problem is not None:
            problems.append((line, problem))
        elif submission is not None and _is_change(line, submission):
            changes.append(Change(line, submission))
        else:
            unchanged += 1
    return StatePlan(tuple(changes), tuple(problems), unchanged)


def carry_out(plan: StatePlan, user: Any, now: datetime) -> int:
    """Carry the changes out and return how many took effect; a change is left out if its submission has changed since
    the preview. After an interruption, importing the same file again carries out the rest."""
    published = [change.submission.pk for change in plan.of(FileState.PUBLISHED)]
    done = 0
    for start in range(0, len(published), _BATCH_SIZE):
        done += _publish(published[start : start + _BATCH_SIZE], user, now)
    done += sum(_refuse(change, user, now) for change in plan.of(FileState.REFUSED))
    uploaded = [
        UploadState(submission=change.submission, uploaded_at=now, recorded_by=user)
        for change in plan.of(FileState.UPLOADED)
    ]
    UploadState.objects.bulk_create(uploaded, batch_size=_BATCH_SIZE, ignore_conflicts=True)
    return done + len(uploaded)


def _publish(identifiers: Sequence[str], user: Any, now: datetime) -> int:
    actor, checked = ActorOnMany(user=user), []
    with transaction.atomic():
        for submission in lock_several(identifiers).values():
            try:
                checked.append(attempt(submission, Action.PUBLISH, actor, now))
            except ApiError:  # taken out or revoked since the preview
                continue
        execute_alike(checked)
    return len(checked)


def _refuse(change: Change, user: Any, now: datetime) -> int:
    reasons = (GivenReason(FREE_TEXT_REASON, change.line.reason[:MAX_COMMENT_LENGTH]),)
    try:
        apply(change.submission.pk, Action.REFUSE, Actor(user=user), now, reasons=reasons)
    except ApiError:
        return 0
    return 1


def _by_number(submissions: Sequence[Submission]) -> dict[tuple[str, str], Submission]:
    """Return the submissions by student number and by candidate number, without numbers that several of them have."""
    keys = [("xh", one.student.student_no) for one in submissions]
    keys += [("ksh", one.student.candidate_no) for one in submissions]
    counts = Counter(keys)
    pairs = zip(keys, [*submissions, *submissions], strict=True)
    return {key: submission for key, submission in pairs if key[1] and counts[key] == 1}


def _numbers_of(campaign: Campaign) -> frozenset[str]:
    """Return every number of the roster."""
    numbers = campaign.students.values_list("student_no", "candidate_no")
    return frozenset(number for pair in numbers for number in pair if number)


def _problem(
    line: StateLine, submission: Submission | None, counts: Counter[str], students: frozenset[str]
) -> Message | None:
    if counts[line.number] > 1:
        return Message("delivery.state_twice")
    if submission is None:
        is_known = line.student_no in students or line.candidate_no in students
        return Message("delivery.state_not_delivered" if is_known else "delivery.state_unknown")
    if submission.state == State.PUBLISHED.value and line.state is FileState.REFUSED:
        return Message("delivery.state_published")
    return None


def _is_change(line: StateLine, submission: Submission) -> bool:
    if submission.state == State.PUBLISHED.value:
        return False
    return line.state is not FileState.UPLOADED or not hasattr(submission, "upload_state")
