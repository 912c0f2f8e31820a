"""Two people act on one submission at the same moment: one action counts. Without locks both would.

Each race is run three times: as shipped; without locks, where the comparison of revisions still holds; and without
both, which shows that the race is a real one.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from server.core.api_errors import ApiError
from server.records.models import Student
from server.submissions import decisions, leases
from server.submissions.decisions import decide
from server.submissions.leases import claim, claim_next
from server.submissions.models import AuditEntry, Submission
from server.submissions.reason_models import Reason
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action, Role
from tests.server.races import at_once, meet, remove_locks, remove_revision_check
from tests.server.submissions.reviewing import NOW, reviewer_named, submission_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(transactional_db: None) -> tuple[User, User]:
    return reviewer_named("mei"), reviewer_named("late")


@pytest.fixture(params=["locked", "unlocked", "unprotected"])
def protection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "locked":
        remove_locks(monkeypatch)
    if request.param == "unprotected":
        remove_revision_check(monkeypatch)
    return str(request.param)


def claims() -> int:
    return AuditEntry.objects.filter(action=Action.CLAIM.value).count()


def test_two_reviewers_claim_the_next_one(
    people: tuple[User, User], student: Student, protection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission_of(student)
    meet(monkeypatch, leases, "attempt", locked=protection == "locked")
    results = at_once(*(lambda user=user: claim_next(user, Role.REVIEWER, NOW) for user in people))
    claimed = [one for one in results if isinstance(one, Submission)]
    assert (len(claimed), claims()) == ((2, 2) if protection == "unprotected" else (1, 1))


def test_two_reviewers_open_the_same_one(
    people: tuple[User, User], student: Student, protection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = submission_of(student).pk
    meet(monkeypatch, leases, "claim_locked", locked=protection == "locked")
    results = at_once(*(lambda user=user: claim(identifier, user, NOW) for user in people))
    refused = [one for one in results if isinstance(one, ApiError)]
    assert (len(refused), claims()) == ((0, 2) if protection == "unprotected" else (1, 1))


def test_two_sets_of_reasons(
    people: tuple[User, User], student: Student, protection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = submission_of(student).pk

    def reject(user: User, code: str) -> Any:
        return decide(identifier, Action.REJECT.value, 0, user, NOW, reasons=[GivenReason(code, "")])

    meet(monkeypatch, decisions, "claim_locked", locked=protection == "locked")
    mei, late = people
    at_once(lambda: reject(mei, "tilted"), lambda: reject(late, "turned"))
    assert Reason.objects.count() == (2 if protection == "unprotected" else 1)
    assert Submission.objects.get().state == "rejected"
