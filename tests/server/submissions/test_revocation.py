"""Revoking needs two administrators; after it no new version may come until an appeal is granted."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from server.core.api_errors import ApiError
from server.notices.models import Notice
from server.records.models import Student
from server.stations.models import Station
from server.submissions.actor import Actor
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.models import AuditEntry, Submission
from server.submissions.revocation import (
    approve_revocation,
    cancel_revocation,
    decline_revocation,
    request_revocation,
)
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.station_client import Visit
from tests.server.submissions.reviewing import NOW, TILTED, a_station, submission_of, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(db: None) -> User:
    return user_in(Role.ADMINISTRATOR, name="first")


@pytest.fixture
def second(db: None) -> User:
    return user_in(Role.ADMINISTRATOR, name="second")


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(ApiError) as api_error:
        call(*arguments)
    return api_error.value.reason


def test_two_administrators_revoke_and_restore_the_same_bytes(student: Student, first: User, second: User) -> None:
    submission = submission_of(student, State.PUBLISHED)
    request = request_revocation(submission.pk, Action.REVOKE, first, NOW, TILTED)
    assert Submission.objects.get().state == State.PUBLISHED
    assert refusal(approve_revocation, request.pk, first, NOW) == "second_person"
    assert approve_revocation(request.pk, second, NOW).state == State.REVOKED
    assert refusal(approve_revocation, request.pk, second, NOW) == "not_now"
    appeal = request_revocation(submission.pk, Action.GRANT_APPEAL, second, NOW, TILTED)
    restored = approve_revocation(appeal.pk, first, NOW)
    assert (restored.state, restored.portrait_sha256) == ("confirmed", "2" * 64)
    actions = list(AuditEntry.objects.values_list("action", "user__username", "reason"))
    assert actions == [("revoke", "second", "tilted"), ("grant_appeal", "first", "tilted")]


def test_only_administrators_ask_and_only_with_reasons(student: Student, first: User) -> None:
    submission = submission_of(student, State.CONFIRMED)
    reviewer = user_in(Role.REVIEWER)
    assert refusal(request_revocation, submission.pk, Action.REVOKE, reviewer, NOW, TILTED) == "not_allowed"
    assert refusal(request_revocation, submission.pk, Action.REVOKE, first, NOW, ()) == "reason_unknown"
    assert refusal(request_revocation, submission.pk, Action.GRANT_APPEAL, first, NOW, TILTED) == "not_now"
    assert refusal(request_revocation, submission.pk, Action.DEQUEUE, first, NOW, TILTED) == "not_now"


def test_one_request_at_a_time_and_its_maker_cancels_it(student: Student, first: User, second: User) -> None:
    submission = submission_of(student, State.CONFIRMED)
    request = request_revocation(submission.pk, Action.REVOKE, first, NOW, TILTED)
    assert refusal(request_revocation, submission.pk, Action.REVOKE, second, NOW, TILTED) == "request_open"
    assert refusal(cancel_revocation, request.pk, second, NOW) == "not_now"
    cancel_revocation(request.pk, first, NOW)
    assert refusal(approve_revocation, request.pk, second, NOW) == "not_now"
    assert Submission.objects.get().state == State.CONFIRMED
    assert request_revocation(submission.pk, Action.REVOKE, second, NOW, TILTED).pk != request.pk


def test_the_other_administrator_declines_a_request_with_a_remark(student: Student, first: User, second: User) -> None:
    submission = submission_of(student, State.CONFIRMED)
    request = request_revocation(submission.pk, Action.REVOKE, first, NOW, TILTED, "  来自举报  ")
    assert refusal(decline_revocation, request.pk, first, NOW, "no") == "second_person"
    assert refusal(decline_revocation, request.pk, user_in(Role.REVIEWER), NOW, "no") == "not_allowed"
    assert refusal(decline_revocation, request.pk, second, NOW, " ") == "text_missing"
    decline_revocation(request.pk, second, NOW, "看过了，没有问题")
    assert refusal(approve_revocation, request.pk, second, NOW) == "not_now"
    assert refusal(cancel_revocation, request.pk, first, NOW) == "not_now"
    row = RevocationRequest.objects.get()
    assert (row.declined_by, row.decline_remark, row.internal_remark) == (second, "看过了，没有问题", "来自举报")
    assert Submission.objects.get().state == State.CONFIRMED


def test_the_internal_remark_does_not_reach_the_student(student: Student, first: User, second: User) -> None:
    submission = submission_of(student, State.CONFIRMED)
    request = request_revocation(submission.pk, Action.REVOKE, first, NOW, TILTED, "来自举报")
    approve_revocation(request.pk, second, NOW)
    notice = Notice.objects.get()
    assert (notice.event, notice.values["reasons"], notice.values["comment"]) == ("revoked", ["tilted"], "请坐直")
    assert "举报" not in str(notice.values)


def test_the_database_itself_requires_two_people(student: Student, first: User) -> None:
    row = RevocationRequest(
        submission=submission_of(student, State.CONFIRMED),
        action="revoke",
        requested_by=first,
        requested_at=NOW,
        approved_by=first,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.fixture
def station_row(db: None) -> Station:
    return a_station()


@pytest.mark.parametrize(
    ("state", "refused"), [(State.REVOKED, "submission_revoked"), (State.REJECTED, ""), (State.WITHDRAWN, "")]
)
def test_after_a_revocation_no_new_version_comes(
    state: State, refused: str, student: Student, station_row: Station
) -> None:
    submission_of(student, state)
    visit = Visit.of(student)
    delivery = IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])
    if refused:
        assert refusal(ingest, delivery, station_row, NOW) == refused
    else:
        assert ingest(delivery, station_row, NOW).version == 2


def test_a_revoked_student_is_not_expected_again(student: Student, first: User, second: User) -> None:
    Student.objects.update(state="captured")
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    request = request_revocation(submission.pk, Action.REVOKE, first, NOW, TILTED)
    approve_revocation(request.pk, second, NOW)
    student.refresh_from_db()
    assert student.state == "captured"
    with pytest.raises(ApiError):
        apply(submission.pk, Action.CONFIRM, Actor(student=student), NOW)
