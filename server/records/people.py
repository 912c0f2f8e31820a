"""Link the enrolments of one person."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Final

from django.db.models import Count

from server.core.locks import lock_names
from server.records.models import Student
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person

TEXT_VERSION_LENGTH: Final = 40
SOURCE_LENGTH: Final = 80


def link_same_numbers() -> int:
    """Link every enrolment whose ID number occurs more than once to its person, and return how many were linked.
    Call it within a transaction."""
    lock_names("links of enrolments")  # two imports at the same time would create two persons for one number
    several = Student.objects.values("id_number_hmac").annotate(enrolments=Count("id")).filter(enrolments__gt=1)
    unlinked = Student.objects.filter(person_link=None, id_number_hmac__in=several.values("id_number_hmac"))
    groups: dict[str, list[str]] = defaultdict(list)
    for student, number in unlinked.values_list("id", "id_number_hmac"):
        groups[number].append(student)
    people = {number: person_of_number(number) for number in groups}
    links = [
        EnrolmentLink(student_id=student, person=people[number], proof=LinkProof.ID_NUMBER.value)
        for number, students in groups.items()
        for student in students
    ]
    EnrolmentLink.objects.bulk_create(links)
    return len(links)


def person_of_number(id_number_hmac: str) -> Person:
    """Return the person of the enrolments with this ID number; create one if none of them is linked yet."""
    same_number = Person.objects.filter(links__student__id_number_hmac=id_number_hmac)
    return same_number.order_by("created_at").first() or Person.objects.create()


def record_consent(student: Student, text_version: str, given_at: datetime, source: str) -> None:
    """Record the consent that came with a submission. A retake under the same consent adds nothing."""
    text_version = text_version[:TEXT_VERSION_LENGTH]
    Consent.objects.get_or_create(
        student=student, text_version=text_version, given_at=given_at, defaults={"source": source[:SOURCE_LENGTH]}
    )
