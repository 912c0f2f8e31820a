"""The list of students without a photo: on the screen, printed, as a workbook."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from server.day.absent import absent_students
from server.records.models import Campaign, Student
from tests.server.conftest import fake_number, make_student
from tests.server.day.conftest import close, make_window

pytestmark = pytest.mark.django_db


def listed_students(client: Client, campaign: Campaign, **query: str) -> list[tuple[str, str]]:
    """Return the names and states on the page."""
    answer = client.get(f"/day/{campaign.pk}/absent", query)
    assert answer.status_code == 200
    return [(row.student.name, row.state.value) for row in answer.context["rows"]]


def sheet_of(client: Client, campaign: Campaign, **query: str) -> Any:
    answer = client.get(f"/day/{campaign.pk}/absent.xlsx", query)
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="absent-{campaign.pk}-')
    return load_workbook(io.BytesIO(answer.content)).active


def test_during_the_campaign_they_are_expected_and_afterwards_absent(operator: Client, mixed: Campaign) -> None:
    names = ["expected", "identified", "rejected", "yesterday"]
    assert sorted(listed_students(operator, mixed, **{"class": "A班"})) == [(name, "expected") for name in names]
    close(mixed)
    assert {state for _, state in listed_students(operator, mixed)} == {"absent"}
    Student.objects.filter(name="rejected").update(resubmit_until=timezone.now() + timedelta(days=3))
    Student.objects.filter(name="other").update(make_up_window=make_window(mixed))
    assert dict(listed_students(operator, mixed)) == {
        "expected": "absent",
        "identified": "absent",
        "yesterday": "absent",
        "rejected": "resubmission",
        "other": "make_up",
    }


def test_a_class_alone(operator: Client, mixed: Campaign) -> None:
    assert [name for name, _ in listed_students(operator, mixed, **{"class": "B班"})] == ["other"]
    assert listed_students(operator, mixed, **{"class": "C班"}) == []


def test_the_list_has_pages(operator: Client, campaign: Campaign) -> None:
    for number in range(60):
        make_student(campaign, number, class_name="一班")
    pages = [operator.get(f"/day/{campaign.pk}/absent?page={page}").context["rows"] for page in (1, 2)]
    assert [len(rows) for rows in pages] == [50, 10]
    assert len({row.student.pk for rows in pages for row in rows}) == 60


@pytest.mark.sqlite  # PostgreSQL's query plans depend on the statistics of the table
def test_the_list_reads_an_index(campaign: Campaign) -> None:
    assert "USING INDEX students_by_" in absent_students(campaign)[:50].explain()


def test_the_printed_list_has_every_class_and_no_full_number(operator: Client, mixed: Campaign) -> None:
    page = operator.get(f"/day/{mixed.pk}/absent/print").content.decode()
    assert page.index("A班") < page.index("B班")
    assert page.count(f"…{fake_number(1)[-4:]}") == 1
    assert fake_number(1) not in page
    assert "20220008" not in page, "withdrawn"


@pytest.mark.parametrize(("language", "title"), [("zh_CN", "学号"), ("en", "Student number")])
def test_the_workbook_has_the_same_students(language: str, title: str, operator: Client, mixed: Campaign) -> None:
    sheet = sheet_of(operator, mixed, lang=language)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert title.lower() in [str(name).lower() for name in rows[0]]
    assert [row[1] for row in rows[1:]] == ["20220001", "20220002", "20220003", "20220007", "20220020"]
    assert rows[1][3] == f"…{fake_number(1)[-4:]}"
    assert fake_number(1) not in str(rows)


def test_no_cell_of_the_workbook_is_a_formula(operator: Client, campaign: Campaign) -> None:
    make_student(campaign, class_name='=HYPERLINK("http://evil.example","x")', name="=1+1")
    Student.objects.update(student_no="@SUM(1)")
    sheet = sheet_of(operator, campaign)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert sheet["A2"].value.startswith("=HYPERLINK")


def test_an_empty_list_shows_that(operator: Client, campaign: Campaign) -> None:
    assert "No student is without a photo" in operator.get(f"/day/{campaign.pk}/absent").content.decode()
    assert sheet_of(operator, campaign).max_row == 1
