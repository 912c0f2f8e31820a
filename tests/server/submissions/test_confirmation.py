"""Confirmation without an answer: only once the student was reached, had their days, and was reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from server.core.api_errors import ApiError
from server.notices.models import Notice
from server.records.models import Student
from server.submissions.actor import SERVER, Actor
from server.submissions.clock import run_due_transitions
from server.submissions.models import Submission
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.review.test_review_pages import create_received
from tests.server.submissions.reviewing import approve, submission_of, user_in

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 5, 11, 1, 0, tzinfo=UTC)  # nine o'clock at the school, in a week without holidays
DAY = timedelta(days=1)


@pytest.fixture
def awaiting(student: Student) -> Submission:
    student.campaign.confirmation = True
    student.campaign.save()
    submission = approve(submission_of(student).pk, 0, user_in(Role.REVIEWER), MONDAY)
    Notice.objects.update(channel="page")
    return submission


def state() -> str:
    return Submission.objects.get().state


def sent_by_sms() -> Notice:
    Notice.objects.filter(event="awaiting_confirmation").update(channel="sms")
    return Notice.objects.get(event="awaiting_confirmation")


def test_a_student_who_reads_the_page_has_three_working_days_and_a_reminder(awaiting: Submission) -> None:
    until = awaiting.confirm_until
    assert until is not None
    assert MONDAY + 2 * DAY < until < MONDAY + 3 * DAY
    run_due_transitions(until - DAY - timedelta(seconds=1))
    assert not Notice.objects.filter(event="confirmation_reminder").exists()
    for _ in range(2):
        run_due_transitions(until - DAY)
    assert Notice.objects.filter(event="confirmation_reminder").count() == 1
    run_due_transitions(until - timedelta(seconds=1))
    assert state() == "awaiting_confirmation"
    run_due_transitions(until)
    assert state() == "confirmed"


def test_a_server_that_was_off_reminds_first(awaiting: Submission) -> None:
    late = MONDAY + 30 * DAY
    run_due_transitions(late)
    run_due_transitions(late + DAY - timedelta(seconds=1))
    assert state() == "awaiting_confirmation"
    run_due_transitions(late + DAY)
    assert state() == "confirmed"


def test_a_notice_that_did_not_arrive_starts_no_deadline(awaiting: Submission) -> None:
    notice = sent_by_sms()
    run_due_transitions(MONDAY + 30 * DAY)
    assert not Notice.objects.filter(event="confirmation_reminder").exists()
    with pytest.raises(ApiError) as refused:
        apply(awaiting.pk, Action.CONFIRM_BY_DEADLINE, SERVER, MONDAY + 40 * DAY)
    assert refused.value.reason == "too_early"
    Notice.objects.filter(pk=notice.pk).update(delivered_at=MONDAY + 35 * DAY)  # again a Monday
    run_due_transitions(MONDAY + 36 * DAY)
    assert not Notice.objects.filter(event="confirmation_reminder").exists(), "the days begin with the delivery"
    run_due_transitions(MONDAY + 37 * DAY)
    run_due_transitions(MONDAY + 38 * DAY)
    assert state() == "confirmed"


def test_an_answer_ends_the_waiting(awaiting: Submission, student: Student) -> None:
    apply(awaiting.pk, Action.RETAKE, Actor(student=student), MONDAY)
    assert run_due_transitions(MONDAY + 30 * DAY) == 0
    assert state() == State.WITHDRAWN


@pytest.fixture
def phone(client: Client, student: Student) -> Client:
    """A client; the portrait awaits the student's answer on their progress page."""
    create_received(student)
    Submission.objects.update(state=State.AWAITING_CONFIRMATION.value)
    return client


def unlocked_page(client: Client, student: Student) -> str:
    client.post(f"/p/{student.progress_token}/unlock", {"last_four": student.last_four})
    return client.get(f"/p/{student.progress_token}?lang=en").content.decode()


FORM = {"version": "1", "revision": "0"}


@pytest.mark.parametrize(("action", "after"), [("confirm", "confirmed"), ("retake", "withdrawn")])
def test_the_student_answers_on_the_page(action: str, after: str, phone: Client, student: Student) -> None:
    address = f"/p/{student.progress_token}/{action}"
    assert phone.post(address, FORM).status_code == 403, "still locked"
    assert f'id="{action}"' in unlocked_page(phone, student)
    assert phone.post(f"/p/{student.progress_token}/publish", FORM).status_code == 404
    assert phone.post(address, FORM).status_code == 302
    assert state() == after
    assert f'id="{action}"' not in phone.get(f"/p/{student.progress_token}").content.decode()


def test_without_retakes_there_is_no_button_and_a_request_is_refused(phone: Client, student: Student) -> None:
    student.campaign.max_retakes = 0
    student.campaign.save()
    assert 'id="retake"' not in unlocked_page(phone, student)
    page = phone.post(f"/p/{student.progress_token}/retake", FORM, follow=True)
    assert state() == "awaiting_confirmation"
    assert "Your retakes are used up" in page.content.decode()
