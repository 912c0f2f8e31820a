"""The review pages with claims, a final review and decisions that can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from server.members.models import Role
from server.members.roles import grant_role
from server.records.models import Student
from server.records.scope import EVERYTHING
from server.submissions.leases import claim
from server.submissions.models import PendingDecision, Submission
from tests.server.review.test_review_pages import create_received

pytestmark = pytest.mark.django_db


def client_of(name: str, *roles: Role) -> Client:
    user = User.objects.create(username=name)
    for role in roles:
        grant_role(user, role, EVERYTHING)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def first(db: None) -> Client:
    return client_of("first", Role.REVIEWER)


@pytest.fixture
def final(db: None) -> Client:
    return client_of("final", Role.FINAL_REVIEWER)


@pytest.fixture
def undo(settings: Any) -> None:
    review = settings.APP.review.model_copy(update={"undo_seconds": 30})
    settings.APP = settings.APP.model_copy(update={"review": review})


def text(client: Client, address: str) -> str:
    answer = client.get(address, HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 200
    return answer.content.decode()


def decide(client: Client, submission: Submission, action: str = "approve", **sent: str) -> Any:
    revision = str(Submission.objects.get(pk=submission.pk).revision)
    return client.post(f"/review/{submission.pk}/decide", {"action": action, "revision": revision, **sent})


def test_the_final_review_is_a_separate_queue(first: Client, final: Client, student: Student) -> None:
    student.campaign.final_review = True
    student.campaign.save()
    submission = create_received(student)
    assert submission.pk in text(first, "/review/")
    assert submission.pk not in text(final, "/review/")
    assert decide(final, submission).status_code == 403
    assert decide(first, submission).status_code == 302
    assert 'id="stage-final"' not in text(first, "/review/")
    assert 'id="stage-final"' in text(final, "/review/")
    assert submission.pk in text(final, "/review/?stage=final")
    assert 'id="approve"' not in text(first, f"/review/{submission.pk}/")
    assert 'id="approve"' in text(final, f"/review/{submission.pk}/?stage=final")
    assert decide(final, submission).status_code == 302
    assert Submission.objects.get().state == "confirmed"


def test_a_claimed_submission_is_not_offered_to_others(first: Client, student: Student) -> None:
    submission, other = create_received(student), client_of("other", Role.REVIEWER)
    claim(submission.pk, User.objects.get(username="other"), timezone.now())
    assert f"/review/{submission.pk}/" in text(other, "/review/")
    assert 'class="entry"' not in text(first, "/review/")
    page = text(first, f"/review/{submission.pk}/")
    assert 'id="approve"' not in page
    assert "other is reviewing it" in page
    answer = decide(first, submission)
    assert (answer.status_code, Submission.objects.get().state) == (409, "first_review")


def test_a_decision_is_shown_and_taken_back(undo: None, first: Client, student: Student) -> None:
    submission = create_received(student)
    decide(first, submission, "reject", reason="tilted", comment="")
    assert 'class="entry"' not in text(first, "/review/")
    assert 'id="take-back"' in text(first, f"/review/{submission.pk}/")
    assert 'id="take-back"' not in text(client_of("other", Role.REVIEWER), f"/review/{submission.pk}/")
    assert first.post(f"/review/{submission.pk}/take-back").status_code == 302
    assert not PendingDecision.objects.exists()
    assert 'id="approve"' in text(first, f"/review/{submission.pk}/")
    assert first.post(f"/review/{submission.pk}/take-back").status_code == 409


def test_retouching_is_offered_where_the_campaign_has_it(first: Client, student: Student) -> None:
    submission = create_received(student)
    assert 'value="request_retouch"' not in text(first, f"/review/{submission.pk}/")
    student.campaign.retouch = "on_request"
    student.campaign.save()
    assert 'value="request_retouch"' in text(first, f"/review/{submission.pk}/")
    answer = decide(first, submission, "request_retouch", reason="black_edge", comment="")
    assert (answer.status_code, Submission.objects.get().state) == (302, "retouching")
