"""The clerk's start page, campaigns, capture windows and the notice."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from server.audit.models import Event
from server.clerk.access import campaigns, is_clerk
from server.members.models import Role
from server.notices.models import Notice
from server.records.models import Campaign, School
from server.records.scope import EVERYTHING, Scope
from server.records.window_models import CaptureWindow
from tests.server.clerk.conftest import campaign_values, client_of
from tests.server.conftest import make_campaign, make_student

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return answer.content.decode()


def test_an_empty_server_shows_four_steps_and_the_first_is_the_next(clerk: Client) -> None:
    page = text_of(clerk.get("/clerk/"))
    assert page.count('class="card step') == 4
    assert page.index("current") < page.index("School</h2>")


def test_the_steps_are_done_one_after_the_other(clerk: Client, campaign: Campaign) -> None:
    assert text_of(clerk.get("/clerk/")).count("step done") == 2
    make_student(campaign)
    assert text_of(clerk.get("/clerk/")).count("step done") == 3


def test_a_school_and_a_campaign_are_created(clerk: Client) -> None:
    assert clerk.post("/clerk/school", {"code": "99001", "name": "示范大学"}).status_code == 302
    assert clerk.post("/clerk/campaigns/new", campaign_values()).status_code == 302
    new = Campaign.objects.get()
    assert (new.school_id, new.background, new.price_fen, new.payer) == ("99001", "white", 2000, "student")
    assert (new.retouch, new.max_retakes, new.four_eyes, new.confirmation) == ("always", 2, True, False)
    assert new.capture_days() == (campaign_values()["first_day"], campaign_values()["last_day"])
    assert [event.subject for event in Event.objects.all()] == ["campaign abc234", "school 99001"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"first_day": "0001-01-01"}, "first_day"),
        ({"first_day": "0026-06-01"}, "first_day"),
        ({"payer": "student", "price": "0"}, "price"),
        ({"payer": "free", "price": "5"}, "payer"),
        ({"look": "chsi:purple"}, "look"),
        ({"look": ""}, "look"),
        ({"code": "no"}, "code"),
        ({"title": ""}, "title"),
    ],
)
def test_a_wrong_campaign_names_its_field_and_writes_nothing(
    changes: dict[str, Any], field: str, clerk: Client
) -> None:
    School.objects.create(code="99001", name="示范大学")
    answer = clerk.post("/clerk/campaigns/new", campaign_values(**changes))
    assert (answer.status_code, Campaign.objects.count()) == (422, 0)
    assert list(answer.context["form"].errors) == [field]


def test_a_code_that_exists_is_not_overwritten(clerk: Client) -> None:
    make_campaign("abc234", title="before")
    assert clerk.post("/clerk/campaigns/new", campaign_values()).status_code == 422
    assert Campaign.objects.get().title == "before"


def test_editing_keeps_school_and_code(clerk: Client, campaign: Campaign) -> None:
    page = text_of(clerk.get(f"/clerk/campaigns/{campaign.pk}/edit"))
    assert 'name="code"' not in page
    School.objects.create(code="99009", name="x")
    answer = clerk.post(f"/clerk/campaigns/{campaign.pk}/edit", campaign_values("99009", title="renamed"))
    assert answer.status_code == 302
    campaign.refresh_from_db()
    assert (campaign.title, campaign.school_id, Campaign.objects.count()) == ("renamed", "99001", 1)


def window_values(**changes: Any) -> dict[str, Any]:
    day = timezone.localdate().isoformat()
    return {"kind": "on_site", "opens_at": f"{day}T09:00", "closes_at": f"{day}T17:00", "place": "三号楼", **changes}


def test_a_window_is_added_and_removed(clerk: Client, campaign: Campaign) -> None:
    assert clerk.post(f"/clerk/campaigns/{campaign.pk}/windows", window_values()).status_code == 302
    window = CaptureWindow.objects.get()
    assert (window.kind, timezone.localtime(window.opens_at).hour, window.place) == ("on_site", 9, "三号楼")
    CaptureWindow.objects.update(closes_at=timezone.now() + timedelta(hours=1))
    student = make_student(campaign, make_up_window=window)
    clerk.post(f"/clerk/campaigns/{campaign.pk}/windows/{window.pk}/remove")
    assert not CaptureWindow.objects.exists()
    assert list(Notice.objects.values_list("student", "event")) == [(student.pk, "make_up_cancelled")]


@pytest.mark.parametrize(
    "changes", [{"closes_at": "2020-01-01T08:00"}, {"opens_at": "2020-01-01T08:00"}, {"kind": "x"}]
)
def test_a_window_outside_the_campaign_is_refused(changes: dict[str, str], clerk: Client, campaign: Campaign) -> None:
    assert clerk.post(f"/clerk/campaigns/{campaign.pk}/windows", window_values(**changes)).status_code == 422
    assert not CaptureWindow.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_notice_has_what_students_need(language: str, clerk: Client, campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(
        place="图书馆一楼", clothing="白衬衫", help_line="0100-000000", payer="student", price_fen=1550
    )
    page = text_of(clerk.get(f"/clerk/campaigns/{campaign.pk}/notice", {"lang": language}))
    for expected in (
        "图书馆一楼",
        "白衬衫",
        "0100-000000",
        "15.50",
        campaign.pk,
        "data:image/png",
        f"/c/{campaign.pk}",
    ):
        assert expected in page


def test_the_public_page_needs_no_sign_in_and_names_nobody(campaign: Campaign, client: Client) -> None:
    student = make_student(campaign)
    page = client.get(f"/c/{campaign.pk}")
    assert page.status_code == 200
    assert student.masked_name not in text_of(page)
    assert client.get("/c/nobody").status_code == 404


def test_the_code_of_the_notice_uses_the_public_address(clerk: Client, campaign: Campaign, settings: Any) -> None:
    settings.PUBLIC_URL = "https://photo.example.edu"
    page = text_of(clerk.get(f"/clerk/campaigns/{campaign.pk}/notice"))
    assert f"https://photo.example.edu/c/{campaign.pk}" in page


# ---------------------------------------------------------------------- permissions


def paths(campaign: Campaign, student: str) -> list[str]:
    of_campaign = [f"/clerk/campaigns/{campaign.pk}/{page}" for page in ("", "edit", "notice")]
    of_students = [f"/clerk/students/?campaign={campaign.pk}", f"/clerk/students/new?campaign={campaign.pk}"]
    return [*of_campaign, *of_students, f"/clerk/students/{student}/"]


def test_a_clerk_of_another_school_sees_nothing(foreign_clerk: Client, campaign: Campaign) -> None:
    student = make_student(campaign)
    assert [foreign_clerk.get(path).status_code for path in paths(campaign, student.pk)] == [404] * 6
    for action in ("withdraw", "reinstate", "consent", "link"):
        assert foreign_clerk.post(f"/clerk/students/{student.pk}/{action}").status_code == 404
    assert campaign.title not in text_of(foreign_clerk.get("/clerk/"))
    assert campaign.title not in text_of(foreign_clerk.get("/clerk/roster/"))
    assert foreign_clerk.get("/clerk/school").status_code == 403
    assert foreign_clerk.post("/clerk/campaigns/new", campaign_values()).status_code == 422


def test_reviewers_are_no_clerks(campaign: Campaign) -> None:
    reviewer = client_of("mei", EVERYTHING, Role.REVIEWER)
    student = make_student(campaign)
    assert [reviewer.get(path).status_code for path in ("/clerk/", *paths(campaign, student.pk))] == [403] * 7


def test_a_reviewer_of_one_school_and_clerk_of_another_keeps_them_apart(campaign: Campaign) -> None:
    from server.members.scope import set_scope

    School.objects.create(code="99002", name="他校")
    client = client_of("both", Scope(schools=("99002",)))
    set_scope(get_user_model().objects.get(username="both"), Scope(schools=("99001",)), Role.REVIEWER)
    assert client.get(f"/clerk/campaigns/{campaign.pk}/").status_code == 404


def test_nobody_else_gets_in(client: Client, campaign: Campaign) -> None:
    assert client.get("/clerk/").headers["Location"].startswith("/signin")


def test_the_start_page_leads_to_the_task(clerk: Client, campaign: Campaign) -> None:
    assert clerk.get("/").headers["Location"] == "/clerk/"
    reviewer = client_of("mei", EVERYTHING, Role.REVIEWER)
    assert reviewer.get("/").headers["Location"] == "/review/"


def test_the_command_creates_a_clerk_with_the_same_scope(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    call_command("createreviewer", "mei", "--school", campaign.school_id, "--clerk")
    user = get_user_model().objects.get(username="mei")
    assert (is_clerk(user), list(campaigns(user))) == (True, [campaign])


def test_signing_in_leads_to_the_task(clerk: Client, campaign: Campaign) -> None:
    client_of("mei", EVERYTHING, Role.REVIEWER)
    for name, page in (("lan", "/clerk/"), ("mei", "/review/")):
        answer = Client().post("/signin", {"username": name, "password": "correct horse battery"})
        assert answer.headers["Location"] == page
