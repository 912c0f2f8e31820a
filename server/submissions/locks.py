"""Row locks: rows stay as they were read until the transaction ends. SQLite locks the whole database at BEGIN instead.

Every transaction locks in the same order, so that no two wait for each other: the names of files
(server.core.locks), students by key, submissions by key.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from server.records.models import Campaign, Student
from server.submissions.models import Submission
from server.submissions.states import State


def lock(identifier: str) -> Submission:
    """Return the submission; it and its student are locked until the transaction ends, as intake locks them."""
    if connection.features.has_select_for_update:
        lock_students([Submission.objects.values_list("student", flat=True).get(pk=identifier)])
    return locked_rows().get(pk=identifier)


def lock_several(identifiers: Iterable[str]) -> dict[str, Submission]:
    """Return these submissions by id, locked as `lock` does; unknown ones are missing."""
    keys = sorted(identifiers)
    if connection.features.has_select_for_update:
        lock_students(Submission.objects.filter(pk__in=keys).values_list("student", flat=True))
    return {row.pk: row for row in locked_rows().filter(pk__in=keys).order_by("pk")}


def lock_in_state(campaign: Campaign, state: State) -> list[Submission]:
    """Return the campaign's submissions in this state, locked as `lock` does, without their envelopes: there may be
    twenty thousand of them."""
    in_state = campaign.submissions.filter(state=state.value)
    if connection.features.has_select_for_update:
        lock_students(in_state.values_list("student", flat=True))
    rows = in_state.select_related("student").defer("envelope").order_by("pk")
    submissions = list(rows.select_for_update(of=("self",), no_key=True))
    for submission in submissions:
        submission.student.campaign = campaign
    return submissions


def lock_students(identifiers: Iterable[str]) -> list[Student]:
    """Return these students, as far as they exist, locked until the transaction ends."""
    students = Student.objects.select_related("campaign").filter(pk__in=set(identifiers))
    # no_key: a notice or an audit entry that another transaction writes for the student need not wait.
    return list(students.select_for_update(of=("self",), no_key=True).order_by("pk"))


def locked_rows(skip_locked: bool = False) -> QuerySet[Submission]:
    """Return submissions that are locked when they are read."""
    skip = skip_locked and connection.features.has_select_for_update_skip_locked
    rows = Submission.objects.select_related("student__campaign", "claimed_by")
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=skip)
