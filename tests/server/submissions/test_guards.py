"""The conditions of rules: each one refuses with its own reason, and only while it does not hold."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.records.models import Student
from server.submissions import guards
from server.submissions.actor import SERVER, Actor
from server.submissions.decisions import approve_several
from server.submissions.models import AuditEntry, Submission
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.submissions.reviewing import (
    NOW,
    TILTED,
    approve,
    claimed_by,
    reject,
    reviewer_named,
    submission_of,
    user_in,
)

pytestmark = pytest.mark.django_db


def refusal(identifier: str, action: Action, actor: Actor, **values: Any) -> str:
    with pytest.raises(ApiError) as api_error:
        apply(identifier, action, actor, NOW, **values)
    return api_error.value.reason


def with_settings(student: Student, **changes: Any) -> Student:
    for name, value in changes.items():
        setattr(student.campaign, name, value)
    student.campaign.save()
    return student


def test_a_visit_without_a_portrait_is_not_approved(student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW, "broken_off"), reviewer)
    assert refusal(submission.pk, Action.APPROVE, Actor(user=reviewer)) == "no_portrait"


def test_a_decision_needs_the_claim(student: Student) -> None:
    mei, late = user_in(Role.REVIEWER, name="mei"), user_in(Role.REVIEWER, name="late")
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), mei)
    with pytest.raises(ApiError) as api_error:
        apply(submission.pk, Action.APPROVE, Actor(user=late), NOW)
    assert (api_error.value.reason, api_error.value.values) == ("claimed", {"by": "mei"})


def test_the_identity_is_confirmed_once_for_both_reviews(student: Student) -> None:
    with_settings(student, final_review=True)
    first, final = user_in(Role.REVIEWER), user_in(Role.FINAL_REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW, identity_check="not_matched"), first)
    assert refusal(submission.pk, Action.APPROVE, Actor(user=first)) == "identity_unconfirmed"
    apply(submission.pk, Action.APPROVE, Actor(user=first), NOW, identity_confirmed=True)
    assert AuditEntry.objects.get().comment == "identity_confirmed"
    claimed_by(Submission.objects.get(), final)
    assert apply(submission.pk, Action.APPROVE, Actor(user=final), NOW).state == State.CONFIRMED
    comments = list(AuditEntry.objects.values_list("comment", flat=True))
    assert comments == ["identity_confirmed", ""], "the final reviewer did not confirm it"


def test_a_confirmation_of_an_identity_that_nobody_doubts_is_not_audited(student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW, identity_check="matched"), reviewer)
    apply(submission.pk, Action.APPROVE, Actor(user=reviewer), NOW, identity_confirmed=True)
    assert AuditEntry.objects.get().comment == ""


def test_the_audit_records_that_one_person_approved_and_how_the_identity_was_checked(student: Student) -> None:
    with_settings(student, final_review=True, four_eyes=False)
    mei = reviewer_named("mei")
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW, identity_check="not_matched"), mei)
    apply(submission.pk, Action.APPROVE, Actor(user=mei), NOW, identity_confirmed=True)
    claimed_by(Submission.objects.get(), mei)
    apply(submission.pk, Action.APPROVE, Actor(user=mei), NOW, identity_confirmed=True)
    comments = list(AuditEntry.objects.values_list("comment", flat=True))
    assert comments == ["identity_confirmed", "identity_confirmed one_person"]


def test_an_identity_in_doubt_is_not_approved_together_with_others(student: Student) -> None:
    mei = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW, identity_check="not_matched"), mei)
    approved, refused = approve_several({submission.pk: 0}, mei, NOW, lambda one: None)
    assert (approved, refused[submission.pk].reason) == ([], "identity_unconfirmed")


def test_the_audit_records_a_confirmed_identity_only_with_an_approval(student: Student) -> None:
    """The same comment on a retouch or a claim would count as a confirmation of the identity."""
    with_settings(student, final_review=True, four_eyes=False)
    mei = user_in(Role.RETOUCHER, Role.FINAL_REVIEWER, name="mei")
    submission = claimed_by(submission_of(student, State.RETOUCHING, identity_check="not_matched"), mei)
    apply(submission.pk, Action.SKIP_RETOUCH, Actor(user=mei), NOW, identity_confirmed=True)
    apply(submission.pk, Action.CLAIM, Actor(user=mei), NOW)
    assert list(AuditEntry.objects.values_list("action", "comment")) == [("skip_retouch", ""), ("claim", "")]


def test_a_campaign_without_retouching_refuses_a_request_for_it(student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    assert refusal(submission.pk, Action.REQUEST_RETOUCH, Actor(user=reviewer), reasons=TILTED) == "no_retouching"


@pytest.mark.parametrize("portrait", [None, "2" * 64])
def test_a_retouched_portrait_is_another_file(portrait: str | None, student: Student) -> None:
    retoucher = user_in(Role.RETOUCHER)
    submission = claimed_by(submission_of(student, State.RETOUCHING), retoucher)
    values = {"portrait_sha256": portrait}
    assert refusal(submission.pk, Action.SUBMIT_RETOUCH, Actor(user=retoucher), **values) == "new_portrait_missing"


@pytest.mark.parametrize("four_eyes", [True, False])
def test_the_final_review_needs_another_person(four_eyes: bool, student: Student) -> None:
    """Unless the campaign allows one person; then the audit records it."""
    with_settings(student, final_review=True, four_eyes=four_eyes)
    mei, submission = reviewer_named("mei"), submission_of(student)
    approve(submission.pk, 0, mei, NOW)
    if four_eyes:
        with pytest.raises(ApiError) as api_error:
            approve(submission.pk, 2, mei, NOW)
        assert api_error.value.reason == "four_eyes"
        assert approve(submission.pk, 2, reviewer_named("late"), NOW).state == State.CONFIRMED
    else:
        assert approve(submission.pk, 2, mei, NOW).state == State.CONFIRMED
    comments = list(AuditEntry.objects.filter(action="approve").values_list("comment", flat=True))
    assert comments == ["", "" if four_eyes else "one_person"]


@pytest.mark.parametrize("action", [Action.SUBMIT_RETOUCH, Action.SKIP_RETOUCH])
def test_who_retouched_or_found_nothing_to_retouch_does_not_approve(action: Action, student: Student) -> None:
    both = user_in(Role.RETOUCHER, Role.FINAL_REVIEWER)
    submission = claimed_by(submission_of(student, State.RETOUCHING), both)
    apply(submission.pk, action, Actor(user=both), NOW, portrait_sha256="3" * 64)
    claimed_by(Submission.objects.get(), both)
    assert refusal(submission.pk, Action.APPROVE, Actor(user=both)) == "four_eyes"


def test_who_sent_it_back_may_approve_it_later(student: Student) -> None:
    with_settings(student, retouch="on_request")
    final, retoucher = user_in(Role.FINAL_REVIEWER), user_in(Role.RETOUCHER)
    submission = claimed_by(submission_of(student, State.FINAL_REVIEW), final)
    apply(submission.pk, Action.SEND_BACK, Actor(user=final), NOW, reasons=TILTED)
    claimed_by(Submission.objects.get(), retoucher)
    apply(submission.pk, Action.SUBMIT_RETOUCH, Actor(user=retoucher), NOW, portrait_sha256="3" * 64)
    claimed_by(Submission.objects.get(), final)
    assert apply(submission.pk, Action.APPROVE, Actor(user=final), NOW).state == State.CONFIRMED


def test_retakes_are_counted_over_all_versions(student: Student) -> None:
    first = submission_of(student, State.AWAITING_CONFIRMATION)
    apply(first.pk, Action.RETAKE, Actor(student=student), NOW)
    second = submission_of(student, State.AWAITING_CONFIRMATION, id="b" * 32, version=2)
    assert refusal(second.pk, Action.RETAKE, Actor(student=student)) == "no_retakes_left"
    with_settings(student, max_retakes=2)
    assert apply(second.pk, Action.RETAKE, Actor(student=student), NOW).state == State.WITHDRAWN


@pytest.mark.parametrize("state", [State.RECEIVED, State.FIRST_REVIEW])
def test_a_finished_visit_is_not_superseded(state: State, student: Student) -> None:
    assert refusal(submission_of(student, state).pk, Action.SUPERSEDE, SERVER) == "not_now"


def test_only_a_settled_order_is_delivered(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    submission, delivery = submission_of(student, State.CONFIRMED), Actor(user=user_in(Role.DELIVERY))
    with monkeypatch.context() as unpaid:
        unpaid.setattr(guards, "order_settled", lambda _: False)
        assert refusal(submission.pk, Action.QUEUE, delivery) == "order_open"
    assert apply(submission.pk, Action.QUEUE, delivery, NOW).state == State.QUEUED


def test_a_simulated_portrait_is_not_delivered(student: Student) -> None:
    submission = submission_of(student, State.CONFIRMED, simulated=True)
    assert refusal(submission.pk, Action.QUEUE, Actor(user=user_in(Role.DELIVERY))) == "simulated_delivery"


def test_nobody_revokes_alone(student: Student) -> None:
    submission, root = submission_of(student, State.CONFIRMED), User.objects.create(username="root", is_superuser=True)
    assert refusal(submission.pk, Action.REVOKE, Actor(user=root), reasons=TILTED) == "second_person"


def test_the_student_withdraws_until_somebody_has_decided(student: Student, settings: Any) -> None:
    review = settings.APP.review.model_copy(update={"undo_seconds": 30})
    settings.APP = settings.APP.model_copy(update={"review": review})
    submission = submission_of(student)
    reject(submission.pk, 0, user_in(Role.REVIEWER), NOW)
    assert refusal(submission.pk, Action.WITHDRAW, Actor(student=student)) == "decision_pending"


def test_what_was_handed_over_is_not_taken_out_of_the_delivery(student: Student) -> None:
    administrator = user_in(Role.ADMINISTRATOR)
    submission = submission_of(student, State.QUEUED, handed_over_at=NOW)
    assert refusal(submission.pk, Action.DEQUEUE, Actor(user=administrator), reasons=TILTED) == "handed_over"
    Submission.objects.update(handed_over_at=None)
    dequeued = apply(submission.pk, Action.DEQUEUE, Actor(user=administrator), NOW, reasons=TILTED)
    assert dequeued.state == State.CONFIRMED
