"""Claims: one person at a time, for a limited time, in the right order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from server.core.api_errors import ApiError
from server.records.models import Campaign, Student
from server.submissions import leases
from server.submissions.leases import claim, claim_next, release, release_expired_leases, renew
from server.submissions.models import AuditEntry, Submission
from server.submissions.rule import Role
from server.submissions.states import State
from tests.server.conftest import make_campaign, make_student
from tests.server.submissions.reviewing import NOW, approve, reviewer_named, submission_of, user_in

MINUTE = timedelta(minutes=1)


@pytest.fixture
def mei(db: None) -> User:
    return reviewer_named("mei")


@pytest.fixture
def late(db: None) -> User:
    return reviewer_named("late")


def refusal(call: Any, *arguments: Any) -> ApiError:
    with pytest.raises(ApiError) as api_error:
        call(*arguments)
    return api_error.value


def fill(campaign: Campaign, count: int) -> None:
    for serial in range(1, count + 1):
        submission_of(make_student(campaign, serial), id=f"{serial:032x}", received_at=NOW + serial * MINUTE)


def test_suspicious_ones_come_first_then_the_oldest(campaign: Campaign, mei: User) -> None:
    fill(campaign, 3)
    Submission.objects.filter(pk=f"{3:032x}").update(suspicious=True)
    claimed = [claim_next(mei, Role.REVIEWER, NOW) for _ in range(4)]
    assert [int(one.pk, 16) if one else None for one in claimed] == [3, 1, 2, None]


def test_a_claim_keeps_others_away_until_it_expires(student: Student, mei: User, late: User) -> None:
    submission = submission_of(student)
    assert claim(submission.pk, mei, NOW).claimed_until == NOW + 5 * MINUTE
    error = refusal(claim, submission.pk, late, NOW + 4 * MINUTE)
    assert (error.reason, error.values) == ("claimed", {"by": "mei"})
    assert claim_next(late, Role.REVIEWER, NOW + 4 * MINUTE) is None
    claimed = claim(submission.pk, late, NOW + 5 * MINUTE)
    assert (claimed.claimed_by, claimed.state) == (late, "first_review")
    actions = list(AuditEntry.objects.values_list("action", "role", "user__username"))
    assert actions == [("claim", "reviewer", "mei"), ("release", "server", None), ("claim", "reviewer", "late")]


def test_an_open_page_renews_its_claim(student: Student, mei: User, late: User) -> None:
    submission = submission_of(student)
    claim(submission.pk, mei, NOW)
    assert renew(submission.pk, mei, NOW + 4 * MINUTE)
    assert not renew(submission.pk, late, NOW + 4 * MINUTE)
    assert release_expired_leases(NOW + 8 * MINUTE) == 0
    assert release_expired_leases(NOW + 9 * MINUTE) == 1
    assert not renew(submission.pk, mei, NOW + 9 * MINUTE)
    assert Submission.objects.get().state == State.RECEIVED


def test_an_expired_claim_still_decides_while_nobody_has_taken_it(student: Student, mei: User) -> None:
    submission = claim(submission_of(student).pk, mei, NOW)
    assert approve(submission.pk, submission.revision, mei, NOW + 9 * MINUTE).state == State.CONFIRMED


def test_a_claim_is_given_back(student: Student, mei: User, late: User) -> None:
    submission = claim(submission_of(student).pk, mei, NOW)
    assert refusal(release, submission.pk, late, NOW).reason == "claimed"
    released = release(submission.pk, mei, NOW)
    assert (released.state, released.claimed_by, released.claimed_until) == ("received", None, None)


@pytest.mark.parametrize(("role", "state"), [(Role.FINAL_REVIEWER, "final_review"), (Role.RETOUCHER, "retouching")])
def test_later_stages_are_claimed_without_a_change_of_state(role: Role, state: str, student: Student) -> None:
    submission_of(student, State(state))
    one, other = user_in(role, name="one"), user_in(role, name="other")
    claimed = claim_next(one, role, NOW)
    assert claimed is not None
    assert (claimed.state, claimed.claimed_by) == (state, one)
    assert claim_next(other, role, NOW) is None
    assert refusal(claim, claimed.pk, other, NOW).reason == "claimed"
    assert release_expired_leases(NOW + 5 * MINUTE) == 1
    assert claim_next(other, role, NOW + 5 * MINUTE) is not None


def test_a_final_reviewer_does_not_find_their_own_first_reviews(student: Student, mei: User, late: User) -> None:
    student.campaign.final_review = True
    student.campaign.save()
    approve(submission_of(student).pk, 0, mei, NOW)
    assert claim_next(mei, Role.FINAL_REVIEWER, NOW) is None
    Campaign.objects.update(four_eyes=False)
    assert leases.waiting_for(mei, Role.FINAL_REVIEWER).exists()
    Campaign.objects.update(four_eyes=True)
    assert claim_next(late, Role.FINAL_REVIEWER, NOW) is not None


def test_a_queue_has_ones_own_campaigns_and_roles(student: Student) -> None:
    submission_of(student)
    other = make_campaign("other1")
    assert claim_next(user_in(Role.REVIEWER, name="elsewhere", campaign=other), Role.REVIEWER, NOW) is None
    assert claim_next(user_in(Role.RETOUCHER), Role.REVIEWER, NOW) is None
    here = user_in(Role.REVIEWER, name="here", campaign=student.campaign)
    assert claim_next(here, Role.REVIEWER, NOW, campaign="other1") is None
    assert claim_next(here, Role.REVIEWER, NOW, campaign=student.campaign_id) is not None


CLAIMS = 100


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_never_claim_the_same(campaign: Campaign, mei: User, late: User) -> None:
    fill(campaign, CLAIMS)
    start = Barrier(2)

    def claim_all(user: User) -> list[str]:
        start.wait(20)
        claims = []
        try:
            while (submission := claim_next(user, Role.REVIEWER, NOW)) is not None:
                claims.append(submission.pk)
        finally:
            connection.close()
        return claims

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(claim_all, (mei, late))
    assert not set(one) & set(other)
    assert len(one) + len(other) == len(set(one) | set(other)) == CLAIMS
    assert set(Submission.objects.values_list("state", "revision")) == {("first_review", 1)}
    assert Submission.objects.filter(claimed_by=mei).count() == len(one)
