"""The administrator's pages: two people revoke, appeals are answered, a portrait is taken out of the delivery."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.audit.models import Event
from server.members.models import Role
from server.members.roles import grant_role
from server.notices.models import Notice
from server.portal.models import Appeal
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING, Scope
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.revocation import approve_revocation, request_revocation
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Action
from server.submissions.states import State
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.review.test_review_pages import create_received
from tests.server.submissions.reviewing import TILTED, submission_of

pytestmark = pytest.mark.django_db


def client_of(name: str, scope: Scope = EVERYTHING, role: Role = Role.ADMINISTRATOR) -> Client:
    user, _ = User.objects.get_or_create(username=name)
    grant_role(user, role, scope)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def first(db: None) -> Client:
    return client_of("first")


@pytest.fixture
def second(db: None) -> Client:
    return client_of("second")


@pytest.fixture
def confirmed(student: Student) -> Submission:
    return submission_of(student, State.CONFIRMED)


@pytest.fixture
def revoked(confirmed: Submission, first: Client, second: Client) -> Submission:
    """Requested by `first`, approved by `second`."""
    now = timezone.now()
    request = request_revocation(confirmed.pk, Action.REVOKE, user("first"), now, TILTED)
    approve_revocation(request.pk, user("second"), now)
    return Submission.objects.get()


def user(name: str) -> User:
    return User.objects.get(username=name)


def step(client: Client, submission: Submission, name: str, **sent: Any) -> Any:
    return client.post(f"/review/revocations/{submission.pk}/{name}", sent)


def page(client: Client, submission: Submission) -> str:
    answer = client.get(f"/review/revocations/{submission.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def list_page(client: Client, query: str = "") -> str:
    answer = client.get(f"/review/revocations/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_two_people_revoke_and_the_student_is_notified(first: Client, second: Client, confirmed: Submission) -> None:
    sent = {"action": "revoke", "reason": ["not_same_person", "blur"], "comment": "see", "internal_remark": "secret"}
    assert step(first, confirmed, "request", **sent).status_code == 302
    assert Submission.objects.get().state == State.CONFIRMED
    request = RevocationRequest.objects.get()
    own = page(first, confirmed)
    assert 'id="cancel"' in own
    assert 'id="examined"' not in own
    assert step(first, confirmed, "approve", item=request.pk).status_code == 403
    assert confirmed.pk in list_page(second)
    theirs = page(second, confirmed)
    assert "secret" in theirs
    assert 'id="examined"' in theirs
    assert step(second, confirmed, "approve", item=request.pk).status_code == 302
    assert Submission.objects.get().state == State.REVOKED
    notice = Notice.objects.get()
    assert (notice.event, notice.values["reasons"], notice.values["comment"]) == (
        "revoked",
        ["not_same_person", "blur"],
        "see",
    )
    events = Event.objects.filter(action="revocation_changed").order_by("id")
    assert [(event.user, event.details["step"]) for event in events] == [
        (user("first"), "request"),
        (user("second"), "approve"),
    ]


def test_what_was_typed_stays_if_it_is_rejected(first: Client, confirmed: Submission) -> None:
    answer = step(first, confirmed, "request", action="revoke", comment="my words", internal_remark="my remark")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert "my words" in text
    assert "my remark" in text
    assert not Event.objects.filter(action="revocation_changed").exists()


def test_a_request_is_declined_or_cancelled(first: Client, second: Client, confirmed: Submission) -> None:
    step(first, confirmed, "request", action="revoke", reason="blur")
    request = RevocationRequest.objects.get()
    assert step(second, confirmed, "decline", item=request.pk, text="").status_code == 422
    assert step(second, confirmed, "decline", item=request.pk, text="it is sharp").status_code == 302
    step(first, confirmed, "request", action="revoke", reason="blur")
    again = RevocationRequest.objects.latest("id")
    assert step(first, confirmed, "cancel", item=again.pk).status_code == 302
    text = page(first, confirmed)
    assert "it is sharp" in text
    assert "Request for revocation cancelled" in text
    assert "it is sharp" in list_page(first, "?show=done")
    assert Submission.objects.get().state == State.CONFIRMED
    assert not Notice.objects.exists()


def test_an_appeal_is_granted_by_two(revoked: Submission, first: Client, second: Client) -> None:
    assert step(first, revoked, "request", action="grant_appeal", text="").status_code == 422
    assert step(first, revoked, "request", action="grant_appeal", text="the photo is fine").status_code == 302
    request = RevocationRequest.objects.latest("id")
    assert step(second, revoked, "approve", item=request.pk).status_code == 302
    assert Submission.objects.get().state == State.CONFIRMED
    assert "the photo is fine" in page(second, revoked)


@pytest.fixture
def appeal(revoked: Submission) -> Appeal:
    entry = revoked.history.get(action="revoke")
    return Appeal.objects.create(submission=revoked, entry=entry, text="我坐得很直", filed_at=timezone.now())


def test_an_appeal_is_listed_with_its_text_until_it_is_granted(
    appeal: Appeal, revoked: Submission, first: Client, second: Client
) -> None:
    assert "我坐得很直" in list_page(second)
    assert 'id="decline-appeal"' in page(second, revoked)
    assert 'id="decline-appeal"' not in page(first, revoked)  # the one who requested the revocation
    step(first, revoked, "request", action="grant_appeal", text="the photo is fine")
    request = RevocationRequest.objects.latest("id")
    assert 'id="decline-appeal"' not in page(second, revoked)
    step(second, revoked, "approve", item=request.pk)
    assert "我坐得很直" not in list_page(second, "?show=appeals")
    assert "Granted" in page(second, revoked)
    again = request_revocation(revoked.pk, Action.REVOKE, user("first"), timezone.now(), TILTED)
    approve_revocation(again.pk, user("second"), timezone.now())
    assert "我坐得很直" not in list_page(second, "?show=appeals")  # it was against the first revocation


def test_an_appeal_is_declined_with_an_answer(
    appeal: Appeal, revoked: Submission, first: Client, second: Client
) -> None:
    assert step(first, revoked, "decline_appeal", item=appeal.pk, text="no").status_code == 403
    assert step(second, revoked, "decline_appeal", item=appeal.pk, text=" ").status_code == 422
    assert step(second, revoked, "decline_appeal", item=appeal.pk + 1, text="no").status_code == 404
    assert step(second, revoked, "decline_appeal", item=appeal.pk, text="it is tilted").status_code == 302
    assert Submission.objects.get().state == State.REVOKED
    assert "it is tilted" in page(first, revoked)
    assert "我坐得很直" not in list_page(second, "?show=appeals")


def test_a_portrait_is_taken_out_of_the_delivery_with_a_reason(student: Student, first: Client) -> None:
    queued = submission_of(student, State.QUEUED)
    sent = {"revision": "0", "reason": "other"}
    assert step(first, queued, "dequeue", **sent, comment="").status_code == 422
    Submission.objects.update(handed_over_at=timezone.now())
    assert 'id="dequeue"' not in page(first, queued)
    assert step(first, queued, "dequeue", **sent, comment="wrong package").status_code == 409
    Submission.objects.update(handed_over_at=None)
    assert 'id="dequeue"' in page(first, queued)
    assert step(first, queued, "dequeue", **sent, comment="wrong package").status_code == 302
    assert Submission.objects.get().state == State.CONFIRMED
    assert "wrong package" in page(first, queued)


def test_only_administrators_see_revocations_and_only_of_their_campaigns(confirmed: Submission, first: Client) -> None:
    reviewer = client_of("mei", role=Role.REVIEWER)
    for path in ("/review/revocations/", f"/review/revocations/{confirmed.pk}/"):
        assert Client().get(path).status_code == 302
        assert reviewer.get(path).status_code == 403
    assert step(reviewer, confirmed, "request", action="revoke", reason="blur").status_code == 403
    elsewhere = client_of("other", Scope(campaigns=(make_campaign("other1").pk,)))
    assert elsewhere.get(f"/review/revocations/{confirmed.pk}/").status_code == 404
    assert elsewhere.get(f"/review/{confirmed.pk}/portrait.jpg").status_code == 404
    assert step(elsewhere, confirmed, "request", action="revoke", reason="blur").status_code == 404
    assert step(first, confirmed, "delete").status_code == 404
    assert "/review/revocations/" in list_page(first)
    assert "/review/revocations/" not in reviewer.get("/review/").content.decode()


def test_a_request_of_another_submission_is_not_reached_through_this_one(
    confirmed: Submission, campaign: Campaign, first: Client, second: Client
) -> None:
    other = submission_of(make_student(make_campaign("other1"), 7), State.CONFIRMED, id="b" * 32)
    request = request_revocation(other.pk, Action.REVOKE, user("first"), timezone.now(), [GivenReason("blur")])
    here = client_of("here", Scope(campaigns=(campaign.pk,)))
    for name in ("approve", "decline", "cancel"):
        assert step(here, confirmed, name, item=request.pk, text="x").status_code == 404
    assert step(here, confirmed, "decline", item="9" * 40, text="x").status_code == 404
    assert step(second, other, "approve", item=request.pk).status_code == 302


def test_a_portrait_is_found_by_name_or_student_number_but_not_by_a_complete_id_number(
    confirmed: Submission, first: Client
) -> None:
    assert confirmed.pk in list_page(first, "?q=20220001")
    assert confirmed.pk in list_page(first, "?q=王小")
    assert confirmed.pk not in list_page(first, "?q=王五")
    complete = list_page(first, f"?q={fake_number(1)}")
    assert confirmed.pk not in complete
    assert f'value="{fake_number(1)}"' not in complete
    assert 'aria-current="page"' in list_page(first, "?show=nothing")


def test_the_lists_are_paged_with_the_same_number_of_queries(campaign: Campaign, first: Client, second: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            list_page(second)
        return len(counted)

    def request(serial: int) -> None:
        submission = submission_of(make_student(campaign, serial), State.CONFIRMED, id=f"{serial:032x}")
        request_revocation(submission.pk, Action.REVOKE, user("first"), timezone.now(), TILTED)

    request(1)
    queries()  # the first page of a session also stores when it was seen
    one = queries()
    for serial in range(2, 28):
        request(serial)
    assert queries() == one
    text = list_page(second)
    assert text.count('class="row"') == 25
    assert list_page(second, "?show=requests&page=2").count('class="row"') == 2


def test_an_administrator_without_another_role_sees_the_portrait_but_not_the_queue(first: Client) -> None:
    submission = create_received(make_student(make_campaign("pix001"), 3))
    assert first.get(f"/review/{submission.pk}/portrait.jpg").status_code == 200
    assert first.get(f"/review/{submission.pk}/").status_code == 403
    assert first.get("/review/").status_code == 403
