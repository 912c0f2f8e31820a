"""Students in the administration: searched, never lost, and not photographed again by mistake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from server.records.models import Campaign, Student
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.station_client import StationClient, Visit

LIST = "/admin/records/student/"


@pytest.mark.parametrize("query", [fake_number(2)[-4:].lower(), "20220002", "李　雷", "李雷\u200b"])
def test_a_student_is_searched_by_number_and_name(query: str, campaign: Campaign, admin_client: Any) -> None:
    make_student(campaign, 1)
    make_student(campaign, 2, name="李雷")
    page = admin_client.get(LIST, {"q": query}).content.decode()
    assert ("20220002" in page, "20220001" in page) == (True, False)
    assert fake_number(2) not in page


def test_nobody_is_deleted_whose_visit_may_wait_at_a_station(campaign: Campaign, admin_client: Any) -> None:
    student = make_student(campaign)
    assert admin_client.post(f"{LIST}{student.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [student.pk], "post": "yes"}
    admin_client.post(LIST, action)
    assert Student.objects.filter(pk=student.pk).exists()


def test_a_student_of_a_later_campaign_can_be_deleted(admin_client: Any, db: None) -> None:
    later = make_campaign(opens_at=timezone.now() + timedelta(days=3), closes_at=timezone.now() + timedelta(days=9))
    student = make_student(later)
    admin_client.post(f"{LIST}{student.pk}/delete/", {"post": "yes"})
    assert not Student.objects.exists()


def save(client: Any, student: Student, **changes: str) -> str:
    fields = ("student_no", "candidate_no", "class_name", "major", "department", "state")
    values = {field: getattr(student, field) for field in fields} | changes
    page = client.post(f"{LIST}{student.pk}/change/?lang=en", values, follow=True)
    assert page.status_code == 200
    return str(page.content.decode())


def test_a_student_with_a_portrait_cannot_be_set_to_expected(
    station: StationClient, student: Student, admin_client: Any
) -> None:
    station.submit(Visit.of(student))
    student.refresh_from_db()
    assert "reject it on the review page" in save(admin_client, student, state="expected")
    student.refresh_from_db()
    assert student.state == "captured"


def test_a_student_number_is_corrected(campaign: Campaign, admin_client: Any) -> None:
    student = make_student(campaign)
    save(admin_client, student, student_no="００２２ 009")
    assert Student.objects.get().student_no == "0022009"


def test_a_student_set_to_expected_in_the_database_is_captured_in_the_roster(
    station: StationClient, student: Student
) -> None:
    station.submit(Visit.of(student))
    Student.objects.update(state="expected")
    assert [s["state"] for s in station.roster().json()["students"]] == ["captured"]


def test_after_a_visit_that_broke_off_the_student_is_expected(station: StationClient, student: Student) -> None:
    station.submit(Visit.interrupted(student))
    assert [s["state"] for s in station.roster().json()["students"]] == ["expected"]
