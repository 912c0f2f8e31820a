"""The person's other enrolments that the same portrait may serve, as a student chooses them at a station."""

from __future__ import annotations

from django.db.models import QuerySet

from kiosk.upload.roster_payload import StudentState
from server.accounts.session import enrolments_of
from server.records.models import Student
from server.records.people_models import EnrolmentLink


def other_enrolments(student: Student) -> QuerySet[Student]:
    """Return the linked enrolments of the same ID number that still need a portrait of the same standard. Intake checks
    each again (server.submissions.sharing)."""
    link = EnrolmentLink.objects.select_related("person").get(student=student)
    campaign = student.campaign
    return (
        enrolments_of(link.person)
        .exclude(pk=student.pk)
        .filter(
            id_number_hmac=student.id_number_hmac,
            state=StudentState.EXPECTED.value,
            campaign__standard=campaign.standard,
            campaign__background=campaign.background,
        )
        .exclude(campaign__photo_sources=[])
    )
