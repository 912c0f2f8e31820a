"""The list of students, and the page of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from server.audit.models import Event
from server.records.id_number_protection import decrypt_number, keyed_hash, slow_keyed_hash
from server.records.models import Campaign, Student
from server.records.people_models import Consent, EnrolmentLink
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.review.test_review_pages import create_received

pytestmark = pytest.mark.django_db
NAMES = ("王小明", "李雷", "韩梅梅")


@pytest.fixture
def three(campaign: Campaign) -> list[Student]:
    return [
        make_student(campaign, number, name=name, class_name=f"{number % 2}班", candidate_no=f"2400{number}")
        for number, name in enumerate(NAMES, 1)
    ]


def listed_students(clerk: Client, campaign: Campaign, **query: str) -> list[str]:
    answer = clerk.get("/clerk/students/", {"campaign": campaign.pk, **query})
    assert answer.status_code == 200
    return [student.name for student in answer.context["page"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["王小明", "李雷", "韩梅梅"]),
        ({"q": "梅"}, ["韩梅梅"]),
        ({"q": "李　雷"}, ["李雷"]),
        ({"q": "20220002"}, ["李雷"]),
        ({"q": "2022"}, ["王小明", "李雷", "韩梅梅"]),
        ({"q": "24003"}, ["韩梅梅"]),
        ({"q": fake_number(3)[-4:].lower()}, ["韩梅梅"]),
        ({"class": "1班"}, ["王小明", "韩梅梅"]),
        ({"state": "withdrawn"}, []),
        ({"sort": "-student_no"}, ["韩梅梅", "李雷", "王小明"]),
        ({"sort": "name"}, sorted(NAMES)),
        ({"sort": "id_number_hmac"}, ["王小明", "李雷", "韩梅梅"]),
        ({"q": "nobody"}, []),
    ],
    ids=str,
)
def test_students_are_found_filtered_and_sorted(
    query: dict[str, str], names: list[str], clerk: Client, campaign: Campaign, three: list[Student]
) -> None:
    assert listed_students(clerk, campaign, **query) == names


def test_a_complete_number_is_neither_searched_nor_repeated(
    clerk: Client, campaign: Campaign, three: list[Student]
) -> None:
    page = clerk.get("/clerk/students/", {"campaign": campaign.pk, "q": fake_number(1)}).content.decode()
    assert "last four digits of the ID number only" in page
    assert f'value="{fake_number(1)}"' not in page
    assert "3 found" in page


def test_the_next_page_keeps_the_query(clerk: Client, campaign: Campaign) -> None:
    for number in range(60):
        make_student(campaign, number)
    first = clerk.get("/clerk/students/", {"campaign": campaign.pk, "q": "王", "sort": "-student_no"})
    following = clerk.get("/clerk/students/" + first.context["next_url"])
    numbers = [student.student_no for page in (first, following) for student in page.context["page"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 60


def test_the_list_needs_the_same_few_queries_for_any_number_of_students(clerk: Client, campaign: Campaign) -> None:
    def count(**query: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            listed_students(clerk, campaign, **query)
        return len(counted)

    make_student(campaign, 0)
    count()  # the first request of a session writes to it
    few = count()
    for number in range(1, 80):
        make_student(campaign, number, class_name=f"{number}班")
    assert count() == few <= 14
    assert count(q="王", sort="name", state="expected") <= 14


@pytest.mark.sqlite  # PostgreSQL's query plans depend on the statistics of the table
@pytest.mark.parametrize("sort", ["student_no", "name", "class_name", "state"])
def test_every_order_of_the_list_uses_an_index(sort: str, campaign: Campaign) -> None:
    from server.clerk.student_list import ListQuery, find_students

    plan = find_students(campaign.students.all(), ListQuery(sort=sort))[:50].explain()
    assert "USING INDEX students_by" in plan
    assert "TEMP B-TREE" not in plan


# ---------------------------------------------------------------------- one student


def values_of(student: Student, **changes: Any) -> dict[str, Any]:
    names = ("name", "student_no", "candidate_no", "class_name", "department", "major", "study_level", "study_years")
    return {**{name: getattr(student, name) for name in names}, "number": "", "document_type": "", **changes}


def test_the_page_never_shows_a_complete_number(clerk: Client, three: list[Student]) -> None:
    for language in ("en", "zh_CN"):
        page = clerk.get(f"/clerk/students/{three[0].pk}/", {"lang": language}).content.decode()
        assert fake_number(1) not in page
        assert f"***{fake_number(1)[-4:]}" in page


def test_a_correction_is_stored_and_recorded_masked(clerk: Client, three: list[Student]) -> None:
    student = three[0]
    address = f"/clerk/students/{student.pk}/"
    changes = {"name": " 王 晓明", "number": fake_number(9), "class_name": "二班", "study_years": "4"}
    assert clerk.post(address, values_of(student, **changes)).status_code == 302
    student.refresh_from_db()
    assert (student.name, student.class_name, student.study_years) == ("王晓明", "二班", "4")
    assert (student.last_four, student.id_number_hmac) == (fake_number(9)[-4:], keyed_hash(fake_number(9)))
    assert decrypt_number(student.id_number_encrypted) == fake_number(9)
    assert student.id_number_slow_hash == slow_keyed_hash(fake_number(9))
    event = Event.objects.get(subject=f"student {student.pk}")
    assert event.details["number"] == [f"*{fake_number(1)[-4:]}", f"*{fake_number(9)[-4:]}"]
    assert fake_number(9) not in str(event.details)
    assert "Corrected" in clerk.get(address).content.decode()


def test_saving_without_a_change_records_nothing(clerk: Client, three: list[Student]) -> None:
    assert clerk.post(f"/clerk/students/{three[0].pk}/", values_of(three[0])).status_code == 302
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "?"}, "name"),
        ({"name": ""}, "name"),
        ({"number": fake_number(9)[:-1]}, "number"),
        ({"number": fake_number(2)}, "number"),
        ({"student_no": "20220002"}, "student_no"),
        ({"candidate_no": "24002"}, "candidate_no"),
        ({"student_no": "2022?"}, "student_no"),
        ({"study_years": "1234"}, "study_years"),
    ],
    ids=str,
)
def test_a_wrong_correction_is_refused(
    changes: dict[str, str], field: str, clerk: Client, three: list[Student]
) -> None:
    before = list(Student.objects.order_by("pk").values())
    answer = clerk.post(f"/clerk/students/{three[0].pk}/", values_of(three[0], **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert list(Student.objects.order_by("pk").values()) == before


def test_a_student_is_added(clerk: Client, campaign: Campaign, three: list[Student]) -> None:
    address = f"/clerk/students/new?campaign={campaign.pk}"
    values = values_of(Student(name="丁一", student_no="20220009"), number=fake_number(9))
    assert clerk.post(address, {**values, "number": ""}).status_code == 422
    answer = clerk.post(address, values)
    added = Student.objects.get(student_no="20220009")
    assert answer.headers["Location"] == f"/clerk/students/{added.pk}/"
    assert (added.campaign_id, added.state, added.last_four) == (campaign.pk, "expected", fake_number(9)[-4:])
    assert clerk.post(address, values).status_code == 422
    assert Student.objects.count() == 4


def test_withdraw_and_reinstate(clerk: Client, three: list[Student]) -> None:
    student = three[0]
    clerk.post(f"/clerk/students/{student.pk}/withdraw")
    student.refresh_from_db()
    assert student.state == "withdrawn"
    clerk.post(f"/clerk/students/{student.pk}/reinstate")
    student.refresh_from_db()
    assert student.state == "expected"
    changes = [event.details["change"] for event in Event.objects.order_by("id")]
    assert changes == ["withdrawn", "reinstated"]


def test_a_student_with_a_portrait_is_reinstated_as_captured(clerk: Client, student: Student) -> None:
    create_received(student)
    clerk.post(f"/clerk/students/{student.pk}/withdraw")
    clerk.post(f"/clerk/students/{student.pk}/reinstate")
    student.refresh_from_db()
    assert student.state == "captured"
    assert "Submission 1" in clerk.get(f"/clerk/students/{student.pk}/").content.decode()


def test_paper_consent_is_recorded_and_its_withdrawal_ends_the_collection(clerk: Client, three: list[Student]) -> None:
    student = three[0]
    clerk.post(f"/clerk/students/{student.pk}/consent", {"give": "1"})
    consent = Consent.objects.get()
    assert (consent.student_id, consent.source, consent.withdrawn_at) == (student.pk, "clerk lan", None)
    clerk.post(f"/clerk/students/{student.pk}/consent", {"withdraw": "1"})
    consent.refresh_from_db()
    student.refresh_from_db()
    assert (consent.withdrawn_at is not None, student.state) == (True, "withdrawn")
    assert "withdrawn" in clerk.get(f"/clerk/students/{student.pk}/").content.decode()


def test_enrolments_are_linked_by_a_clerk(clerk: Client, three: list[Student]) -> None:
    one, other = three[0], three[1]
    page = clerk.post(f"/clerk/students/{one.pk}/link", {"student_no": "nobody"}, follow=True).content.decode()
    assert "nothing was linked" in page
    clerk.post(f"/clerk/students/{one.pk}/link", {"student_no": other.student_no})
    links = list(EnrolmentLink.objects.select_related("user"))
    assert {(link.proof, link.user.username) for link in links} == {("clerk", "lan")}  # type: ignore[union-attr]
    assert len({link.person_id for link in links}) == 1
    assert f"/clerk/students/{other.pk}/" in clerk.get(f"/clerk/students/{one.pk}/").content.decode()
    clerk.post(f"/clerk/students/{one.pk}/link", {"remove": "1"})
    assert [link.student_id for link in EnrolmentLink.objects.all()] == [other.pk]


def test_enrolments_of_other_schools_stay_hidden(three: list[Student], campaign: Campaign) -> None:
    from server.records.scope import Scope
    from tests.server.clerk.conftest import client_of

    later = timezone.now() + timedelta(days=9)
    foreign = make_student(make_campaign("other1", title="别处", closes_at=later), 1)
    own = client_of("own", Scope(campaigns=(campaign.pk,)))
    page = own.get(f"/clerk/students/{three[0].pk}/").content.decode()
    assert foreign.pk not in page
    assert "别处" not in page


def test_a_class_with_several_blanks_can_be_chosen(clerk: Client, campaign: Campaign) -> None:
    """Without a value a browser sends the text of an option with single blanks, which is no class."""
    make_student(campaign, 1, class_name="一  班 A")
    page = clerk.get("/clerk/students/", {"campaign": campaign.pk}).content.decode()
    assert '<option value="一  班 A"' in page
