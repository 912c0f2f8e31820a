"""The grid on the server: what it offers, what it approves, and what it refuses."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.audit.models import Event
from server.members.models import Role
from server.records.models import Campaign
from server.records.scope import Scope
from server.review import grid
from server.review.filters import QueueFilter
from server.submissions.clock import run_due_transitions
from server.submissions.models import AuditEntry, PendingDecision, Submission
from server.submissions.rule import Role as WorkflowRole
from tests.server.conftest import make_campaign
from tests.server.review.queue_data import fill_queue, member, signed_in

pytestmark = pytest.mark.django_db

TILE = re.compile(r'data-id="([0-9a-f]{32})" data-revision="(\d+)"')
SEEN_MS = 1200.0


@pytest.fixture
def mei(db: None) -> User:
    return member("mei")


@pytest.fixture
def client(mei: User) -> Client:
    return signed_in(mei)


@pytest.fixture
def undo(settings: Any) -> None:
    review = settings.APP.review.model_copy(update={"undo_seconds": 30})
    settings.APP = settings.APP.model_copy(update={"review": review})


def claimed_tiles(client: Client, query: str = "") -> dict[str, int]:
    """Claim a page as the script does; return the revision of each portrait."""
    answer = client.post(f"/review/grid/claim{query}")
    assert answer.status_code == 200
    return {identifier: int(revision) for identifier, revision in TILE.findall(answer.content.decode())}


def decide(client: Client, tiles: dict[str, int], marked: list[str] | None = None, **seen: float) -> dict[str, Any]:
    approve = [
        {"id": pk, "revision": revision, "seen_ms": seen.get(pk, SEEN_MS)}
        for pk, revision in tiles.items()
        if pk not in (marked or [])
    ]
    answer = post_json(client, {"approve": approve, "marked": marked or []})
    assert answer.status_code == 200
    return dict(answer.json())


def post_json(client: Client, body: Any) -> Any:
    return client.post("/review/grid/decide", json.dumps(body), content_type="application/json")


def states(*identifiers: str) -> list[str]:
    state_of = dict(Submission.objects.values_list("pk", "state"))
    return [state_of[pk] for pk in identifiers]


def reasons(answer: dict[str, Any]) -> dict[str, str]:
    return {pk: refusal["reason"] for pk, refusal in answer["refused"].items()}


def test_a_page_is_claimed_with_its_pictures_in_one_answer(client: Client, mei: User, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 14, pictures=True)
    answer = client.post("/review/grid/claim").content.decode()
    assert [pk for pk, _ in TILE.findall(answer)] == ids[:12]
    assert answer.count('src="data:image/jpeg;base64,') == 12
    assert "王小明" not in answer
    assert set(Submission.objects.filter(pk__in=ids[:12]).values_list("state", "claimed_by", "revision")) == {
        ("first_review", mei.pk, 1)
    }
    assert Event.objects.filter(action="image_viewed", user=mei, subject__in=ids[:12]).count() == 12
    assert set(AuditEntry.objects.values_list("action", "role", "from_state", "to_state")) == {
        ("claim", "reviewer", "received", "first_review")
    }
    assert list(claimed_tiles(client)) == ids[12:]
    assert claimed_tiles(client) == {}


@pytest.mark.parametrize(
    "columns",
    [
        {"suspicious": True, "worst_outcome": "fail"},
        {"suspicious": True, "worst_outcome": "unsure"},
        {"suspicious": True},  # marked in the grid
        {"worst_outcome": ""},  # nothing measured, or retouched
        {"identity_check": "not_matched"},
        {"portrait_sha256": None},
        {"state": "final_review"},
    ],
)
def test_doubtful_portraits_are_not_offered(columns: dict[str, Any], client: Client, campaign: Campaign) -> None:
    fine, other = fill_queue(campaign, 2)
    Submission.objects.filter(pk=other).update(**columns)
    assert list(claimed_tiles(client)) == [fine]


def test_unchecked_identities_and_doubtful_times_are_shown(client: Client, campaign: Campaign) -> None:
    fill_queue(campaign, 1, identity_check="not_asked", taken_at=timezone.now() + timedelta(days=9))
    page = client.post("/review/grid/claim").content.decode()
    assert "last four not checked" in page
    assert "time in doubt" in page


def test_approved_marked_and_unseen_ones(client: Client, campaign: Campaign) -> None:
    fill_queue(campaign, 4)
    tiles = claimed_tiles(client)
    fine, marked, unseen, late = tiles
    answer = decide(client, tiles, [marked], **{unseen: 999.0, late: 1000.0})
    assert answer["approved"] == [fine, late]
    assert reasons(answer) == {unseen: "not_seen"}
    assert "1 s" in answer["refused"][unseen]["sentence"]
    assert states(fine, marked, unseen, late) == ["confirmed", "first_review", "first_review", "confirmed"]
    assert Submission.objects.get(pk=marked).suspicious
    assert not Submission.objects.get(pk=unseen).suspicious


def test_without_evidence_nothing_is_approved(client: Client, campaign: Campaign) -> None:
    fill_queue(campaign, 1)
    [(identifier, revision)] = claimed_tiles(client).items()
    answer = post_json(client, {"approve": [{"id": identifier, "revision": revision}]}).json()
    assert (answer["approved"], reasons(answer)) == ([], {identifier: "not_seen"})


@pytest.mark.parametrize(
    "item",
    [
        {"id": "x", "revision": 1},
        {"id": "a" * 32, "revision": -1},
        {"id": "a" * 32, "revision": "1"},
        {"id": "a" * 32, "revision": 1, "seen_ms": -5},
        {"id": "a" * 32, "revision": 1, "seen_ms": float("nan")},
        {"id": "a" * 32, "revision": 1, "approved": True},
        {"id": "a" * 32},
        7,
    ],
)
def test_unreadable_decisions_are_explained(item: Any, client: Client) -> None:
    answer = post_json(client, {"approve": [item]})
    assert answer.status_code == 422
    assert "nothing was decided" in answer.json()["error"]
    assert client.post("/review/grid/decide", b"\xff", content_type="application/json").status_code == 422


def test_one_that_changed_meanwhile_is_named_and_the_others_are_approved(client: Client, campaign: Campaign) -> None:
    fill_queue(campaign, 5)
    tiles = claimed_tiles(client)
    fine, outdated, taken, unsure, gone = tiles
    Submission.objects.filter(pk=outdated).update(revision=9)
    Submission.objects.filter(pk=taken).update(claimed_by=member("other"))
    Submission.objects.filter(pk=unsure).update(suspicious=True)
    Submission.objects.filter(pk=gone).update(state="superseded", claimed_by=None)
    answer = decide(client, {**tiles, "f" * 32: 1})
    assert answer["approved"] == [fine]
    assert reasons(answer) == {
        outdated: "decided_already",
        taken: "claim_over",
        unsure: "one_by_one",
        gone: "claim_over",
        "f" * 32: "claim_over",
    }
    assert all(refusal["sentence"].endswith(".") for refusal in answer["refused"].values())


def test_nothing_of_another_school_is_approved_or_named(campaign: Campaign) -> None:
    [there] = fill_queue(make_campaign("other1"), 1)
    chief = signed_in(member("chief"))
    tiles = claimed_tiles(chief)
    guest = signed_in(member("guest", scope=Scope(campaigns=(campaign.pk,))))
    assert claimed_tiles(guest) == {}
    assert reasons(decide(guest, tiles)) == {there: "claim_over"}
    assert guest.post("/review/grid/renew", {"id": there}).json() == {"held": []}
    guest.post("/review/grid/give-back", {"id": there})
    assert states(there) == ["first_review"]


def test_decisions_wait_and_one_undo_takes_the_page_back(
    undo: None, client: Client, mei: User, campaign: Campaign
) -> None:
    ids = fill_queue(campaign, 3)
    answer = decide(client, claimed_tiles(client))
    assert (answer["approved"], answer["undo_seconds"]) == (ids, 30)
    assert states(*ids) == ["first_review"] * 3
    assert "take effect at" in client.get("/review/grid/").content.decode()
    assert client.post("/review/grid/undo", {"id": ids, "keep": "1"}).json() == {"taken_back": ids}
    assert not PendingDecision.objects.exists()
    assert set(Submission.objects.values_list("claimed_by", "revision")) == {(mei.pk, 1)}
    assert decide(client, dict.fromkeys(ids, 1))["approved"] == ids
    assert run_due_transitions(timezone.now() + timedelta(seconds=31)) == 3
    assert states(*ids) == ["confirmed"] * 3
    assert client.post("/review/grid/undo", {"id": ids, "keep": "1"}).json() == {"taken_back": []}


def test_the_undo_of_the_page_without_script_gives_the_portraits_back(
    undo: None, client: Client, campaign: Campaign
) -> None:
    ids = fill_queue(campaign, 2)
    decide(client, claimed_tiles(client))
    answer = client.post("/review/grid/undo", {"id": ids}, follow=True)
    assert "2 approvals were taken back" in answer.content.decode()
    assert states(*ids) == ["received"] * 2


def test_a_request_whose_response_was_lost_may_be_repeated(undo: None, client: Client, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 2)
    tiles = claimed_tiles(client)
    assert decide(client, tiles)["approved"] == ids
    again = decide(client, tiles)
    assert (again["approved"], again["refused"]) == (ids, {})
    assert PendingDecision.objects.count() == 2


def test_claims_are_renewed_and_given_back(client: Client, mei: User, campaign: Campaign) -> None:
    own, lost = fill_queue(campaign, 2)
    claimed_tiles(client)
    Submission.objects.update(claimed_until=timezone.now() + timedelta(seconds=5))
    Submission.objects.filter(pk=lost).update(claimed_by=member("other"))
    assert client.post("/review/grid/renew", {"id": [own, lost, "nonsense"]}).json() == {"held": [own]}
    assert Submission.objects.get(pk=own).claimed_until > timezone.now() + timedelta(minutes=4)  # type: ignore[operator]
    assert client.post("/review/grid/give-back", {"id": [own, lost]}).status_code == 204
    assert states(own, lost) == ["received", "first_review"]


def test_a_decision_is_not_given_back(undo: None, client: Client, campaign: Campaign) -> None:
    [identifier] = fill_queue(campaign, 1)
    decide(client, claimed_tiles(client))
    client.post("/review/grid/give-back", {"id": identifier})
    assert PendingDecision.objects.count() == 1


def test_the_grid_keeps_the_filters_of_the_list(client: Client, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 8)
    assert list(claimed_tiles(client, "?campaign=tstcmp&class=计科3班")) == [ids[2], ids[6]]
    assert claimed_tiles(client, "?campaign=other1") == {}
    assert client.get("/review/grid/?stage=revoked").status_code == 404


def test_a_final_grid_needs_the_role_and_another_reviewer(client: Client, campaign: Campaign) -> None:
    Campaign.objects.update(final_review=True)
    ids = fill_queue(campaign, 2)
    decide(client, claimed_tiles(client))
    assert states(*ids) == ["final_review"] * 2
    assert claimed_tiles(client, "?stage=final") == {}, "not in this role"
    member("mei", Role.FINAL_REVIEWER)
    assert claimed_tiles(client, "?stage=final") == {}, "reviewed by themselves"
    final = signed_in(member("final", Role.FINAL_REVIEWER))
    assert decide(final, claimed_tiles(final, "?stage=final"))["approved"] == ids
    assert set(Submission.objects.values_list("state", "first_reviewer__username", "final_reviewer__username")) == {
        ("confirmed", "mei", "final")
    }


def test_without_script_the_page_links_to_single_views_and_claims_nothing(client: Client, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 13)
    page = client.get("/review/grid/").content.decode()
    without_script = page.split("<noscript>")[1].split("</noscript>")[0]
    assert re.findall(r'href="/review/([0-9a-f]{32})/"', without_script) == ids[:12]
    assert "<form" not in without_script
    assert states(*ids) == ["received"] * 13


@pytest.mark.parametrize("path", ["claim", "renew", "give-back", "decide", "undo"])
def test_only_reviewers_and_only_by_post(path: str, client: Client) -> None:
    assert client.get(f"/review/grid/{path}").status_code == 405
    assert Client().post(f"/review/grid/{path}").status_code == 302
    clerk = Client()
    clerk.force_login(User.objects.create(username="clerk"))
    assert clerk.post(f"/review/grid/{path}").status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member("mei"))
    assert strict.post(f"/review/grid/{path}").status_code == 403


def test_a_page_of_twelve_costs_few_queries(undo: None, client: Client, campaign: Campaign) -> None:
    fill_queue(campaign, 24, pictures=True)
    claimed_tiles(client)  # the session is written once
    with CaptureQueriesContext(connection) as counted:
        tiles = claimed_tiles(client)
        decide(client, tiles)
    assert len(tiles) == 12
    assert len(counted) < 3 * len(tiles)


PAGES = 6


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_never_get_the_same(campaign: Campaign) -> None:
    fill_queue(campaign, 12 * PAGES, pictures=True)
    users, together = [member("mei"), member("late")], Barrier(2)

    def claim_all(user: User) -> list[str]:
        together.wait(20)
        ids: list[str] = []
        try:
            while tiles := grid.claim_page(user, QueueFilter(), WorkflowRole.REVIEWER, timezone.now()):
                ids += [tile.submission.pk for tile in tiles]
        finally:
            connection.close()
        return ids

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(claim_all, users)
    assert not set(one) & set(other)
    assert len(one) + len(other) == 12 * PAGES
    assert set(Submission.objects.values_list("state", "revision")) == {("first_review", 1)}
