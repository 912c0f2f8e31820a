"""The plan of a delivery: who is in it, who is not and why; it is carried out only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.errors import Problem
from config.i18n import Message
from server.core.api_errors import ApiError
from server.delivery.creation import PlanChanged, create_delivery
from server.delivery.models import Delivery, DeliveryItem, Encryption
from server.delivery.planning import make_plan
from server.payments.models import Order, OrderState
from server.records.models import Campaign
from server.submissions import guards
from server.submissions.actor import Actor
from server.submissions.models import AuditEntry, Submission
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action, Guard, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.conftest import make_campaign
from tests.server.delivery.conftest import options_of, plan_and_create, portrait_of
from tests.server.payments.conftest import order_of, paying_campaign
from tests.server.submissions.reviewing import user_in

pytestmark = pytest.mark.django_db


def refusals(campaign: Campaign, user: User, template: str = "{xh}.jpg") -> dict[str, Message]:
    plan = make_plan(campaign, options_of(template), user, timezone.now())
    return {refusal.student.name: refusal.reason for refusal in plan.refusals}


def test_the_plan_has_the_confirmed_portraits_by_class(campaign: Campaign, lan: User) -> None:
    late = portrait_of(campaign, student={"class_name": "二班", "student_no": "2"})
    first = portrait_of(campaign, student={"class_name": "一班", "student_no": "9"})
    portrait_of(make_campaign("other1", simulated=False))
    plan = make_plan(campaign, options_of(), lan, timezone.now())
    assert [row.name for row in plan.rows] == ["99001/一班/9.jpg", "99001/二班/2.jpg"]
    assert [row.submission.pk for row in plan.rows] == [first.pk, late.pk]
    assert plan.rows[0].values["sfzh"] == ""


def test_whoever_cannot_be_delivered_is_listed_with_the_reason(
    campaign: Campaign, lan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait_of(campaign, student={"name": "好"})
    portrait_of(campaign, student={"name": "模拟"}, simulated=True)
    portrait_of(campaign, State.AWAITING_CONFIRMATION, student={"name": "待确认"})
    portrait_of(campaign, State.REJECTED, student={"name": "已退回"})
    portrait_of(campaign, student={"name": "无学号", "student_no": ""})
    unpaid = portrait_of(campaign, student={"name": "未付"})

    def order_open(attempt: guards.Attempt) -> None:
        if attempt.submission.pk == unpaid.pk:
            raise ApiError("refused.order_open")

    monkeypatch.setitem(guards.CHECKS, Guard.ORDER_SETTLED, order_open)
    assert refusals(campaign, lan) == {
        "模拟": Message("refused.simulated_delivery"),
        "待确认": Message("delivery.not_confirmed", {"state": Message("state.awaiting_confirmation")}),
        "无学号": Message("delivery.field_empty", {"field": "xh"}),
        "未付": Message("refused.order_open"),
    }
    plan = make_plan(campaign, options_of(), lan, timezone.now())
    assert [row.student.name for row in plan.rows] == ["好"]
    assert {message.key: count for message, count in plan.reasons}["delivery.field_empty"] == 1


def test_a_delivery_moves_its_submissions_and_nothing_else(campaign: Campaign, lan: User) -> None:
    rows = [portrait_of(campaign) for _ in range(3)]
    other = portrait_of(campaign, simulated=True)
    delivery = plan_and_create(campaign, lan)
    assert set(Submission.objects.filter(state=State.QUEUED.value)) == set(rows)
    assert Submission.objects.get(pk=other.pk).state == State.CONFIRMED.value
    entry = AuditEntry.objects.get(submission=rows[0])
    assert (entry.action, entry.role, entry.user, entry.from_state, entry.to_state) == (
        "queue", "delivery", lan, "confirmed", "queued",
    )  # fmt: skip
    assert Submission.objects.get(pk=rows[0].pk).revision == 1
    items = list(delivery.items.all())
    assert [item.position for item in items] == [0, 1, 2]
    assert items[0].portrait_sha256 == rows[0].portrait_sha256
    assert items[0].row["name"] == f"99001/一班/{rows[0].student.student_no}.jpg"
    tasks = DBTaskResult.objects.order_by("enqueued_at")
    assert [task.args_kwargs["args"] for task in tasks] == [[delivery.pk]] * 2
    assert [task.task_path.rpartition(".")[2] for task in tasks] == ["check_portraits", "pack_delivery"]


def test_a_second_press_makes_no_second_delivery(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    options, now = options_of(), timezone.now()
    fingerprint = make_plan(campaign, options, lan, now).fingerprint
    first = create_delivery(campaign, options, "form", fingerprint, lan, now)
    assert create_delivery(campaign, options, "form", fingerprint, lan, now) == first
    with pytest.raises(PlanChanged):  # another form that was opened before
        create_delivery(campaign, options, "another form", fingerprint, lan, now)
    assert (Delivery.objects.count(), DeliveryItem.objects.count()) == (1, 1)


def test_a_plan_that_changed_since_it_was_shown_is_not_carried_out(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    options, now = options_of(), timezone.now()
    fingerprint = make_plan(campaign, options, lan, now).fingerprint
    portrait_of(campaign)
    with pytest.raises(PlanChanged):
        create_delivery(campaign, options, "form", fingerprint, lan, now)
    assert not Delivery.objects.exists()
    assert not Submission.objects.filter(state=State.QUEUED.value).exists()


def test_names_that_differ_in_case_alone_stop_the_delivery(campaign: Campaign, lan: User) -> None:
    for number in ("a1", "A1", "b2"):
        portrait_of(campaign, student={"student_no": number})
    options, now = options_of("{xh}.jpg"), timezone.now()
    plan = make_plan(campaign, options, lan, now)
    assert plan.duplicates == ("A1.jpg", "a1.jpg")
    with pytest.raises(Problem, match="2 portraits"):
        create_delivery(campaign, options, "form", plan.fingerprint, lan, now)
    assert not Submission.objects.filter(state=State.QUEUED.value).exists()


def test_an_empty_plan_creates_no_delivery(campaign: Campaign, lan: User) -> None:
    options, now = options_of(), timezone.now()
    with pytest.raises(Problem) as problem:
        create_delivery(campaign, options, "form", make_plan(campaign, options, lan, now).fingerprint, lan, now)
    assert problem.value.key == "delivery.nothing"


def test_only_the_role_delivery_queues(campaign: Campaign) -> None:
    portrait_of(campaign)
    plan = make_plan(campaign, options_of(), user_in(Role.REVIEWER), timezone.now())
    assert not plan.rows
    assert plan.refusals[0].reason == Message("refused.not_allowed")


def test_names_and_numbers_are_encrypted_in_the_database(campaign: Campaign, lan: User) -> None:
    submission = portrait_of(campaign)
    delivery = plan_and_create(campaign, lan, options_of("{sfzh}.jpg", with_id_number=True))
    item = delivery.items.get()
    assert item.row["name"].endswith(f"{submission.student.last_four}.jpg")
    assert item.row["values"]["sfzh"][-4:] == submission.student.last_four
    assert submission.student.last_four not in item.row_encrypted


def test_a_password_is_made_and_encrypted(campaign: Campaign, lan: User) -> None:
    portrait_of(campaign)
    delivery = plan_and_create(campaign, lan, options_of(encryption=Encryption.ZIP_AES))
    assert delivery.password_encrypted
    assert not delivery.age_recipient


def test_what_was_taken_out_is_delivered_next_time(campaign: Campaign, lan: User) -> None:
    submission = portrait_of(campaign)
    first = plan_and_create(campaign, lan)
    now = timezone.now() + timedelta(minutes=1)
    reasons = (GivenReason("other", "同名"),)
    apply(submission.pk, Action.DEQUEUE, Actor(user=user_in(Role.ADMINISTRATOR)), now, reasons=reasons)
    second = plan_and_create(campaign, lan, key="two")
    assert second.pk != first.pk
    assert second.items.get().submission == submission


def test_where_payment_is_required_only_paid_portraits_are_delivered(
    lan: User, django_assert_max_num_queries: Any
) -> None:
    campaign = paying_campaign(simulated=False)
    submissions = [portrait_of(campaign, student={"name": name}) for name in ("已付", "未付", "没有订单")]
    for submission in submissions[:2]:
        order_of(submission.student)
    Order.objects.filter(student=submissions[0].student).update(state=OrderState.WAIVED.value)
    options, now = options_of(), timezone.now()
    with django_assert_max_num_queries(5):
        plan = make_plan(campaign, options, lan, now)
    assert [row.student.name for row in plan.rows] == ["已付"]
    assert {one.student.name: one.reason.key for one in plan.refusals} == {
        "未付": "refused.order_open", "没有订单": "refused.order_open",
    }  # fmt: skip
    assert plan_and_create(campaign, lan).items.count() == 1


def test_the_plan_reads_the_database_a_few_times(
    campaign: Campaign, lan: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        portrait_of(campaign)
    options, now = options_of(), timezone.now()
    with django_assert_max_num_queries(4):
        fingerprint = make_plan(campaign, options, lan, now).fingerprint
    with django_assert_max_num_queries(16):  # BEGIN, COMMIT, the rows, one statement for each table
        create_delivery(campaign, options, "form", fingerprint, lan, now)
