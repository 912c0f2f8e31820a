"""A school's own texts in both languages, its help line, and what clerks see of a student's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from server.members.models import Role
from server.members.scope import set_scope
from server.notices.contacts import set_contact
from server.records.last_four import on_student_page
from server.records.models import Campaign, School
from server.records.scope import Scope
from server.records.window_models import CaptureWindow
from tests.server.clerk.conftest import campaign_values, client_of
from tests.server.clerk.test_campaigns import window_values
from tests.server.conftest import make_student

pytestmark = pytest.mark.django_db
ENGLISH = {
    "title_en": "Class of 2027",
    "place_en": "Library",
    "clothing_en": "A white shirt",
    "help_hours_en": "9 to 5",
    "appeal_days": 10,
}


def text_of(answer: Any) -> str:
    return answer.content.decode()


@pytest.fixture
def bilingual(clerk: Client, campaign: Campaign) -> Campaign:
    answer = clerk.post(f"/clerk/campaigns/{campaign.pk}/edit", campaign_values(**ENGLISH))
    assert answer.status_code == 302
    clerk.get("/clerk/")  # shows the message with the title
    campaign.refresh_from_db()
    return campaign


def test_the_form_has_every_text_in_both_languages(bilingual: Campaign) -> None:
    assert {name: getattr(bilingual, name) for name in ENGLISH} == ENGLISH


@pytest.mark.parametrize("page", ["/c/{}", "/clerk/campaigns/{}/notice"])
def test_notice_and_public_page_use_them(page: str, clerk: Client, bilingual: Campaign) -> None:
    School.objects.update(name_en="Model University")
    window = window_values(place="三号楼", place_en="Building 3")
    assert clerk.post(f"/clerk/campaigns/{bilingual.pk}/windows", window).status_code == 302
    english, chinese = (
        text_of(clerk.get(page.format(bilingual.pk), {"lang": language})).partition("<article")[2]
        for language in ("en", "zh_CN")
    )
    for text in ("Model University", "Class of 2027", "Library", "A white shirt", "9 to 5", "Building 3"):
        assert text in english
        assert text not in chinese
    for text in ("示范大学", "2027 届", "图书馆一楼", "白衬衫", "9-17", "三号楼"):
        assert text in chinese
        assert text not in english


def test_an_empty_text_falls_back_to_the_other_language(client: Client, campaign: Campaign) -> None:
    campaign.place_en, campaign.clothing = "Library", "白衬衫"
    campaign.save()
    for language in ("en", "zh_CN"):
        page = text_of(client.get(f"/c/{campaign.pk}", {"lang": language}))
        assert "Library" in page
        assert "白衬衫" in page


def test_a_new_campaign_proposes_what_to_wear_in_both_languages(clerk: Client, campaign: Campaign) -> None:
    page = text_of(clerk.get("/clerk/campaigns/new"))
    assert "有领的素色上衣" in page
    assert "A plain shirt or blouse" in page


def test_the_schools_help_line_is_the_default(clerk: Client, client: Client, campaign: Campaign) -> None:
    values = {
        "name": "示范大学",
        "name_en": "",
        "help_line": "0100-222222",
        "help_hours": "工作日",
        "help_hours_en": "",
    }
    assert clerk.post(f"/clerk/school/{campaign.school_id}", values).status_code == 302
    assert "0100-222222" in text_of(client.get(f"/c/{campaign.pk}"))
    campaign.help_line = "0100-333333"
    campaign.save()
    page = text_of(client.get(f"/c/{campaign.pk}"))
    assert ("0100-333333" in page, "0100-222222" in page, "工作日" in page) == (True, False, False)


def test_a_school_is_edited_by_its_own_clerks(campaign: Campaign, foreign_clerk: Client) -> None:
    path = f"/clerk/school/{campaign.school_id}"
    assert foreign_clerk.get(path).status_code == 404
    assert foreign_clerk.post(path, {"name": "taken"}).status_code == 404
    own = client_of("own", Scope(schools=(campaign.school_id,)))  # type: ignore[attr-defined]
    assert own.get(path).status_code == 200
    assert "/clerk/school/" in text_of(own.get("/clerk/"))
    user = get_user_model().objects.get(username="own")
    set_scope(user, Scope(campaigns=(campaign.pk,)), Role.CLERK)
    assert own.get(path).status_code == 404, "a clerk of one campaign does not edit the school"
    assert own.post(path, {"name": ""}).status_code == 404
    assert School.objects.get(pk=campaign.school_id).name == "示范大学"  # type: ignore[misc]


def test_a_window_has_its_place_in_both_languages(clerk: Client, campaign: Campaign) -> None:
    clerk.post(f"/clerk/campaigns/{campaign.pk}/windows", window_values(place_en="Building 3"))
    assert CaptureWindow.objects.get().place_en == "Building 3"


def test_the_clerk_sees_masked_addresses(clerk: Client, campaign: Campaign) -> None:
    student = make_student(campaign)
    assert "appears on the student&#x27;s page only" in text_of(clerk.get(f"/clerk/students/{student.pk}/"))
    set_contact(student, phone="13812345678", consent_at=None)
    page = text_of(clerk.get(f"/clerk/students/{student.pk}/"))
    assert "138****5678" in page
    assert "13812345678" not in page


def test_the_clerk_allows_more_attempts(clerk: Client, foreign_clerk: Client, campaign: Campaign) -> None:
    student = make_student(campaign)
    page = f"/clerk/students/{student.pk}/"
    assert 'id="last-four"' not in text_of(clerk.get(page))
    for _ in range(5):
        on_student_page().check(student.pk, "0000", student.last_four)
    assert 'id="last-four"' in text_of(clerk.get(page))
    assert foreign_clerk.post(f"{page}last-four").status_code == 404
    assert on_student_page().is_paused(student.pk)
    assert clerk.post(f"{page}last-four").status_code == 302
    assert not on_student_page().is_paused(student.pk)
    assert "More attempts at the last four characters allowed" in text_of(clerk.get(page))
