"""Whom and what a decision touches, and what it leaves alone; called directly, with a clock that the test holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from kiosk.upload.envelope import StudentState
from server.core.api_errors import ApiError
from server.members.roles import reviewers_group
from server.records.models import Student
from server.submissions import workflow
from server.submissions.models import AuditEntry, State, Submission
from tests.server.conftest import make_student
from tests.server.submissions.test_workflow import NOW, submission_of

pytestmark = pytest.mark.django_db

EXPECTED, CAPTURED, WITHDRAWN = (
    state.value for state in (StudentState.EXPECTED, StudentState.CAPTURED, StudentState.WITHDRAWN)
)


@pytest.fixture
def reviewer() -> User:
    user = User.objects.create(username="reviewer")
    user.groups.add(reviewers_group())
    return user


def decide(action: str, submission: Submission, user: Any) -> Submission:
    if action == "approve":
        return workflow.approve(submission.pk, submission.revision, user, NOW)
    return workflow.reject(submission.pk, submission.revision, user, NOW, "tilted", "")


@pytest.mark.parametrize(
    ("action", "before", "after"), [("approve", EXPECTED, CAPTURED), ("reject", CAPTURED, EXPECTED)]
)
def test_a_decision_moves_its_own_student_alone(
    action: str, before: str, after: str, student: Student, reviewer: User
) -> None:
    other = make_student(student.campaign, 2)
    Student.objects.update(state=before)
    decide(action, submission_of(student, State.RECEIVED, "finished"), reviewer)
    assert [Student.objects.get(pk=one.pk).state for one in (student, other)] == [after, before]


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_who_has_withdrawn_meanwhile_stays_withdrawn(action: str, student: Student, reviewer: User) -> None:
    Student.objects.update(state=WITHDRAWN)
    decide(action, submission_of(student, State.RECEIVED, "finished"), reviewer)
    student.refresh_from_db()
    assert student.state == WITHDRAWN


@pytest.mark.parametrize(("action", "target"), [("approve", State.APPROVED), ("reject", State.REJECTED)])
def test_a_decision_answers_with_what_it_decided(action: str, target: State, student: Student, reviewer: User) -> None:
    decided = decide(action, submission_of(student, State.RECEIVED, "finished"), reviewer)
    assert (decided.pk, decided.state, decided.revision) == ("a" * 32, target.value, 1)


def test_a_rejection_keeps_its_reason_and_its_trimmed_comment_for_the_student(student: Student, reviewer: User) -> None:
    submission = submission_of(student, State.RECEIVED, "finished")
    workflow.reject(submission.pk, 0, reviewer, NOW, workflow.FREE_TEXT_REASON, " 请重拍 ")
    kept, entry = Submission.objects.get(), AuditEntry.objects.get()
    assert (kept.reason, kept.comment) == (entry.reason, entry.comment) == ("other", "请重拍")


def test_a_comment_may_be_as_long_as_stated_and_no_longer(student: Student, reviewer: User) -> None:
    submission, longest = submission_of(student, State.RECEIVED, "finished"), "字" * workflow.MAX_COMMENT_LENGTH
    with pytest.raises(ApiError) as api_error:
        workflow.reject(submission.pk, 0, reviewer, NOW, "tilted", longest + "字")
    assert (api_error.value.reason, api_error.value.values) == ("comment_long", {"limit": workflow.MAX_COMMENT_LENGTH})
    workflow.reject(submission.pk, 0, reviewer, NOW, "tilted", longest)
    assert Submission.objects.get().comment == longest


def test_a_set_aside_visit_names_the_station_whose_delivery_did_it(student: Student) -> None:
    submission = submission_of(student, State.RECEIVED, "broken_off")
    workflow.supersede(submission, submission.station, NOW)
    entry = AuditEntry.objects.get()
    assert (entry.station, entry.user, entry.by, entry.at) == (submission.station, None, submission.station.name, NOW)
    assert (entry.reason, entry.comment) == ("", "")


def test_without_an_earlier_decision_nobody_is_named(student: Student, reviewer: User) -> None:
    """The page was older than the submission's present state, and the audit log does not say who changed it."""
    submission = submission_of(student, State.RECEIVED, "finished")
    with pytest.raises(ApiError) as api_error:
        workflow.approve(submission.pk, 7, reviewer, NOW)
    assert api_error.value.values == {"by": "-"}


def test_who_decided_last_of_this_submission_is_named(student: Student, reviewer: User) -> None:
    submission = submission_of(student, State.RECEIVED, "finished")
    AuditEntry.objects.create(submission=submission, at=NOW, station=submission.station, to_state="received")
    workflow.approve(submission.pk, 0, reviewer, NOW)
    other = Submission.objects.create(
        id="b" * 32,
        student=make_student(student.campaign, 2),
        station=submission.station,
        version=1,
        shot_sha256="3" * 64,
        simulated=True,
        outcome="accepted",
        taken_at=NOW,
        received_at=NOW,
        envelope={},
    )
    AuditEntry.objects.create(submission=other, at=NOW, station=other.station, to_state="received")
    with pytest.raises(ApiError) as api_error:
        workflow.approve(submission.pk, 0, reviewer, NOW)
    assert api_error.value.values == {"by": "reviewer"}


def test_what_cannot_be_audited_is_not_decided(
    student: Student, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(AuditEntry.objects, "create", fails)
    submission = submission_of(student, State.RECEIVED, "finished")
    with pytest.raises(RuntimeError):
        decide("approve", submission, reviewer)
    student.refresh_from_db()
    assert (Submission.objects.get().state, student.state) == (State.RECEIVED.value, EXPECTED)
