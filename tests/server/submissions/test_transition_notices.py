"""Which transitions notify the student, and what the notice contains."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.notices.events import EVENTS, SILENT_EVENTS
from server.notices.models import Notice
from server.records.models import Student
from server.submissions.actor import Actor
from server.submissions.reasons import GivenReason
from server.submissions.revocation import approve_revocation, request_revocation
from server.submissions.rule import Action, Role
from server.submissions.rules import RULES, SUBMIT
from server.submissions.states import State
from server.submissions.workflow import apply, record_submitted
from tests.server.submissions.reviewing import NOW, approve, claimed_by, submission_of, user_in

pytestmark = pytest.mark.django_db


def test_every_notice_of_the_table_exists() -> None:
    named = {rule.notice for rule in (SUBMIT, *RULES)} - {""}
    assert named <= {*EVENTS, *SILENT_EVENTS}


@pytest.mark.parametrize(
    ("settings_of_campaign", "event"),
    [
        ({}, "approved"),
        ({"confirmation": True}, "awaiting_confirmation"),
        ({"final_review": True}, ""),
        ({"retouch": "always"}, ""),
    ],
)
def test_an_approval_notifies_only_if_it_is_the_last_one(
    settings_of_campaign: dict[str, Any], event: str, student: Student
) -> None:
    for name, value in settings_of_campaign.items():
        setattr(student.campaign, name, value)
    student.campaign.save()
    approve(submission_of(student).pk, 0, user_in(Role.REVIEWER), NOW)
    assert [notice.event for notice in Notice.objects.all()] == ([event] if event else [])


def test_a_new_submission_is_confirmed_to_the_student(student: Student) -> None:
    submission = submission_of(student)
    record_submitted(submission, Actor(station=submission.station), NOW)
    notice = Notice.objects.get()
    assert (notice.event, notice.submission, notice.student) == ("received", submission, student)


def test_a_rejection_names_its_reasons_and_until_when_to_come(student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    reasons = [GivenReason("tilted"), GivenReason("blur", "请坐直")]
    apply(submission.pk, Action.REJECT, Actor(user=reviewer), NOW, reasons=reasons)
    notice = Notice.objects.get()
    assert (notice.event, notice.values["reasons"], notice.values["comment"]) == (
        "rejected",
        ["tilted", "blur"],
        "请坐直",
    )
    assert notice.values["until"] == (NOW + timedelta(days=7)).isoformat()


def test_an_approval_that_the_student_confirms_names_until_when(student: Student) -> None:
    student.campaign.confirmation = True
    student.campaign.save()
    submission = approve(submission_of(student).pk, 0, user_in(Role.REVIEWER), NOW)
    assert submission.confirm_until is not None
    assert Notice.objects.get().values["until"] == submission.confirm_until.isoformat()


def test_a_revocation_names_until_when_to_object_and_a_granted_appeal_no_day(student: Student) -> None:
    first, second = (user_in(Role.ADMINISTRATOR, name=name) for name in ("first", "second"))
    submission = submission_of(student, State.PUBLISHED)
    for action, applicant, other in ((Action.REVOKE, first, second), (Action.GRANT_APPEAL, second, first)):
        request = request_revocation(submission.pk, action, applicant, NOW, [GivenReason("tilted")])
        approve_revocation(request.pk, other, NOW)
    revoked, granted = Notice.objects.order_by("id")
    assert revoked.values["until"] == student.campaign.appeal_end(NOW).isoformat()
    assert (granted.event, granted.values.get("until")) == ("appeal_granted", None)


def test_a_notice_that_cannot_be_queued_stops_the_transition(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of order")

    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    monkeypatch.setattr("server.submissions.effects.queue_notice", fails)
    with pytest.raises(RuntimeError):
        apply(submission.pk, Action.CONFIRM, Actor(student=student), NOW)
    submission.refresh_from_db()
    assert (submission.state, submission.revision) == ("awaiting_confirmation", 0)
