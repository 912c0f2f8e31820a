"""Lock submissions before a decision about them. Always the students first, as intake does, and in the order of their
keys; so two transactions never wait for each other."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from server.records.models import Student
from server.submissions.models import Submission


def lock(identifier: str) -> Submission:
    """Return the submission, locked until the transaction ends."""
    if connection.features.has_select_for_update:
        student = Submission.objects.values_list("student", flat=True).get(pk=identifier)
        Student.objects.select_for_update().get(pk=student)
    return locked_rows().get(pk=identifier)


def lock_several(identifiers: Iterable[str]) -> dict[str, Submission]:
    """Return these submissions by id, locked as `lock` does; unknown ones are missing."""
    wanted = sorted(identifiers)
    if connection.features.has_select_for_update:
        students = Submission.objects.filter(pk__in=wanted).values("student")
        list(Student.objects.select_for_update().filter(pk__in=students).order_by("pk").values_list("pk"))
    return {row.pk: row for row in locked_rows().filter(pk__in=wanted).order_by("pk")}


def locked_rows(skip_locked: bool = False) -> QuerySet[Submission]:
    """Return submissions that are locked when they are read. SQLite locks the whole database at BEGIN instead."""
    skip = skip_locked and connection.features.has_select_for_update_skip_locked
    rows = Submission.objects.select_related("student__campaign", "claimed_by")
    return rows.select_for_update(of=("self",), skip_locked=skip)
