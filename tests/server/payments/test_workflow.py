"""Orders in the workflow: a submission creates one, review and delivery wait for its payment, rules refund it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.payments.cash import Cashier, take_cash
from server.payments.models import Order, OrderEvent, Payment
from server.payments.refund_models import Refund
from server.records.models import Campaign, Student
from server.submissions.actor import Actor
from server.submissions.leases import claim, claim_next
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.workflow import apply, record_submitted
from tests.server.conftest import make_student
from tests.server.payments.conftest import NOW, order_of, paying_campaign
from tests.server.submissions.reviewing import approve, reject, reviewer_named, submission_of, user_in

EARLY = ("before_capture", "before_review")


def student_of(**details: object) -> Student:
    return make_student(paying_campaign(**details))


def pay(student: Student) -> Order:
    order = order_of(student)
    take_cash(order, Cashier(), NOW)
    return order


def queue(submission: Submission) -> str:
    actor = Actor(user=user_in(Role.DELIVERY, name=f"delivery{User.objects.count()}"))
    try:
        return apply(submission.pk, Action.QUEUE, actor, NOW).state
    except ApiError as error:
        return error.reason


@pytest.mark.parametrize("required", [*EARLY, "before_delivery"])
def test_delivery_waits_for_the_payment(required: str, db: None) -> None:
    student = student_of(payment_required=required)
    submission = submission_of(student, State.CONFIRMED)
    assert queue(submission) == "order_open"
    pay(student)
    assert queue(submission) == State.QUEUED


@pytest.mark.parametrize("details", [{"payment_required": "never"}, {"payer": "school"}, {"payer": "free"}])
def test_delivery_does_not_wait_where_the_student_does_not_have_to_pay(details: dict[str, str], db: None) -> None:
    assert queue(submission_of(student_of(**details), State.CONFIRMED)) == State.QUEUED


def test_a_simulated_payment_does_not_deliver_a_real_portrait(db: None) -> None:
    student = student_of()
    submission = submission_of(student, State.CONFIRMED)
    pay(student)
    Campaign.objects.update(simulated=False)
    assert queue(submission) == "order_open"
    Payment.objects.update(simulated=False)
    assert queue(submission) == State.QUEUED


@pytest.mark.parametrize("required", EARLY)
def test_the_review_waits_for_the_payment(required: str, db: None) -> None:
    student, reviewer = student_of(payment_required=required), reviewer_named("mei")
    submission = submission_of(student)
    assert claim_next(reviewer, Role.REVIEWER, NOW) is None
    with pytest.raises(ApiError) as refused:
        claim(submission.pk, reviewer, NOW)
    assert refused.value.reason == "unpaid_review"
    pay(student)
    next_submission = claim_next(reviewer, Role.REVIEWER, NOW)
    assert next_submission is not None
    assert next_submission.pk == submission.pk


def test_where_it_is_paid_before_delivery_the_review_does_not_wait(db: None) -> None:
    submission_of(student_of())
    assert claim_next(reviewer_named("mei"), Role.REVIEWER, NOW) is not None


def test_a_submission_creates_the_order_and_a_retake_no_second_one(db: None) -> None:
    student = student_of()
    first = submission_of(student)
    assert not Order.objects.exists()
    record_submitted(first, Actor(station=first.station), NOW)
    assert Order.objects.get().student == student
    order = pay(student)
    apply(first.pk, Action.WITHDRAW, Actor(student=student), NOW)
    second = submission_of(student, id="b" * 32, version=2)
    record_submitted(second, Actor(station=second.station), NOW + timedelta(days=1))
    assert Order.objects.get() == order
    assert Order.objects.get().state == "paid", "the new portrait costs nothing"
    assert not Refund.objects.exists()


def test_a_free_retake_is_noted_in_the_order(db: None) -> None:
    student = student_of(max_retakes=2)
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    pay(student)
    apply(submission.pk, Action.RETAKE, Actor(student=student), NOW)
    assert OrderEvent.objects.last().kind == "free_retake"  # type: ignore[union-attr]
    assert Order.objects.get().state == "paid"


def test_a_free_retake_after_a_rejection_names_the_reviewer(db: None) -> None:
    student, mei = student_of(), reviewer_named("mei")
    order = pay(student)
    reject(submission_of(student).pk, 0, mei, NOW)
    event = OrderEvent.objects.last()
    assert event is not None
    assert (event.order, event.kind, event.user) == (order, "free_retake", mei)


def test_an_approval_changes_no_order(db: None) -> None:
    student = student_of(refund_on_withdrawal=True, refund_on_revocation=True)
    pay(student)
    events = OrderEvent.objects.count()
    approve(submission_of(student).pk, 0, reviewer_named("mei"), NOW)
    assert (OrderEvent.objects.count(), Refund.objects.count()) == (events, 0)


@pytest.mark.parametrize("refunds", [True, False])
def test_a_withdrawal_is_refunded_by_the_campaigns_rule_alone(refunds: bool, db: None) -> None:
    student = student_of(refund_on_withdrawal=refunds)
    pay(make_student(student.campaign, 2))
    submission = submission_of(student)
    order = pay(student)
    apply(submission.pk, Action.WITHDRAW, Actor(student=student), NOW)
    found = [(refund.payment.order, refund.cause) for refund in Refund.objects.all()]
    assert found == ([(order, "withdrawn")] if refunds else [])


@pytest.mark.parametrize("refunds", [True, False])
def test_a_revocation_is_refunded_by_the_campaigns_rule_alone(refunds: bool, db: None) -> None:
    student = student_of(refund_on_revocation=refunds)
    submission = submission_of(student, State.CONFIRMED)
    pay(student)
    first, second = (user_in(Role.ADMINISTRATOR, name=name) for name in ("first", "second"))
    request = RevocationRequest.objects.create(
        submission=submission, action=Action.REVOKE.value, requested_by=first, requested_at=NOW, reasons=[]
    )
    reasons = [GivenReason("not_same_person")]
    apply(submission.pk, Action.REVOKE, Actor(user=second), NOW, reasons=reasons, request=request)
    assert [refund.cause for refund in Refund.objects.all()] == (["revoked"] if refunds else [])
