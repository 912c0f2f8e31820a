"""After a campaign the check proposes and never revokes; two administrators decide, or one dismisses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from server.records.identifiers import new_id
from server.records.models import Campaign, Student
from server.remote.batch_check import propose_revocations
from server.submissions.models import Submission
from server.submissions.revocation_models import RevocationProposal
from server.submissions.states import State
from tests.server.conftest import make_student
from tests.server.review.test_revocation_pages import client_of, list_page, page, step
from tests.server.submissions.reviewing import submission_of

pytestmark = pytest.mark.django_db
EDITED = {"origin": {"device": {"source": "album"}, "suspicion": {"score": 0.95, "level": "strong"}, "signs": []}}
PLAIN = {"origin": {"device": {"source": "album"}, "suspicion": {"score": 0.1, "level": "none"}, "signs": ["near"]}}


@pytest.fixture(autouse=True)
def closed(campaign: Campaign) -> None:
    Campaign.objects.update(closes_at=timezone.now() - timedelta(days=2))


def submission_by_phone(
    student: Student, origin: dict[str, Any], state: State = State.CONFIRMED, **details: Any
) -> Submission:
    row = submission_of(student, state, id=new_id(), source="album", **details)
    Submission.objects.filter(pk=row.pk).update(envelope={**row.envelope, **origin}, station=None)
    return Submission.objects.get(pk=row.pk)


def test_only_edited_photos_are_proposed_once_and_nothing_is_revoked(student: Student, campaign: Campaign) -> None:
    edited = submission_by_phone(student, EDITED)
    submission_by_phone(make_student(campaign, 2), PLAIN, shot_sha256="b" * 64)
    now = timezone.now()
    assert [propose_revocations(now), propose_revocations(now)] == [1, 0]
    proposal = RevocationProposal.objects.get()
    assert (proposal.submission, proposal.findings) == (edited, ["edited"])
    edited.refresh_from_db()
    assert edited.state == State.CONFIRMED
    assert not edited.revocation_requests.exists()


def test_one_photo_of_two_persons_is_found(student: Student, campaign: Campaign) -> None:
    for one in (student, make_student(campaign, 2)):
        submission_by_phone(one, PLAIN, shot_sha256="c" * 64)
    assert propose_revocations(timezone.now()) == 2
    assert {tuple(one.findings) for one in RevocationProposal.objects.all()} == {("same_photo",)}


@pytest.mark.parametrize("state", [State.RECEIVED, State.REJECTED, State.REVOKED])
def test_what_cannot_be_revoked_is_not_proposed(student: Student, state: State) -> None:
    submission_by_phone(student, EDITED, state)
    assert propose_revocations(timezone.now()) == 0


def test_an_open_campaign_is_not_checked(student: Student) -> None:
    submission_by_phone(student, EDITED)
    Campaign.objects.update(closes_at=timezone.now() + timedelta(days=1))
    assert propose_revocations(timezone.now()) == 0


def test_an_administrator_sees_it_and_dismisses_it(student: Student) -> None:
    row = submission_by_phone(student, EDITED)
    propose_revocations(timezone.now())
    first = client_of("first")
    assert student.masked_name in list_page(first, "?show=proposals")
    assert "The file clearly shows a beauty filter or an editor" in list_page(first, "?show=proposals&lang=en")
    assert 'id="proposal"' in page(first, row)
    assert step(first, row, "dismiss").status_code == 302
    assert 'id="proposal"' not in page(first, row)
    assert propose_revocations(timezone.now()) == 0
    assert step(first, row, "dismiss").status_code == 422


def test_a_request_for_revocation_removes_the_proposal(student: Student, client: Client) -> None:
    row = submission_by_phone(student, EDITED)
    propose_revocations(timezone.now())
    first, second = client_of("first"), client_of("second")
    sent = {"action": "revoke", "reason": "other", "comment": "edited"}
    assert step(first, row, "request", **sent).status_code == 302
    assert student.masked_name not in list_page(second, "?show=proposals")
    request = row.revocation_requests.get()
    assert step(first, row, "approve", item=request.pk).status_code == 403  # two persons
    assert step(second, row, "approve", item=request.pk).status_code == 302
    row.refresh_from_db()
    assert row.state == State.REVOKED
