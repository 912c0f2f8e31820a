"""Withdrawal of consent: it ends the collection of one enrolment, and reports what it cannot undo."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from kiosk.upload.roster_payload import StudentState
from server.accounts.consent import source_of
from server.accounts.signals import consent_withdrawn
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.records.models import Student
from server.records.people_models import Consent, Person
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.rule import Action as WorkflowAction
from server.submissions.states import UNDECIDED_STATES, State
from server.submissions.workflow import apply

_REMAINS: Final = {
    State.PUBLISHED.value: "published",
    State.QUEUED.value: "delivered",
    State.CONFIRMED.value: "decided",
    State.AWAITING_CONFIRMATION.value: "decided",
    State.RETOUCHING.value: "decided",
    State.FINAL_REVIEW.value: "decided",
}


def what_remains(student: Student) -> str:
    """Return what a withdrawal cannot undo here: "published" (at CHSI), "delivered" (the school has it), "decided"
    (the school has to take it out), or "" if nothing was decided yet."""
    latest = student.submissions.order_by("-version").first()
    return _REMAINS.get(latest.state, "") if latest is not None else ""


def withdraw_consent(request: HttpRequest, person: Person, student: Student, now: datetime) -> None:
    """End the consents of the person for this campaign and of the student, withdraw a portrait that nobody has decided
    on, and exclude the student from the campaign. A second call changes nothing."""
    with transaction.atomic():
        own = Q(student=student) | Q(person=person, source=source_of(student.campaign))
        count = Consent.objects.filter(own, withdrawn_at=None).update(withdrawn_at=now)
        for submission in student.submissions.filter(state__in=UNDECIDED_STATES).order_by("pk"):
            _withdraw(submission, student, now)
        changed = student.campaign.students.filter(pk=student.pk).exclude(state=StudentState.WITHDRAWN.value)
        if changed.update(state=StudentState.WITHDRAWN.value) or count:
            remains = what_remains(student)
            record(
                Action.CONSENT_WITHDRAWN, f"student {student.pk}", request=request, person=person.pk, remains=remains
            )
            consent_withdrawn.send(withdraw_consent, request=request, student=student, now=now)


def _withdraw(submission: Submission, student: Student, now: datetime) -> None:
    """Withdraw the submission, unless it has just been decided: the page then states that the school has to take the
    portrait out."""
    try:
        with transaction.atomic():
            apply(submission.pk, WorkflowAction.WITHDRAW.value, Actor(student=student), now)
    except ApiError as error:
        if error.reason not in ("decision_pending", "decided_already", "not_now"):
            raise
