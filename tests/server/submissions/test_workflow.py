"""Every action in every state by everybody: allowed exactly as the table says, each with one audit entry."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from kiosk.upload.envelope import StudentState, VisitOutcome
from server.core.api_errors import ApiError
from server.members.roles import reviewers_group
from server.portal.progress import progress_of
from server.records.models import Student
from server.stations.models import Station
from server.submissions import workflow
from server.submissions.intake import IncomingSubmission, ingest
from server.submissions.models import AuditEntry, State, Submission
from tests.server.station_client import Visit

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "staff", "left", "reviewer", "server")
ACTIONS = ("approve", "reject", "supersede")
KINDS = ("finished", "broken_off", "broken_off_with_portrait")
# (state, kind, action, role): everything that is not here is refused.
ALLOWED = {
    (State.RECEIVED, "finished", "approve", "reviewer"): State.APPROVED,
    (State.RECEIVED, "broken_off_with_portrait", "approve", "reviewer"): State.APPROVED,
    **{(State.RECEIVED, kind, "reject", "reviewer"): State.REJECTED for kind in KINDS},
    (State.RECEIVED, "broken_off", "supersede", "server"): State.SUPERSEDED,
    (State.RECEIVED, "broken_off_with_portrait", "supersede", "server"): State.SUPERSEDED,
}
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def user_with_role(role: str) -> Any:
    if role == "anonymous":
        return AnonymousUser()
    if role == "server":
        return None
    user = User.objects.create(username=role, is_staff=role == "staff", is_active=role != "left")
    if role in ("reviewer", "left"):
        user.groups.add(reviewers_group())
    return user


def submission_of(student: Student, state: State, kind: str) -> Submission:
    station = Station.objects.create(name="一号站", token_hash="0" * 64, paired_at=timezone.now())
    return Submission.objects.create(
        id="a" * 32,
        student=student,
        station=station,
        version=1,
        state=state.value,
        shot_sha256="1" * 64,
        portrait_sha256=None if kind == "broken_off" else "2" * 64,
        simulated=True,
        outcome="accepted" if kind == "finished" else "interrupted",
        taken_at=NOW,
        received_at=NOW,
        envelope={},
    )


def decide(submission: Submission, action: str, user: Any) -> None:
    if action == "approve":
        workflow.approve(submission.pk, submission.revision, user, NOW)
    elif action == "reject":
        workflow.reject(submission.pk, submission.revision, user, NOW, "tilted", "  请坐直  ")
    else:
        workflow._transition(submission, "supersede", user, NOW, station=submission.station)


@pytest.mark.parametrize(("state", "kind", "action", "role"), list(product(State, KINDS, ACTIONS, ROLES)))
def test_transition_table(state: State, kind: str, action: str, role: str, student: Student) -> None:
    submission, user = submission_of(student, state, kind), user_with_role(role)
    target = ALLOWED.get((state, kind, action, role))
    if target is None:
        with pytest.raises(ApiError):
            decide(submission, action, user)
        assert Submission.objects.get().state == state.value
        assert not AuditEntry.objects.exists()
        return
    decide(submission, action, user)
    entry, kept = AuditEntry.objects.get(), Submission.objects.get()
    assert (kept.state, kept.revision) == (target.value, 1)
    assert (entry.from_state, entry.to_state, entry.user, entry.at) == (state.value, target.value, user, NOW)
    assert (entry.reason, entry.comment) == (("tilted", "请坐直") if action == "reject" else ("", ""))


def test_the_second_of_two_reviewers_is_informed(student: Student) -> None:
    submission, first = submission_of(student, State.RECEIVED, "finished"), user_with_role("reviewer")
    second = User.objects.create(username="late")
    second.groups.add(reviewers_group())
    workflow.approve(submission.pk, 0, first, NOW)
    with pytest.raises(ApiError) as api_error:
        workflow.reject(submission.pk, 0, second, NOW, "tilted", "")
    assert (api_error.value.reason, api_error.value.values["by"]) == ("decided_already", "reviewer")
    assert Submission.objects.get().state == State.APPROVED.value


@pytest.mark.parametrize(
    ("reason", "comment", "refused"),
    [
        ("", "", "reason_unknown"),
        ("ugly", "", "reason_unknown"),
        ("other", " ", "comment_missing"),
        ("tilted", "字" * 501, "comment_long"),
    ],
)
def test_a_rejection_needs_a_reason_that_helps(reason: str, comment: str, refused: str, student: Student) -> None:
    submission = submission_of(student, State.RECEIVED, "finished")
    with pytest.raises(ApiError) as api_error:
        workflow.reject(submission.pk, 0, user_with_role("reviewer"), NOW, reason, comment)
    assert api_error.value.reason == refused


def test_after_a_rejection_the_student_is_expected_again(student: Student) -> None:
    Student.objects.update(state=StudentState.CAPTURED.value)
    submission = submission_of(student, State.RECEIVED, "finished")
    workflow.reject(submission.pk, 0, user_with_role("reviewer"), NOW, "tilted", "")
    student.refresh_from_db()
    assert student.state == StudentState.EXPECTED.value


def test_a_broken_off_visit_that_is_approved_counts(student: Student) -> None:
    whole = Visit.of(student, outcome=VisitOutcome.INTERRUPTED)
    station, _ = Station.objects.get_or_create(token_hash="9" * 64, defaults={"name": "一号站", "paired_at": NOW})
    delivery = IncomingSubmission(whole.envelope.model_dump_json(), [whole.shot], [whole.portrait or b""])
    taken = ingest(delivery, station, timezone.now())
    assert progress_of(student).headline == "progress.nothing"
    workflow.approve(taken.pk, 0, user_with_role("reviewer"), NOW)
    student.refresh_from_db()
    assert (student.state, progress_of(student).headline) == (StudentState.CAPTURED.value, "progress.approved")


def test_a_state_cannot_be_set_past_the_workflow(student: Student) -> None:
    submission = submission_of(student, State.APPROVED, "finished")
    with pytest.raises(AttributeError):
        submission.state = State.RECEIVED.value


def test_an_audit_entry_is_neither_changed_nor_removed(student: Student) -> None:
    workflow.approve(submission_of(student, State.RECEIVED, "finished").pk, 0, user_with_role("reviewer"), NOW)
    entry = AuditEntry.objects.get()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
