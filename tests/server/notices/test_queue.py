"""A notice is queued with the state change or not at all, once, for the right channel."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from server.notices.contacts import set_contact
from server.notices.events import EVENTS, MAKE_UP_EVENTS
from server.notices.models import Notice
from server.notices.queue import delivered_at, queue_notice
from server.notices.quiet_hours import end_of_quiet_hours
from server.notices.receipts import record_page_opened
from server.notices.sending import send_due
from server.records.models import Student
from server.submissions.models import Submission
from tests.server.notices.conftest import NOON, PHONE, ZONE, FakeProvider, at, make_submission, notices_settings

pytestmark = pytest.mark.django_db


def channel_of(notice: Notice | None) -> str:
    assert notice is not None
    return notice.channel


@pytest.mark.parametrize("event", EVENTS)
def test_only_events_with_a_deadline_use_sms(
    event: str, submission: Submission, reachable: Student, providers: dict[str, FakeProvider]
) -> None:
    deadline = event in ("rejected", "awaiting_confirmation", "confirmation_reminder", "revoked", *MAKE_UP_EVENTS)
    assert channel_of(queue_notice(event, submission, NOON)) == ("sms" if deadline else "email")


def test_without_a_contact_the_folder_is_used(submission: Submission, providers: dict[str, FakeProvider]) -> None:
    assert channel_of(queue_notice("rejected", submission, NOON)) == "folder"


def test_without_consent_a_contact_is_not_used(
    submission: Submission, student: Student, providers: dict[str, FakeProvider]
) -> None:
    set_contact(student, phone=PHONE, consent_at=None)
    assert channel_of(queue_notice("rejected", submission, NOON)) == "folder"


def test_a_simulated_submission_reaches_nobody_outside(
    student: Student, reachable: Student, providers: dict[str, FakeProvider]
) -> None:
    assert channel_of(queue_notice("rejected", make_submission(student, simulated=True), NOON)) == "folder"


def test_what_only_the_page_shows_is_delivered_when_it_is_opened(submission: Submission, settings: Any) -> None:
    notices_settings(settings, backends=())
    assert channel_of(queue_notice("awaiting_confirmation", submission, NOON)) == "page"
    assert send_due(NOON) == 0
    assert delivered_at(submission, "awaiting_confirmation") is None
    record_page_opened(submission.student, NOON + timedelta(hours=1))
    record_page_opened(submission.student, NOON + timedelta(hours=2))
    assert delivered_at(submission, "awaiting_confirmation") == NOON + timedelta(hours=1)


def test_opening_the_progress_page_delivers_it(submission: Submission, settings: Any, client: Client) -> None:
    notices_settings(settings, backends=())
    queue_notice("awaiting_confirmation", submission, NOON)
    assert client.get(f"/p/{submission.student.progress_token}").status_code == 200
    assert delivered_at(submission, "awaiting_confirmation") is not None


@pytest.mark.django_db(transaction=True)
def test_a_transition_that_is_rolled_back_queues_nothing(submission: Submission) -> None:
    with transaction.atomic():
        queue_notice("approved", submission, NOON)
        assert Notice.objects.count() == 1
        transaction.set_rollback(True)
    assert Notice.objects.count() == 0


def test_the_same_event_is_queued_once_and_a_later_one_again(submission: Submission) -> None:
    first = queue_notice("awaiting_confirmation", submission, NOON)
    assert queue_notice("awaiting_confirmation", submission, NOON) == first
    submission.revision += 1
    second = queue_notice("awaiting_confirmation", submission, NOON)
    assert second != first
    assert queue_notice("awaiting_confirmation", submission, NOON, version=submission.revision) == second


def test_only_the_latest_notice_counts_as_delivered(submission: Submission) -> None:
    queue_notice("awaiting_confirmation", submission, NOON)
    send_due(NOON)
    assert delivered_at(submission, "awaiting_confirmation") == NOON
    submission.revision += 1
    later = NOON + timedelta(days=1)
    queue_notice("awaiting_confirmation", submission, later)
    assert delivered_at(submission, "awaiting_confirmation") is None
    send_due(later)
    assert delivered_at(submission, "awaiting_confirmation") == later
    assert delivered_at(submission, "published") is None


def test_events_without_notice_and_unknown_ones(submission: Submission) -> None:
    assert queue_notice("retouching", submission, NOON) is None
    with pytest.raises(ValueError, match="rejectd"):
        queue_notice("rejectd", submission, NOON)


def test_a_muted_event_is_recorded_and_not_sent(submission: Submission, settings: Any) -> None:
    notices_settings(settings, muted=("received",))
    queue_notice("received", submission, NOON)
    assert send_due(NOON) == 0
    assert Notice.objects.get().state == "muted"


@pytest.mark.parametrize(
    ("now", "first_attempt"),
    [
        ("2026-05-20 20:59", "2026-05-20 20:59"),
        ("2026-05-20 21:00", "2026-05-21 08:00"),
        ("2026-05-20 23:59", "2026-05-21 08:00"),
        ("2026-05-21 00:00", "2026-05-21 08:00"),
        ("2026-05-21 07:59", "2026-05-21 08:00"),
        ("2026-05-21 08:00", "2026-05-21 08:00"),
    ],
)
def test_no_sms_is_sent_in_the_quiet_hours(
    now: str, first_attempt: str, submission: Submission, reachable: Student, providers: dict[str, FakeProvider]
) -> None:
    notice = queue_notice("rejected", submission, at(now))
    assert notice is not None
    assert notice.next_attempt_at == at(first_attempt)
    assert send_due(at(now)) == (now == first_attempt)
    assert send_due(at("2026-05-21 08:00")) == (now != first_attempt)


def test_the_folder_has_no_quiet_hours(submission: Submission) -> None:
    queue_notice("rejected", submission, at("2026-05-20 23:00"))
    assert send_due(at("2026-05-20 23:00")) == 1


def test_a_worker_that_is_late_does_not_send_at_night(
    submission: Submission, reachable: Student, providers: dict[str, FakeProvider]
) -> None:
    queue_notice("rejected", submission, at("2026-05-20 20:30"))
    assert send_due(at("2026-05-20 21:30")) == 0
    assert Notice.objects.get().next_attempt_at == at("2026-05-21 08:00")


def test_the_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    assert end_of_quiet_hours(NOON, time(12), time(14), ZONE) == at("2026-05-20 14:00")
    assert end_of_quiet_hours(NOON, time(13), time(14), ZONE) == NOON
    assert end_of_quiet_hours(NOON, time(0), time(0), ZONE) == NOON
