"""Erase students: their rows are emptied or deleted as server.privacy.tables defines, then their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from server.audit.append_only import emptying_allowed
from server.audit.models import Event
from server.notices.models import Notice, NoticeState
from server.privacy.doomed_files import doom_files
from server.privacy.table_rule import Fresh, TableRule
from server.privacy.tables import RULES
from server.records.models import Student
from server.records.people_models import Consent, Person
from server.submissions.locks import lock_students
from server.submissions.models import Submission

BATCH_SIZE: Final = 200
_COUNTED: Final = {
    "submissions.Submission": "submissions",
    "notices.Contact": "contacts",
    "notices.Notice": "notices",
    "records.Consent": "consents",
    "retouch.RetouchJob": "retouch_jobs",
    "delivery.DeliveryItem": "delivered_rows",
    "payments.Order": "orders_kept",
}


def erase_rows(students: Sequence[str], now: datetime) -> Counter[str]:
    """Erase the rows of these students and mark their files, in one transaction. Return the number of rows, by kind.
    The caller has called server.privacy.candidates; students that are erased already are skipped."""
    counts: Counter[str] = Counter()
    with transaction.atomic():
        locked = [one.pk for one in lock_students(students) if one.erased_at is None]
        if not locked:
            return counts
        counts["students"] = len(locked)
        doom_files(locked)
        with emptying_allowed():
            _empty_addresses(locked)
            counts["persons"] = _delete_persons(locked)
            for label, rule in RULES.items():
                if rule.student:
                    count = _apply(apps.get_model(label), rule, locked)
                    if label in _COUNTED:
                        counts[_COUNTED[label]] += count
        Student.objects.filter(pk__in=locked).update(erased_at=now)
    return counts


def empty_receipts(students: Sequence[str]) -> None:
    """Empty the texts on receipts of erased students, once the accounts need not be kept any longer."""
    for label, rule in RULES.items():
        if rule.until_tax_end:
            rows = _rows(apps.get_model(label), rule, students)
            rows.update(**rule.until_tax_end)


def delete_sessions(students: set[str]) -> int:
    """Delete browser sessions that name one of these students: they may contain a draft of an appeal."""
    count = 0
    for session in Session.objects.iterator(500):
        text = str(session.get_decoded())
        if any(student in text for student in students):
            session.delete()
            count += 1
    return count


def _apply(model: type[models.Model], rule: TableRule, students: Sequence[str]) -> int:
    rows = _rows(model, rule, students)
    if rule.deletes:
        count = rows.count()
        rows.delete()
        return count
    if model is Notice:
        rows.filter(state=NoticeState.QUEUED.value).update(state=NoticeState.GIVEN_UP.value)
    constant = {name: value for name, value in rule.empties.items() if not isinstance(value, Fresh)}
    fresh = {name: value for name, value in rule.empties.items() if isinstance(value, Fresh)}
    if fresh:
        changed = list(rows.only("pk"))
        for row in changed:
            for name, kind in fresh.items():
                setattr(row, name, kind.new_value())
        # bulk_update does not call save(), which rejects every change of an entry of the history.
        models.QuerySet(model).bulk_update(changed, list(fresh), batch_size=BATCH_SIZE)
    return rows.update(**constant) if constant else rows.count()


def _rows(model: type[models.Model], rule: TableRule, students: Sequence[str]) -> models.QuerySet[Any]:
    # A plain QuerySet: the one of audit events rejects every change.
    return models.QuerySet(model).filter(**{f"{rule.student}__in": students})


def _delete_persons(students: Sequence[str]) -> int:
    """Delete each person whose last enrolment is erased, with their account; return how many. Their consents stay with
    the enrolment, as the proof that they were given."""
    count = 0
    for person in Person.objects.filter(links__student__in=students).distinct():
        own = [link.student_id for link in person.links.all()]
        not_erased = Student.objects.filter(pk__in=own, erased_at=None).exclude(pk__in=students)
        if not_erased.exists():
            continue
        erased = next(student for student in own if student in set(students))
        Consent.objects.filter(person=person).update(student=Coalesce(F("student"), models.Value(erased)), person=None)
        person.delete()
        count += 1
    return count


def _empty_addresses(students: Sequence[str]) -> None:
    """Empty the network addresses of the students themselves in the audit log, and labels of their rows in Django's."""
    submissions = list(Submission.objects.filter(student__in=students).values_list("pk", flat=True))
    persons = Person.objects.filter(links__student__in=students).values_list("pk", flat=True)
    subjects = [*submissions, *students, *(f"student {one}" for one in students), *(f"person {one}" for one in persons)]
    empty_event_addresses(subjects)
    logged = LogEntry.objects.filter(object_id__in=[*students, *submissions])
    logged.update(object_repr="—", change_message="")


def empty_event_addresses(subjects: Sequence[str]) -> None:
    """Empty the network addresses of events that the subjects caused themselves, within `emptying_allowed`."""
    events: models.QuerySet[Event] = models.QuerySet(Event)
    for start in range(0, len(subjects), BATCH_SIZE):
        chunk = subjects[start : start + BATCH_SIZE]
        events.filter(subject__in=chunk, user=None, station_name="").exclude(address="").update(address="")
