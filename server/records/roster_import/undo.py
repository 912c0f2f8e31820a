"""Undo an import: delete the students that it created and restore the values that it changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from config.errors import Problem
from kiosk.upload.roster_payload import StudentState
from server.audit.models import Action
from server.audit.record import record
from server.notices.models import ContactSource
from server.records.import_models import RosterChange, RosterImport
from server.records.models import Campaign, Student
from server.records.people import link_same_numbers
from server.records.people_models import EnrolmentLink, LinkProof, Person
from server.records.roster_import.contacts import restore_contact
from server.records.slow_hashes import BATCH_SIZE

_HAS_BEGUN: Final = (
    Q(state=StudentState.CAPTURED.value),
    Q(submissions__isnull=False),
    Q(progresslink__isnull=False),
    Q(lastfourconfirmation__isnull=False),
    Q(order__isnull=False),
)
"""Students whom a station has served, whose visit may still be in its outbox, or who have an order. Each condition is
a separate query: one query for all would join all these tables for every student."""
_WOULD_LOSE: Final = (
    Q(consents__isnull=False),
    Q(remote_progress__isnull=False),
    Q(subject_requests__isnull=False),
    Q(contact__source=ContactSource.STUDENT.value),
    Q(person_link__proof__in=[LinkProof.CODE_LAST_FOUR.value, LinkProof.CLERK.value]),
)
"""New students who have begun on their own pages: consent, photo by phone, request, contact, account. It would be
deleted with them; a changed student keeps it."""


def undo_problem(entry: RosterImport) -> Problem | None:
    """Return why this import cannot be undone, or None."""
    if entry.undone_at is not None:
        return Problem("clerk.undone_already")
    later = RosterImport.objects.filter(campaign=entry.campaign_id, imported_at__gt=entry.imported_at, undone_at=None)
    if later.exists():
        return Problem("clerk.undo_later_first")
    created = Student.objects.filter(roster_import=entry.pk)
    begun = _has_begun(entry) or any(created.filter(loses).exists() for loses in _WOULD_LOSE)
    return Problem("clerk.undo_captured") if begun else None


def forget_earlier_values(now: datetime) -> int:
    """Delete the earlier names and numbers of imports that can never be undone again; a periodic job."""
    count = 0
    for entry in RosterImport.objects.filter(changes__isnull=False).distinct():
        if entry.undone_at is not None or _has_begun(entry):
            count += entry.changes.all().delete()[0]
    return count


def _has_begun(entry: RosterImport) -> bool:
    students = _students_of(entry)
    return any(students.filter(has_begun).exists() for has_begun in _HAS_BEGUN)


def _students_of(entry: RosterImport) -> QuerySet[Student]:
    return Student.objects.filter(Q(roster_import=entry.pk) | Q(pk__in=entry.changes.values("student")))


def undo_import(entry: RosterImport, now: datetime, request: HttpRequest | None) -> None:
    """Undo an import, completely or not at all.

    Raises Problem: undone_already, undo_later_first, undo_captured, undo_changed.
    """
    with transaction.atomic():
        Campaign.objects.select_for_update(no_key=True).get(pk=entry.campaign_id)  # no import at the same time
        locked = RosterImport.objects.select_for_update().get(pk=entry.pk)
        list(_students_of(locked).select_for_update().order_by("pk").values_list("pk"))
        if problem := undo_problem(locked):
            raise problem
        people = _people_of(locked)
        restored = _restore(locked)
        created = Student.objects.filter(roster_import=locked.pk)
        deleted = created.count()
        if deleted != locked.created:
            raise Problem("clerk.undo_changed")
        created.delete()
        _delete_unused(people)
        locked.undone_at = now
        locked.save(update_fields=["undone_at"])
        record(
            Action.ROSTER_UNDONE,
            locked.campaign_id,
            request=request,
            file=locked.file_name,
            deleted=deleted,
            restored=restored,
        )


def _people_of(entry: RosterImport) -> list[str]:
    links = EnrolmentLink.objects.filter(student__in=_students_of(entry))
    return list(links.values_list("person", flat=True).distinct())


def _delete_unused(people: Sequence[str]) -> None:
    """Delete those of these people who are left without anything. Others without an enrolment are not of this import:
    they have just opened an account, or wait for the office to find them in a roster."""
    unused = Person.objects.filter(links=None, consents=None, account=None, link_requests=None)
    for start in range(0, len(people), BATCH_SIZE):
        unused.filter(pk__in=people[start : start + BATCH_SIZE]).delete()


def _restore(entry: RosterImport) -> int:
    changes = list(entry.changes.select_related("student"))
    if len(changes) != entry.changed:  # a student was deleted, or the earlier values are forgotten
        raise Problem("clerk.undo_changed")
    corrected = []
    for change in changes:
        student = change.student
        if any(getattr(student, column) != value for column, value in change.after.items()):
            raise Problem("clerk.undo_changed")
        for column, value in _values_before(change).items():
            setattr(student, column, value)
        if change.id_number_encrypted:
            corrected.append(student.pk)
        if change.changes_contact:
            restore_contact(change)
    columns = sorted({column for change in changes for column in _values_before(change)})
    if columns:
        Student.objects.bulk_update([change.student for change in changes], columns, batch_size=BATCH_SIZE)
    EnrolmentLink.objects.filter(student__in=corrected, proof=LinkProof.ID_NUMBER.value).delete()
    link_same_numbers()
    return len(changes)


def _values_before(change: RosterChange) -> dict[str, Any]:
    """Return the columns to restore; the slow hash of a restored number is computed for the next roster request."""
    if not change.id_number_encrypted:
        return dict(change.before)
    return {**change.before, "id_number_encrypted": change.id_number_encrypted, "id_number_slow_hash": ""}
