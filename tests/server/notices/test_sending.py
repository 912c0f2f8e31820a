"""Retries, the next channel, and crashes: no notice is lost or sent twice."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import connection

from server.notices.contacts import set_contact
from server.notices.models import Notice
from server.notices.queue import delivered_at, queue_notice
from server.notices.receipts import collect_receipts, record_receipt
from server.notices.senders.sender import SendFailed, Undeliverable
from server.notices.sending import LEASE, RETRY_DELAYS, send_due
from server.records.models import Student
from server.submissions.models import Submission
from tests.server.notices.conftest import EMAIL, NOON, PHONE, FakeProvider, make_submission

pytestmark = pytest.mark.django_db
Providers = dict[str, FakeProvider]


class Killed(BaseException):
    """Raised where the process is killed; nothing runs after it."""


def rows() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("id").values_list("channel", "state"))


def test_a_notice_is_sent_once(submission: Submission, reachable: Student, providers: Providers) -> None:
    queue_notice("rejected", submission, NOON)
    assert [send_due(NOON), send_due(NOON + timedelta(days=1))] == [1, 0]
    [message] = providers["sms"].messages
    assert message.address == f"+86{PHONE}"
    assert rows() == [("sms", "sent")]


def test_failures_are_retried_and_then_the_next_channel_is_used(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    providers["sms"].before = [SendFailed("Throttled") for _ in range(9)]
    queue_notice("rejected", submission, NOON)
    now = NOON
    for delay in RETRY_DELAYS:
        assert send_due(now) == 1
        assert send_due(now + delay - timedelta(seconds=1)) == 0
        now += delay
    assert send_due(now) == 1
    assert providers["sms"].attempts == 5
    assert rows() == [("sms", "given_up"), ("email", "queued")]
    assert Notice.objects.get(channel="sms").why == "Throttled"
    send_due(now)
    assert [message.address for message in providers["email"].messages] == [EMAIL]


def test_a_retry_waits_for_the_end_of_the_quiet_hours(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    providers["sms"].before = [SendFailed("Throttled")]
    late = NOON.replace(hour=20, minute=59, second=30)
    queue_notice("rejected", submission, late)
    send_due(late)
    assert Notice.objects.get().next_attempt_at == NOON.replace(day=21, hour=8)


def test_after_an_invalid_address_the_next_channel_is_used_immediately(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    providers["sms"].before = [Undeliverable("IncorrectPhoneNumber")]
    providers["email"].before = [Undeliverable("550")]
    queue_notice("rejected", submission, NOON)
    assert [send_due(NOON) for _ in range(4)] == [1, 1, 1, 0]
    assert rows() == [("sms", "failed"), ("email", "failed"), ("folder", "delivered")]


def test_a_contact_that_was_withdrawn_is_not_used(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    queue_notice("rejected", submission, NOON)
    set_contact(reachable, consent_at=None)
    send_due(NOON)
    assert rows() == [("sms", "failed"), ("folder", "queued")]
    assert providers["sms"].attempts == 0


@pytest.mark.parametrize("sent", [False, True])
def test_a_process_killed_while_sending_loses_nothing_and_sends_nothing_twice(
    sent: bool, submission: Submission, reachable: Student, providers: Providers
) -> None:
    provider = providers["sms"]
    (provider.after if sent else provider.before).append(Killed())
    queue_notice("rejected", submission, NOON)
    with pytest.raises(Killed):
        send_due(NOON)
    assert len(provider.messages) == sent
    assert send_due(NOON + LEASE - timedelta(seconds=1)) == 0, "another worker may still be sending"
    assert send_due(NOON + LEASE) == 1
    assert len(provider.messages) == 1
    assert rows() == [("sms", "sent")]


def test_the_claim_is_committed_before_anything_is_sent(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    during_attempt: list[object] = []
    depth = len(connection.savepoint_ids)
    providers["sms"].during = lambda: during_attempt.extend(
        [Notice.objects.values_list("claimed_until", "attempts").get(), len(connection.savepoint_ids)]
    )
    queue_notice("rejected", submission, NOON)
    send_due(NOON)
    assert during_attempt == [(NOON + LEASE, 1), depth]


def test_a_timeout_after_sending_sends_nothing_twice(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    providers["sms"].after = [TimeoutError()]
    queue_notice("rejected", submission, NOON)
    send_due(NOON)
    assert rows() == [("sms", "queued")]
    send_due(NOON + RETRY_DELAYS[0])
    assert len(providers["sms"].messages) == 1
    assert rows() == [("sms", "sent")]


def test_every_attempt_has_the_same_key(submission: Submission, reachable: Student, providers: Providers) -> None:
    provider = providers["sms"]
    provider.after = [TimeoutError()]
    queue_notice("rejected", submission, NOON)
    send_due(NOON)
    provider.was_sent = lambda notice: False  # type: ignore[method-assign] # a provider without this information
    send_due(NOON + RETRY_DELAYS[0])
    assert len({message.key for message in provider.messages}) == 1
    assert len(provider.messages) == 2


def test_an_unknown_outcome_stays_unknown_while_the_provider_does_not_respond(
    submission: Submission, reachable: Student, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = providers["sms"]
    provider.after = [TimeoutError()]
    queue_notice("rejected", submission, NOON)
    send_due(NOON)

    def fail(notice: object) -> bool:
        raise SendFailed("LimitExceeded")

    with monkeypatch.context() as patch:
        patch.setattr(provider, "was_sent", fail)
        send_due(NOON + RETRY_DELAYS[0])
    send_due(NOON + RETRY_DELAYS[0] + RETRY_DELAYS[1])
    assert len(provider.messages) == 1
    assert rows() == [("sms", "sent")]


def test_two_workers_send_one_notice_once(submission: Submission, reachable: Student, providers: Providers) -> None:
    providers["sms"].during = lambda: send_due(NOON)
    queue_notice("rejected", submission, NOON)
    send_due(NOON)
    assert providers["sms"].attempts == 1


def test_a_worker_whose_claim_expired_does_not_overwrite_the_result_of_another(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    provider = providers["sms"]

    def let_another_worker_send() -> None:
        provider.during = lambda: None
        send_due(NOON + LEASE)

    provider.during = let_another_worker_send
    provider.before = []
    queue_notice("rejected", submission, NOON)
    provider.after = []
    send_due(NOON)
    assert Notice.objects.get().sent_at == NOON + LEASE


def test_a_notice_that_kills_every_worker_is_given_up(
    submission: Submission, reachable: Student, providers: Providers
) -> None:
    providers["sms"].before = [Killed() for _ in range(9)]
    queue_notice("rejected", submission, NOON)
    for attempt in range(5):
        with pytest.raises(Killed):
            send_due(NOON + attempt * LEASE)
    send_due(NOON + 5 * LEASE)
    assert rows() == [("sms", "given_up"), ("email", "queued")]


def test_one_failing_notice_does_not_stop_the_others(
    student: Student, reachable: Student, providers: Providers
) -> None:
    submissions = [make_submission(student, state=state) for state in ("rejected", "rejected")]
    providers["sms"].before = [RuntimeError("a bug")]
    for submission in submissions:
        queue_notice("rejected", submission, NOON)
    assert send_due(NOON) == 2
    assert len(providers["sms"].messages) == 1


def test_no_address_is_logged(
    submission: Submission, reachable: Student, providers: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    providers["sms"].before = [RuntimeError(f"cannot reach +86{PHONE}")]
    queue_notice("rejected", submission, NOON)
    send_due(NOON)
    send_due(NOON + RETRY_DELAYS[0])
    assert "outcome unknown" in caplog.text
    assert PHONE not in caplog.text
    notice = Notice.objects.get()
    assert (notice.recipient, PHONE in notice.why) == ("138****5678", False)


def test_a_receipt_settles_a_notice(submission: Submission, reachable: Student, providers: Providers) -> None:
    notice = queue_notice("awaiting_confirmation", submission, NOON)
    assert notice is not None
    assert not record_receipt(notice.key, True, NOON), "nothing was sent yet"
    send_due(NOON)
    assert delivered_at(submission, "awaiting_confirmation") is None
    later = NOON + timedelta(minutes=10)
    assert collect_receipts(later) == 0
    providers["sms"].receipts[notice.key] = True
    assert collect_receipts(later) == 0, "requested a moment ago"
    assert collect_receipts(later + timedelta(minutes=10)) == 1
    assert delivered_at(submission, "awaiting_confirmation") == later + timedelta(minutes=10)


@pytest.mark.parametrize("receipt", [False, None])
def test_an_sms_that_did_not_arrive_is_replaced_by_an_e_mail(
    receipt: bool | None, submission: Submission, reachable: Student, providers: Providers
) -> None:
    notice = queue_notice("rejected", submission, NOON)
    assert notice is not None
    send_due(NOON)
    if receipt is not None:
        providers["sms"].receipts[notice.key] = receipt
    collect_receipts(NOON + timedelta(hours=71))
    assert len(rows()) == (1 if receipt is None else 2)
    collect_receipts(NOON + timedelta(hours=73))
    assert rows() == [("sms", "failed"), ("email", "queued")]


def test_an_e_mail_counts_as_delivered_after_a_day_unless_it_comes_back(
    submission: Submission, student: Student, providers: Providers
) -> None:
    set_contact(student, email=EMAIL, consent_at=NOON)
    notice = queue_notice("awaiting_confirmation", submission, NOON)
    assert notice is not None
    send_due(NOON)
    day = timedelta(hours=24)
    assert collect_receipts(NOON + day - timedelta(seconds=1)) == 0
    assert collect_receipts(NOON + day) == 1
    assert delivered_at(submission, "awaiting_confirmation") == NOON + day
    assert record_receipt(notice.key, False, NOON + 2 * day, "550 no such user")
    assert delivered_at(submission, "awaiting_confirmation") is None
    assert rows() == [("email", "failed"), ("folder", "queued")]
