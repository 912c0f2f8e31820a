"""One portrait for several enrolments of one person."""

from __future__ import annotations

from typing import Any

import pytest

from server.members.roles import create_reviewer
from server.records.models import Campaign, Student
from server.submissions.models import Submission
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import StationClient, Visit


def other_enrolment(student: Student, **details: Any) -> Student:
    """Create an enrolment of the same person: the same ID number, another student number and subject."""
    values = {"student_no": "0032001", "major": "法学", "campaign": student.campaign, **details}
    return Student.objects.create(
        name=student.name, id_number_hmac=student.id_number_hmac, id_number_encrypted=student.id_number_encrypted,
        last_four=student.last_four, **values,
    )  # fmt: skip


@pytest.fixture
def second(student: Student) -> Student:
    return other_enrolment(student)


def test_the_roster_distinguishes_both(station: StationClient, student: Student, second: Student) -> None:
    rows = {s["id"]: s for s in station.roster().json()["students"]}
    assert rows[student.pk]["number_hash"] == rows[second.pk]["number_hash"]
    assert rows[second.pk]["label"] == "法学 · …2001"
    assert rows[student.pk]["label"] not in ("", rows[second.pk]["label"])


def test_the_student_chooses_both(station: StationClient, student: Student, second: Student) -> None:
    visit = Visit.of(student, also_for=(second.pk,))
    assert [station.submit(visit).status_code for _ in range(2)] == [200, 200]
    one, other = Submission.objects.get(student=student), Submission.objects.get(student=second)
    assert (one.shot_sha256, one.portrait_sha256) == (other.shot_sha256, other.portrait_sha256)
    assert (other.state, other.envelope["student"], other.envelope["shared_from"]) == ("received", second.pk, one.pk)
    assert set(Student.objects.values_list("state", flat=True)) == {"captured"}


@pytest.mark.parametrize("case", ["another person", "another standard", "withdrawn", "unknown", "has one already"])
def test_an_enrolment_that_cannot_have_it_does_not_refuse_the_photo(
    case: str, station: StationClient, student: Student
) -> None:
    if case == "another standard":
        other = other_enrolment(student, campaign=make_campaign("secnd1", background="white")).pk
    elif case == "withdrawn":
        other = other_enrolment(student, state="withdrawn").pk
    elif case == "has one already":
        enrolment = other_enrolment(student)
        assert station.submit(Visit.of(enrolment, seed=5)).status_code == 200
        other = enrolment.pk
    else:
        other = make_student(student.campaign, 9).pk if case == "another person" else "nobody"
    before = Submission.objects.count()
    assert station.submit(Visit.of(student, also_for=(other,))).status_code == 200
    assert Submission.objects.count() == before + 1


def test_a_reviewer_uses_a_portrait_for_the_other_enrolment(
    station: StationClient, student: Student, second: Student, client: Any, django_user_model: Any
) -> None:
    station.submit(Visit.of(student))
    one = Submission.objects.get()
    create_reviewer("mei", "correct horse battery")
    client.force_login(django_user_model.objects.get())
    page = client.get(f"/review/{one.pk}/?lang=en").content.decode()
    assert "Use this portrait for 法学 · …2001 too" in page
    assert client.post(f"/review/{one.pk}/share", {"student": second.pk}).status_code == 302
    other = Submission.objects.get(student=second)
    entry = other.history.get()
    assert (other.portrait_sha256, entry.by, entry.role) == (one.portrait_sha256, "mei", "reviewer")
    client.post(f"/review/{one.pk}/share", {"student": second.pk})
    client.post(f"/review/{one.pk}/share", {"student": make_student(student.campaign, 9).pk})
    assert Submission.objects.count() == 2
    assert "other-enrolments" not in client.get(f"/review/{one.pk}/").content.decode()
    assert client.get(f"/review/{other.pk}/").status_code == 200


def test_a_rejected_portrait_is_not_shared(station: StationClient, student: Student, second: Student) -> None:
    from server.submissions.sharing import other_enrolments

    station.submit(Visit.of(student))
    Submission.objects.update(state="rejected")
    assert list(other_enrolments(Submission.objects.get())) == []


def test_the_same_enrolment_cannot_be_stored_twice(student: Student) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        other_enrolment(student, student_no=student.student_no, major="")
    assert Campaign.objects.count() == 1
