"""A decision takes effect after thirty seconds; until then its reviewer may take it back, and nothing is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.roster_payload import StudentState
from server.core.api_errors import ApiError
from server.members.models import Membership
from server.portal.progress import progress_of
from server.records.models import Student
from server.stations.models import Station
from server.submissions import effects
from server.submissions.actor import Actor
from server.submissions.clock import run_due_transitions
from server.submissions.decisions import decide, settle_due_decisions, take_back
from server.submissions.incoming_files import IncomingSubmission
from server.submissions.intake import ingest
from server.submissions.leases import release_expired_leases, renew
from server.submissions.models import AuditEntry, PendingDecision, Submission
from server.submissions.reasons import MAX_COMMENT_LENGTH, GivenReason
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.conftest import make_student
from tests.server.station_client import Visit
from tests.server.submissions.reviewing import NOW, approve, reject, reviewer_named, submission_of, user_in

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
DUE = NOW + 30 * SECOND


@pytest.fixture
def undo(settings: Any) -> None:
    review = settings.APP.review.model_copy(update={"undo_seconds": 30})
    settings.APP = settings.APP.model_copy(update={"review": review})


@pytest.fixture
def mei() -> User:
    return reviewer_named("mei")


def refusal(call: Any, *arguments: Any, **named: Any) -> ApiError:
    with pytest.raises(ApiError) as api_error:
        call(*arguments, **named)
    return api_error.value


def test_nothing_happens_before_the_time_is_over(
    undo: None, student: Student, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Student.objects.update(state=StudentState.CAPTURED.value)
    submission = submission_of(student)
    reject(submission.pk, 0, mei, NOW, "other", " 请重拍 ")
    actions: list[str] = []
    monkeypatch.setattr(effects, "EFFECTS", (lambda transition: actions.append(transition.rule.action),))
    assert settle_due_decisions(DUE - SECOND) == 0
    student.refresh_from_db()
    assert (Submission.objects.get().state, student.state, actions) == ("first_review", "captured", [])
    assert progress_of(student).headline == "progress.received"
    assert settle_due_decisions(DUE) == 1
    student.refresh_from_db()
    row = Submission.objects.get()
    assert (row.state, row.reason, row.comment) == ("rejected", "other", "请重拍")
    assert (student.state, actions) == ("expected", ["reject"])
    assert settle_due_decisions(DUE) == 0


def test_a_decision_is_taken_back_and_another_one_made(undo: None, student: Student, mei: User) -> None:
    submission = submission_of(student)
    reject(submission.pk, 0, mei, NOW)
    restored = take_back(submission.pk, mei, DUE - SECOND)
    assert (restored.state, restored.claimed_by_id) == ("first_review", mei.pk)
    assert settle_due_decisions(DUE) == 0
    approve(submission.pk, restored.revision, mei, DUE)
    assert settle_due_decisions(DUE + 30 * SECOND) == 1
    assert Submission.objects.get().state == State.CONFIRMED
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["claim", "approve"]


def test_only_its_reviewer_takes_a_decision_back_and_only_in_time(undo: None, student: Student, mei: User) -> None:
    submission = submission_of(student)
    assert refusal(take_back, submission.pk, mei, NOW).reason == "nothing_to_take_back"
    approve(submission.pk, 0, mei, NOW)
    assert refusal(take_back, submission.pk, reviewer_named("late"), NOW).reason == "not_allowed"
    assert refusal(take_back, submission.pk, mei, DUE).reason == "nothing_to_take_back"
    settle_due_decisions(DUE)
    assert refusal(take_back, submission.pk, mei, NOW).reason == "nothing_to_take_back"


def test_a_pending_decision_blocks_other_actions(undo: None, student: Student, mei: User) -> None:
    submission, late = submission_of(student), reviewer_named("late")
    approve(submission.pk, 0, mei, NOW)
    error = refusal(reject, submission.pk, 1, late, NOW)
    assert (error.reason, error.values) == ("decided_already", {"by": "mei"})
    assert release_expired_leases(NOW + timedelta(hours=1)) == 0
    assert not renew(submission.pk, mei, NOW)
    assert refusal(apply, submission.pk, Action.RELEASE, Actor(user=mei), NOW).reason == "decision_pending"


def test_a_pending_decision_has_no_effect_if_its_reviewer_loses_the_role(
    undo: None, student: Student, mei: User
) -> None:
    approve(submission_of(student).pk, 0, mei, NOW)
    Membership.objects.all().delete()
    assert settle_due_decisions(DUE) == 0
    row = Submission.objects.get()
    assert (row.state, row.claimed_by, PendingDecision.objects.count()) == ("received", None, 0)


def test_a_final_decision_can_be_taken_back_too(undo: None, student: Student) -> None:
    final = user_in(Role.FINAL_REVIEWER)
    submission = submission_of(student, State.FINAL_REVIEW)
    approve(submission.pk, 0, final, NOW)
    assert take_back(submission.pk, final, NOW).state == State.FINAL_REVIEW
    approve(submission.pk, 1, final, NOW)
    assert run_due_transitions(DUE) == 1
    assert Submission.objects.get().state == State.CONFIRMED


def test_a_finished_visit_replaces_an_interrupted_one_that_was_just_decided(
    undo: None, student: Student, mei: User, station_row: Station
) -> None:
    first = ingest(delivery(Visit.of(student, outcome=VisitOutcome.INTERRUPTED)), station_row, NOW)
    reject(first.pk, 0, mei, NOW)
    ingest(delivery(Visit.of(student, seed=2)), station_row, NOW)
    assert settle_due_decisions(DUE) == 0
    assert set(Submission.objects.values_list("version", "state")) == {(1, "superseded"), (2, "received")}


@pytest.fixture
def station_row(db: None) -> Station:
    return Station.objects.create(name="一号站", token_hash="9" * 64, paired_at=NOW)


def delivery(visit: Visit) -> IncomingSubmission:
    return IncomingSubmission(visit.envelope.model_dump_json(), [visit.shot], [visit.portrait or b""])


def test_a_broken_off_visit_that_is_approved_counts(student: Student, mei: User, station_row: Station) -> None:
    interrupted = ingest(delivery(Visit.of(student, outcome=VisitOutcome.INTERRUPTED)), station_row, NOW)
    assert progress_of(student).headline == "progress.nothing"
    approve(interrupted.pk, 0, mei, NOW)
    student.refresh_from_db()
    assert (student.state, progress_of(student).headline) == (StudentState.CAPTURED.value, "progress.confirmed")


# Without the thirty seconds, a decision takes effect immediately.


def test_a_decision_on_a_changed_submission_is_refused(student: Student, mei: User) -> None:
    """The submission is still undecided, but it is not the revision that the reviewer saw."""
    submission = submission_of(student)
    assert refusal(approve, submission.pk, 1, mei, NOW).reason == "decided_already"
    assert Submission.objects.get().state == State.RECEIVED


def test_a_decided_submission_is_not_decided_again_at_the_same_revision(student: Student, mei: User) -> None:
    assert refusal(approve, submission_of(student, State.CONFIRMED).pk, 0, mei, NOW).reason == "decided_already"


def test_a_refused_decision_does_not_keep_the_claim(student: Student, mei: User) -> None:
    submission = submission_of(student, kind="broken_off")
    assert refusal(approve, submission.pk, 0, mei, NOW).reason == "no_portrait"
    row = Submission.objects.get()
    assert (row.state, row.claimed_by, row.revision) == ("received", None, 0)


def test_a_user_who_may_not_decide_is_refused_for_that_reason(student: Student) -> None:
    submission, staff = submission_of(student), User.objects.create(username="staff", is_staff=True)
    assert refusal(approve, submission.pk, 0, staff, NOW).reason == "not_allowed"


@pytest.mark.parametrize("action", ["publish", "claim", "delete", ""])
def test_not_every_action_is_a_decision(action: str, student: Student, mei: User) -> None:
    assert refusal(decide, submission_of(student).pk, action, 0, mei, NOW).reason == "not_now"


def test_a_comment_may_be_as_long_as_stated_and_no_longer(student: Student, mei: User) -> None:
    submission, longest = submission_of(student), "字" * MAX_COMMENT_LENGTH
    error = refusal(reject, submission.pk, 0, mei, NOW, "tilted", longest + "字")
    assert (error.reason, error.values) == ("comment_long", {"limit": MAX_COMMENT_LENGTH})
    reject(submission.pk, 0, mei, NOW, "tilted", longest)
    assert Submission.objects.get().comment == longest


def test_without_an_earlier_decision_nobody_is_named(student: Student, mei: User) -> None:
    """The page was older than the submission's present state, and the audit log does not record who changed it."""
    assert refusal(approve, submission_of(student).pk, 7, mei, NOW).values == {"by": "-"}


def test_who_acted_last_on_this_submission_is_named(student: Student, mei: User) -> None:
    submission, late = submission_of(student), reviewer_named("late")
    approve(submission.pk, 0, mei, NOW)
    approve(submission_of(make_student(student.campaign, 2), id="b" * 32).pk, 0, late, NOW)
    assert refusal(approve, submission.pk, 0, late, NOW).values == {"by": "mei"}


def test_a_decision_returns_the_decided_submission(student: Student, mei: User) -> None:
    decided = approve(submission_of(student).pk, 0, mei, NOW)
    assert (decided.pk, decided.state, decided.revision, decided.claimed_by) == ("a" * 32, "confirmed", 2, None)


def test_retouching_is_requested_with_reasons(student: Student, mei: User) -> None:
    student.campaign.retouch = "on_request"
    student.campaign.save()
    submission = submission_of(student)
    assert refusal(decide, submission.pk, "request_retouch", 0, mei, NOW).reason == "reason_unknown"
    decided = decide(submission.pk, "request_retouch", 0, mei, NOW, reasons=[GivenReason("black_edge")])
    assert decided.state == State.RETOUCHING
