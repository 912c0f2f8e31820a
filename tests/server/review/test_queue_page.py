"""The page of the queue: its order, its filters, and counts that match the lists they link to."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.members.models import Role
from server.records.models import Campaign
from server.records.scope import Scope
from server.review import queue
from server.review.filters import QueueFilter
from server.review.queue_list import PER_PAGE
from server.submissions.leases import claim
from server.submissions.models import Submission
from tests.server.conftest import make_campaign
from tests.server.review.queue_data import fill_queue, member, signed_in

pytestmark = pytest.mark.django_db

ENTRY = re.compile(r'class="entry" href="/review/([0-9a-f]{32})/')
COUNT = re.compile(r'<a class="(?:stage|chip|tag)[^"]*"[^>]*href="([^"]*)"[^>]*>[^<]*?<?[^>]*?>?(\d+)(?:</span>)?</a>')
LONG_AGO = timedelta(days=30)


@pytest.fixture
def mei(db: None) -> User:
    return member("mei", Role.REVIEWER, Role.FINAL_REVIEWER)


@pytest.fixture
def client(mei: User) -> Client:
    return signed_in(mei)


def text(client: Client, query: str = "") -> str:
    answer = client.get(f"/review/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def listed_ids(client: Client, query: str = "") -> list[str]:
    """Return the ids in the list, without those that the reviewer has claimed."""
    page = text(client, query)
    return ENTRY.findall(page.split('id="list"')[1]) if 'id="list"' in page else []


def change(identifiers: list[str], **columns: Any) -> None:
    Submission.objects.filter(pk__in=identifiers).update(**columns)


def test_overdue_ones_come_first_then_suspicious_ones_then_the_oldest(client: Client, campaign: Campaign) -> None:
    plain, odd, late, late_odd = fill_queue(campaign, 4)
    change([odd, late_odd], suspicious=True, worst_outcome="fail")
    change([late, late_odd], received_at=timezone.now() - LONG_AGO)
    assert listed_ids(client) == [late_odd, late, odd, plain]
    assert listed_ids(client, "?sort=oldest")[-2:] == [plain, odd]
    assert listed_ids(client, "?sort=newest")[:2] == [odd, plain]
    page = text(client)
    assert page.count('<tr class="overdue">') == 2
    assert page.index('id="start"') < page.index(f"/review/{late_odd}/"), "the button begins with the first"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?outcome=unsure", ["unsure"]),
        ("?outcome=pass", ["late", "plain", "mismatch", "card"]),
        ("?identity=not_matched", ["mismatch"]),
        ("?identity=card", ["card"]),
        ("?overdue=1", ["late"]),
        ("?outcome=unsure&identity=card", []),
        (
            "?outcome=nonsense&identity=nonsense&sort=nonsense&page=nonsense",
            ["late", "unsure", "plain", "mismatch", "card"],
        ),
    ],
)
def test_each_filter_finds_its_own(query: str, expected: list[str], client: Client, campaign: Campaign) -> None:
    names = ["unsure", "plain", "mismatch", "card", "late"]
    ids = dict(zip(names, fill_queue(campaign, 5, identity_check="matched"), strict=True))
    change([ids["unsure"]], suspicious=True, worst_outcome="unsure")
    change([ids["mismatch"]], identity_check="not_matched")
    change([ids["card"]], identity_check="card")
    change([ids["late"]], received_at=timezone.now() - LONG_AGO)
    assert listed_ids(client, query) == [ids[name] for name in expected]


def test_class_station_and_search(client: Client, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 8)
    of_class = [row.pk for row in Submission.objects.filter(student__class_name="计科1班")]
    assert sorted(listed_ids(client, "?class=计科1班")) == sorted(of_class), "the only campaign is chosen"
    assert len(of_class) == 2
    assert listed_ids(client, f"?station={Submission.objects.all()[0].station_id}") == ids
    assert listed_ids(client, "?station=elsewhere") == []
    assert len(listed_ids(client, "?q=韩梅")) == 2
    assert listed_ids(client, "?q=2022000003") == [ids[2]]
    assert "ID number" in text(client, "?q=990101200301020014"), "a complete number is not searched for"


def test_every_count_is_that_of_the_list_it_links_to(client: Client, mei: User, campaign: Campaign) -> None:
    other = make_campaign("other1")
    ids = [*fill_queue(campaign, 9), *fill_queue(other, 4, first=100)]
    change(ids[:2], suspicious=True, worst_outcome="fail")
    change(ids[2:3], suspicious=True, worst_outcome="unsure", identity_check="not_matched")
    change(ids[1:5], received_at=timezone.now() - LONG_AGO)
    change(ids[5:7], state="final_review")
    change(ids[7:8], state="retouching")
    change(ids[8:9], state="revoked")
    change(ids[9:10], state="rejected")
    for start in ("", "?campaign=tstcmp", "?campaign=tstcmp&stage=final"):
        links = [(unescape(url), int(count)) for url, count in COUNT.findall(text(client, start))]
        assert len(links) >= 5
        for url, count in links:
            assert (url, len(listed_ids(client, url))) == (url, count)


def test_what_somebody_else_has_claimed_is_not_offered(client: Client, mei: User, campaign: Campaign) -> None:
    first, second, third = fill_queue(campaign, 3)
    claim(first, member("other"), timezone.now())
    claim(second, mei, timezone.now())
    page = text(client)
    assert listed_ids(client) == [third]
    assert ENTRY.findall(page.split('id="claimed"')[1])[0] == second
    assert first not in page


def test_a_final_review_is_not_offered_to_who_reviewed_first(client: Client, mei: User, campaign: Campaign) -> None:
    Campaign.objects.update(final_review=True)
    own, others = fill_queue(campaign, 2)
    for identifier, user in ((own, mei), (others, member("other"))):
        assert (
            signed_in(user).post(f"/review/{identifier}/decide", {"action": "approve", "revision": "0"}).status_code
            == 302
        )
    assert listed_ids(client, "?stage=final") == [others]
    assert "Final review" in text(client)
    assert f"/review/{own}/" in text(client).split("Recently decided")[1]


def test_only_the_own_scope_is_listed_and_counted(campaign: Campaign) -> None:
    [here, *_], there = fill_queue(campaign, 2), fill_queue(make_campaign("other1"), 3, first=50)
    guest = signed_in(member("guest", scope=Scope(campaigns=(campaign.pk,))))
    assert here in listed_ids(guest)
    assert len(listed_ids(guest)) == 2
    assert listed_ids(guest, "?campaign=other1") == []
    assert not set(there) & set(listed_ids(guest, "?q=2022"))
    assert "other1" not in text(guest, "?sort=newest")


def test_pages_are_complete_and_ordered(client: Client, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 2 * PER_PAGE + 5)
    late, odd = ids[PER_PAGE : PER_PAGE + 7], ids[3:60]
    change(odd, suspicious=True)
    change(late, received_at=timezone.now() - LONG_AGO)
    pages = [listed_ids(client, f"?page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [PER_PAGE, PER_PAGE, 5]
    rows = {row.pk: row for row in Submission.objects.all()}
    expected = sorted(ids, key=lambda pk: (pk not in late, not rows[pk].suspicious, rows[pk].received_at, pk))
    assert [identifier for page in pages for identifier in page] == expected
    assert listed_ids(client, "?page=999") == pages[2]
    assert listed_ids(client, "?page=0") == pages[0]


def test_the_number_of_queries_does_not_grow(client: Client, campaign: Campaign) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            text(client)
        return len(counted)

    fill_queue(campaign, 3)
    text(client)  # the session is written once
    few = queries()
    fill_queue(campaign, 200, first=10)
    make_campaign("other1")
    assert queries() <= few + 2  # the cards of a second campaign
    assert queries() <= 40


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of a plan are those of SQLite")
@pytest.mark.sqlite  # PostgreSQL plans by the statistics of the table
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?campaign=tstcmp",
        "?outcome=unsure",
        "?overdue=1",
        "?sort=newest",
        "?stage=final",
        "?stage=revoked",
        "?page=3",
        "?identity=card",
    ],
)
def test_no_query_scans_the_submissions(query: str, client: Client, campaign: Campaign) -> None:
    """The lists and counts search the index of the queue, never the rows, which contain the envelopes."""
    fill_queue(campaign, 120)
    with CaptureQueriesContext(connection) as counted:
        text(client, query)
    plans = [(sql["sql"], plan) for sql in counted for plan in plan_of(sql["sql"])]
    submission_plans = [(sql, plan) for sql, plan in plans if "submissions_submission" in plan]
    assert len(submission_plans) >= 6
    scans = [
        (plan, sql) for sql, plan in submission_plans if not plan.startswith("SEARCH submissions_submission USING")
    ]
    assert scans == []
    counts = [plan for sql, plan in submission_plans if "COUNT(" in sql and 'FROM "submissions_submission"' in sql]
    assert counts
    assert {plan for plan in counts if "COVERING INDEX review_queue" not in plan} == set()


def plan_of(sql: str) -> list[str]:
    if not sql.startswith("SELECT"):
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.parametrize(("sort", "order"), [("oldest", [0, 1, 2, 3]), ("newest", [3, 2, 1, 0])])
def test_previous_and_next_in_order_of_time(sort: str, order: list[int], campaign: Campaign) -> None:
    """In order of time, suspicious submissions do not come first."""
    ids, user = fill_queue(campaign, 4), member("mei")
    change([ids[1]], suspicious=True)
    chosen = QueueFilter(sort=sort)
    expected = [ids[place] for place in order]
    assert queue.first(user, chosen) == expected[0]
    neighbours = [queue.neighbours(user, Submission.objects.get(pk=pk), chosen) for pk in expected]
    assert neighbours == list(zip([None, *expected[:-1]], [*expected[1:], None], strict=True))
