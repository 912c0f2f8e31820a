"""The claim of an open page: made, renewed, given back, and what the page shows if it is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from server.members.models import Role
from server.members.roles import grant_role
from server.records.models import Student
from server.records.scope import EVERYTHING, Scope
from server.submissions.actor import Actor
from server.submissions.leases import claim, release
from server.submissions.models import AuditEntry, Submission
from server.submissions.rule import Action
from server.submissions.workflow import apply
from tests.server.conftest import make_campaign
from tests.server.review.test_review_pages import create_received
from tests.server.submissions.reviewing import approve

pytestmark = pytest.mark.django_db


def client_of(name: str, scope: Scope = EVERYTHING) -> Client:
    user, _ = User.objects.get_or_create(username=name)
    grant_role(user, Role.REVIEWER, scope)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def mei(db: None) -> Client:
    return client_of("mei")


@pytest.fixture
def submission(student: Student) -> Submission:
    return create_received(student)


def request_claim(client: Client, submission: Submission, revision: int) -> Any:
    return client.post(f"/review/{submission.pk}/claim", {"revision": str(revision)})


def give_back(client: Client, submission: Submission) -> int:
    return client.post(f"/review/{submission.pk}/release").status_code


def test_a_page_claims_renews_and_gives_back(mei: Client, submission: Submission) -> None:
    assert request_claim(mei, submission, 0).json() == {"revision": 1}
    first = Submission.objects.get()
    assert (first.state, first.claimed_by) == ("first_review", User.objects.get(username="mei"))
    soon = timezone.now() + timedelta(seconds=30)
    Submission.objects.update(claimed_until=soon)
    assert request_claim(mei, submission, 1).json() == {"revision": 1}
    renewed = Submission.objects.get().claimed_until
    assert renewed is not None
    assert renewed > soon
    assert give_back(mei, submission) == 204
    assert Submission.objects.get().state == "received"
    assert give_back(mei, submission) == 204


def test_two_pages_of_one_reviewer_share_the_claim(mei: Client, submission: Submission) -> None:
    assert request_claim(mei, submission, 0).json() == {"revision": 1}
    assert request_claim(mei, submission, 0).json() == {"revision": 1}


def test_a_claim_that_ran_out_is_made_again_if_only_claims_came_between(mei: Client, submission: Submission) -> None:
    request_claim(mei, submission, 0)
    Submission.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    other = User.objects.get_or_create(username="other")[0]
    grant_role(other, Role.REVIEWER, EVERYTHING)
    client_of("other").get("/review/")  # releases expired claims
    claim(submission.pk, other, timezone.now())
    release(submission.pk, other, timezone.now())
    assert request_claim(mei, submission, 1).json() == {"revision": 5}


def test_the_page_names_who_else_has_it(mei: Client, submission: Submission) -> None:
    request_claim(client_of("other"), submission, 0)
    answer = request_claim(mei, submission, 0)
    assert (answer.status_code, "other is working on this portrait" in answer.json()["message"]) == (409, True)
    assert give_back(mei, submission) == 204
    assert Submission.objects.get().claimed_by == User.objects.get(username="other")


def test_the_page_names_who_decided_meanwhile(mei: Client, submission: Submission) -> None:
    request_claim(mei, submission, 0)
    Submission.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    client_of("other").get("/review/")
    approve(submission.pk, 2, User.objects.get(username="other"), timezone.now())
    answer = request_claim(mei, submission, 1)
    assert answer.status_code == 409
    assert "Approve (other)" in answer.json()["message"]


def test_the_page_shows_that_the_student_withdrew(mei: Client, submission: Submission, student: Student) -> None:
    request_claim(mei, submission, 0)
    apply(submission.pk, Action.WITHDRAW, Actor(student=student), timezone.now())
    message = request_claim(mei, submission, 1).json()["message"]
    assert "has withdrawn this portrait" in message
    decided = mei.post(f"/review/{submission.pk}/decide", {"action": "approve", "revision": "1"})
    assert decided.status_code == 409
    assert "has withdrawn this portrait" in decided.content.decode()
    assert give_back(mei, submission) == 204


def test_a_pending_decision_is_not_claimed(mei: Client, submission: Submission, settings: Any) -> None:
    review = settings.APP.review.model_copy(update={"undo_seconds": 30})
    settings.APP = settings.APP.model_copy(update={"review": review})
    grant_role(User.objects.get_or_create(username="other")[0], Role.REVIEWER, EVERYTHING)
    approve(submission.pk, 0, User.objects.get(username="other"), timezone.now())
    answer = request_claim(mei, submission, 0)
    assert (answer.status_code, "Approve (other)" in answer.json()["message"]) == (409, True)


@pytest.mark.parametrize("revision", ["", "x", "7"])
def test_a_page_of_another_revision_claims_nothing(revision: str, mei: Client, submission: Submission) -> None:
    answer = mei.post(f"/review/{submission.pk}/claim", {"revision": revision})
    assert answer.status_code == 409
    assert Submission.objects.get().state == "received"


def test_looking_claims_nothing(mei: Client, submission: Submission) -> None:
    page = mei.get(f"/review/{submission.pk}/").content.decode()
    assert "data-claim=" in page
    approve(submission.pk, 0, User.objects.get(username="mei"), timezone.now())
    page = mei.get(f"/review/{submission.pk}/").content.decode()
    assert "data-claim=" not in page
    assert AuditEntry.objects.filter(action="claim").count() == 1


def test_another_schools_submission_cannot_be_claimed(submission: Submission) -> None:
    stranger = client_of("stranger", Scope(campaigns=(make_campaign("other1").pk,)))
    assert request_claim(stranger, submission, 0).status_code == 404
    assert give_back(stranger, submission) == 404
    assert request_claim(Client(), submission, 0).status_code == 302
