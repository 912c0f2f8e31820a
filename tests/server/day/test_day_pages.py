"""Who sees the capture day, and what the page shows."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.day.campaign_choice import in_order_of_interest
from server.members.models import Role
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING, Scope
from tests.server.clerk.conftest import client_of
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.day.conftest import DAY, make_station

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_typeface")]
PAGES = ("", "live", "absent", "absent/print", "absent.xlsx", "report.xlsx", "report.pdf")


def addresses(campaign: Campaign) -> list[str]:
    return [f"/day/{campaign.pk}/{page}" for page in PAGES]


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def rows_of(page: str) -> dict[str, list[int]]:
    """Return the numbers of each class in the table."""
    rows = re.findall(r'<th scope="row">(.*?)<progress.*?</th>(.*?)</tr>', page, re.DOTALL)
    return {name: [int(n) for n in re.findall(r">(\d+)<", cells)] for name, cells in rows}


def test_the_table_has_the_figures_of_each_class(operator: Client, mixed: Campaign) -> None:
    page = text_of(operator.get(f"/day/{mixed.pk}/"))
    assert rows_of(page) == {"A班": [7, 2, 2, 1, 3], "B班": [1, 0, 0, 0, 1]}
    assert rows_of(text_of(operator.get(f"/day/{mixed.pk}/live"))) == rows_of(page)


def test_the_live_part_is_no_whole_page(operator: Client, mixed: Campaign) -> None:
    part = text_of(operator.get(f"/day/{mixed.pk}/live"))
    assert "<html" not in part
    assert len(part) < 8000


def test_complete_classes_can_be_left_out(operator: Client, campaign: Campaign) -> None:
    make_student(campaign, 1, class_name="A班", state="captured")
    make_student(campaign, 2, class_name="B班")
    assert list(rows_of(text_of(operator.get(f"/day/{campaign.pk}/")))) == ["A班", "B班"]
    assert list(rows_of(text_of(operator.get(f"/day/{campaign.pk}/?incomplete=1")))) == ["B班"]
    Student.objects.update(state="captured")
    assert "Every class is complete" in text_of(operator.get(f"/day/{campaign.pk}/?incomplete=1"))


def test_many_classes_are_on_several_pages(operator: Client, campaign: Campaign) -> None:
    for number in range(70):
        make_student(campaign, number, class_name=f"{number:03}班")
    first, second = (text_of(operator.get(f"/day/{campaign.pk}/?page={page}")) for page in (1, 2))
    assert (len(rows_of(first)), len(rows_of(second))) == (60, 10)
    assert "70" in re.findall(r'<strong class="number">(\d+)</strong>', second), "the figures are of all"


def test_no_page_shows_a_name_or_a_number_in_full(operator: Client, campaign: Campaign) -> None:
    make_student(campaign, name="欧阳小明")
    for address in addresses(campaign)[:4]:
        for language in ("en", "zh_CN"):
            page = text_of(operator.get(address, {"lang": language}))
            assert "欧阳小明" not in page
            assert fake_number(1) not in page


def test_the_page_needs_the_same_few_queries_for_any_number_of_students_and_stations(
    operator: Client, campaign: Campaign
) -> None:
    def count(page: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(f"/day/{campaign.pk}/{page}").status_code == 200
        return len(queries)

    make_student(campaign, 0)
    make_station(waiting=1)
    count("")  # the first request of a session writes to it
    few = [count(page) for page in ("", "live", "absent")]
    for number in range(1, 80):
        make_student(campaign, number, class_name=f"{number}班")
    for number in range(5):
        make_station(f"{number}号站", waiting=1)
    assert [count(page) for page in ("", "live", "absent")] == few
    assert max(few) <= 14, few


# ---------------------------------------------------------------------- choice of the campaign


def test_the_campaign_that_is_open_today_comes_first() -> None:
    now = timezone.now()
    days = {"past": (-20, -10), "ended": (-5, -1), "soon": (3, 5), "long": (-3, 9), "today": (-1, 1)}
    campaigns = [Campaign(code=code, opens_at=now + a * DAY, closes_at=now + b * DAY) for code, (a, b) in days.items()]
    assert [campaign.pk for campaign in in_order_of_interest(campaigns, now)] == [
        "today", "long", "ended", "past", "soon",
    ]  # fmt: skip


def test_the_address_without_a_campaign_leads_to_it(operator: Client, campaign: Campaign) -> None:
    make_campaign("later1", opens_at=timezone.now() + 5 * DAY, closes_at=timezone.now() + 9 * DAY)
    assert operator.get("/day/").headers["Location"] == f"/day/{campaign.pk}/"
    assert operator.get("/day/?campaign=later1").headers["Location"] == "/day/later1/"
    assert operator.get("/day/?campaign=nobody").status_code == 404


def test_without_a_campaign_the_page_shows_that(operator: Client) -> None:
    assert "no campaign" in text_of(operator.get("/day/"))


# ---------------------------------------------------------------------- permissions


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CLERK, Role.ADMINISTRATOR])
def test_operators_clerks_and_administrators_see_the_capture_day(role: Role, campaign: Campaign) -> None:
    client = client_of("x", Scope(campaigns=(campaign.pk,)), role)
    assert [client.get(address).status_code for address in addresses(campaign)] == [200] * len(PAGES)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.RETOUCHER, Role.DELIVERY, Role.AUDITOR])
def test_other_roles_do_not(role: Role, campaign: Campaign) -> None:
    client = client_of("x", EVERYTHING, role)
    assert {client.get(address).status_code for address in ("/day/", *addresses(campaign))} == {403}


def test_another_school_sees_nothing(foreign_operator: Client, campaign: Campaign) -> None:
    make_station("一号站")
    assert {foreign_operator.get(address).status_code for address in addresses(campaign)} == {404}
    assert campaign.title not in text_of(foreign_operator.get("/day/"))


def test_nobody_gets_in_without_signing_in(client: Client, campaign: Campaign) -> None:
    for address in ("/day/", *addresses(campaign)):
        assert client.get(address).headers["Location"].startswith("/signin")


def test_the_start_page_of_an_operator_is_the_capture_day(operator: Client, campaign: Campaign) -> None:
    assert operator.get("/").headers["Location"] == "/day/"
    assert 'href="/day/"' in text_of(operator.get(f"/day/{campaign.pk}/"))
    reviewer = client_of("mei", EVERYTHING, Role.REVIEWER)
    assert 'href="/day/"' not in text_of(reviewer.get("/"))
