"""The order of the queue, and claims of several at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Q

from server.records.models import Campaign
from server.submissions.leases import claim, claim_next, claim_several
from server.submissions.models import AuditEntry, Submission
from server.submissions.queue_order import in_queue_order, review_due
from server.submissions.rule import Role
from tests.server.conftest import make_student
from tests.server.submissions.reviewing import NOW, reviewer_named, submission_of

pytestmark = pytest.mark.django_db

LATE = NOW - timedelta(days=30)


@pytest.fixture
def rows(campaign: Campaign) -> dict[str, str]:
    """The ids of one submission of each kind, by the kind."""
    kinds = {"plain": (NOW, False), "odd": (NOW, True), "late": (LATE, False), "late and odd": (LATE, True)}
    ids = {}
    for serial, (name, (received_at, suspicious)) in enumerate(kinds.items(), 1):
        ids[name] = f"{serial:032x}"
        submission_of(make_student(campaign, serial), id=ids[name], received_at=received_at, suspicious=suspicious)
    return ids


def test_the_parts_are_in_order_and_complete(rows: dict[str, str]) -> None:
    parts = in_queue_order(Submission.objects.all(), NOW)
    assert [row.pk for part in parts for row in part] == [rows[n] for n in ("late and odd", "late", "odd", "plain")]


def test_a_submission_is_overdue_from_its_due_time_on(campaign: Campaign) -> None:
    submission = submission_of(make_student(campaign))
    due = review_due(submission).moment
    overdue = [in_queue_order(Submission.objects.all(), at)[1] for at in (due - timedelta(seconds=1), due)]
    assert [part.count() for part in overdue] == [0, 1]


def test_claims_follow_the_order(rows: dict[str, str]) -> None:
    mei = reviewer_named("mei")
    claimed = [claim_next(mei, Role.REVIEWER, NOW) for _ in range(5)]
    assert [one.pk if one else "" for one in claimed] == [rows[n] for n in ("late and odd", "late", "odd", "plain")] + [
        ""
    ]


def test_several_are_claimed_like_one(rows: dict[str, str]) -> None:
    """The rows and the audit entries are those of single claims."""
    mei = reviewer_named("mei")
    claim(rows["odd"], mei, NOW)
    several = claim_several(mei, Role.REVIEWER, NOW, 2, Q(suspicious=False))
    assert [one.pk for one in several] == [rows["late"], rows["plain"]]
    assert [(one.state, one.claimed_by, one.revision) for one in several] == [("first_review", mei, 1)] * 2
    columns = ("state", "revision", "claimed_by", "claimed_until")
    assert len(set(Submission.objects.filter(state="first_review").values_list(*columns))) == 1
    entries = AuditEntry.objects.values_list("at", "user", "station", "action", "role", "from_state", "to_state")
    assert (len(entries), len(set(entries))) == (3, 1)
    assert claim_several(mei, Role.REVIEWER, NOW, 2, Q(suspicious=False)) == []
