"""What a refused decision is told, reason by reason."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.members.roles import reviewers_group
from server.records.models import Student
from server.submissions import workflow
from server.submissions.models import State, Submission
from tests.server.submissions.test_workflow import NOW, submission_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> User:
    user = User.objects.create(username="reviewer")
    user.groups.add(reviewers_group())
    return user


def refusal_reason(submission: Submission, user: User | None, action: str = "approve", revision: int = 0) -> str:
    with pytest.raises(ApiError) as api_error:
        decide(submission, user, action, revision)
    return api_error.value.reason


def decide(submission: Submission, user: User | None, action: str, revision: int) -> None:
    if action == "approve":
        workflow.approve(submission.pk, revision, user, NOW)
    else:
        workflow._transition(submission, action, user, NOW, station=submission.station)


def test_a_decision_on_a_changed_submission_is_refused(student: Student, reviewer: User) -> None:
    """It is still to be decided, only not what they saw: a last four that was confirmed meanwhile, another portrait."""
    submission = submission_of(student, State.RECEIVED, "finished")
    assert refusal_reason(submission, reviewer, revision=1) == "decided_already"
    assert Submission.objects.get().state == State.RECEIVED.value


def test_what_was_decided_at_the_same_revision_is_not_decided_again(student: Student, reviewer: User) -> None:
    assert refusal_reason(submission_of(student, State.APPROVED, "finished"), reviewer) == "decided_already"


def test_a_visit_without_a_portrait_cannot_be_approved_and_shows_why(student: Student, reviewer: User) -> None:
    assert refusal_reason(submission_of(student, State.RECEIVED, "broken_off"), reviewer) == "no_portrait"


def test_a_finished_visit_is_not_set_aside(student: Student) -> None:
    assert refusal_reason(submission_of(student, State.RECEIVED, "finished"), None, action="supersede") == "not_now"


def test_who_may_not_decide_is_told_so_and_not_that_it_is_decided(student: Student) -> None:
    submission = submission_of(student, State.RECEIVED, "finished")
    assert refusal_reason(submission, User.objects.create(username="staff", is_staff=True)) == "not_allowed"
