"""Second looks: drawn once a night, blind, by somebody else, without any effect on the submission."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from server.jobs.periodic import PERIODIC_JOBS
from server.members.models import Role
from server.records.models import Campaign
from server.records.scope import Scope
from server.review.models import SecondLook
from server.review.second_looks import draw_second_looks, waiting_for_look
from server.submissions.models import AuditEntry, Submission
from tests.server.conftest import make_campaign
from tests.server.review.queue_data import fill_queue, member, signed_in

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 5, 4, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
NIGHT = EVENING + timedelta(hours=1)


@pytest.fixture
def mei(db: None) -> User:
    return member("mei")


@pytest.fixture
def other(db: None) -> User:
    return member("other")


def create_approved(campaign: Campaign, user: User, count: int, at: datetime = EVENING, first: int = 1) -> list[str]:
    ids = fill_queue(campaign, count, first=first, state="confirmed", first_reviewer=user)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            submission_id=pk, at=at, user=user, action="approve", from_state="first_review", to_state="confirmed"
        )
        for pk in ids
    )
    return ids


def set_size(settings: Any, size: int) -> None:
    review = settings.APP.review.model_copy(update={"second_looks": size})
    settings.APP = settings.APP.model_copy(update={"review": review})


def test_each_reviewer_gets_as_many_once_a_night(campaign: Campaign, mei: User, other: User, settings: Any) -> None:
    assert settings.APP.review.second_looks == 32
    create_approved(campaign, mei, 40)
    create_approved(campaign, other, 5, first=100)
    assert draw_second_looks(EVENING) == 0, "the day is not over"
    assert draw_second_looks(NIGHT) == 32 + 5
    assert draw_second_looks(NIGHT + timedelta(hours=1)) == 0
    rows = SecondLook.objects.filter(reviewer=mei)
    assert len(set(rows.values_list("submission", flat=True))) == 32
    assert {str(day) for day in rows.values_list("day", flat=True)} == {"2026-05-04"}


def test_rejections_are_not_drawn_and_missed_days_are(campaign: Campaign, mei: User) -> None:
    [rejected] = fill_queue(campaign, 1, first=50, state="rejected")
    AuditEntry.objects.create(submission_id=rejected, at=EVENING, user=mei, action="reject", to_state="rejected")
    ids = create_approved(campaign, mei, 2, EVENING - timedelta(days=3))
    assert draw_second_looks(NIGHT) == 2
    assert set(SecondLook.objects.values_list("submission", flat=True)) == set(ids)


def test_none_are_drawn_if_the_setting_is_zero(campaign: Campaign, mei: User, settings: Any) -> None:
    set_size(settings, 0)
    create_approved(campaign, mei, 3)
    assert draw_second_looks(NIGHT) == 0


def test_somebody_else_looks_without_the_decision_and_nothing_changes(
    campaign: Campaign, mei: User, other: User
) -> None:
    [identifier] = create_approved(campaign, mei, 1)
    draw_second_looks(NIGHT)
    before = Submission.objects.values().get()
    assert "Nothing to look at" in page_of(mei), "not one's own approval"
    page = page_of(other)
    assert identifier in page
    assert "mei" not in page
    assert "Confirmed" not in page
    assert 'id="report"' not in page
    look = SecondLook.objects.get()
    answer = signed_in(other).post(f"/review/second-looks/{look.pk}", {"answer": "not_fine", "reason": "tilted"})
    assert answer.status_code == 302
    look.refresh_from_db()
    assert (look.is_fine, look.reason, look.looked_by) == (False, "tilted", other)
    assert Submission.objects.values().get() == before
    assert AuditEntry.objects.count() == 1


def test_only_the_lead_of_the_scope_sees_disagreements(campaign: Campaign, mei: User, other: User) -> None:
    [identifier] = create_approved(campaign, mei, 1, timezone.now() - timedelta(days=1))
    draw_second_looks(timezone.now())
    look = SecondLook.objects.get()
    signed_in(other).post(f"/review/second-looks/{look.pk}", {"answer": "no", "reason": "tilted", "comment": "歪头"})
    elsewhere = Scope(campaigns=(make_campaign("other1").pk,))
    assert 'id="report"' not in page_of(other)
    assert identifier not in page_of(member("elsewhere", Role.FINAL_REVIEWER, scope=elsewhere))
    page = page_of(member("lead", Role.FINAL_REVIEWER))
    for shown in (identifier, "歪头", "approved by mei, looked at by other"):
        assert shown in page


@pytest.mark.parametrize("sent", [{"answer": "no"}, {"answer": "no", "reason": "nonsense"}, {}])
def test_an_answer_without_a_reason_is_explained(
    sent: dict[str, str], campaign: Campaign, mei: User, other: User
) -> None:
    create_approved(campaign, mei, 1)
    draw_second_looks(NIGHT)
    answer = signed_in(other).post(f"/review/second-looks/{SecondLook.objects.get().pk}", sent, follow=True)
    assert "attention" in answer.content.decode()
    assert SecondLook.objects.get().is_fine is None


def test_the_second_answer_changes_nothing(campaign: Campaign, mei: User, other: User) -> None:
    create_approved(campaign, mei, 1)
    draw_second_looks(NIGHT)
    address = f"/review/second-looks/{SecondLook.objects.get().pk}"
    signed_in(other).post(address, {"answer": "fine"})
    late = signed_in(member("late")).post(address, {"answer": "no", "reason": "tilted"}, follow=True)
    assert "already looked at" in late.content.decode()
    assert (SecondLook.objects.get().is_fine, SecondLook.objects.get().looked_by) == (True, other)
    assert signed_in(mei).post(address, {"answer": "fine"}, follow=True).status_code == 200


def test_the_database_rejects_a_look_at_ones_own_approval(campaign: Campaign, mei: User) -> None:
    create_approved(campaign, mei, 1)
    draw_second_looks(NIGHT)
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondLook.objects.update(looked_by=mei)


def test_nobody_who_reviewed_a_submission_looks_at_it_again(campaign: Campaign, mei: User, other: User) -> None:
    [identifier] = create_approved(campaign, mei, 1)
    draw_second_looks(NIGHT)
    assert waiting_for_look(other).count() == 1
    Submission.objects.filter(pk=identifier).update(final_reviewer=other)
    assert waiting_for_look(other).count() == 0


def test_looks_that_nobody_had_time_for_are_dropped(campaign: Campaign, mei: User) -> None:
    create_approved(campaign, mei, 2)
    draw_second_looks(NIGHT)
    draw_second_looks(NIGHT + timedelta(days=15))
    assert not SecondLook.objects.exists()


def test_the_queue_links_to_them(campaign: Campaign, mei: User, other: User) -> None:
    create_approved(campaign, mei, 2)
    PERIODIC_JOBS["draw_second_looks"].run(NIGHT)
    assert "Second looks: 2" in signed_in(other).get("/review/").content.decode()
    assert 'id="second-looks"' not in signed_in(mei).get("/review/").content.decode()


def page_of(user: User) -> str:
    answer = signed_in(user).get("/review/second-looks/")
    assert answer.status_code == 200
    return answer.content.decode()
