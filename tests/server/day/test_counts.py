"""The numbers of students of each class who are expected, present, captured, approved and absent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kiosk.upload.roster_payload import StudentState
from server.day.counts import Counts, class_counts, total, without_photo
from server.day.student_state import DayState, day_state, is_capture_over
from server.records.models import Campaign, Student
from server.records.window_models import CaptureWindow, WindowKind
from server.submissions.states import State
from tests.server.conftest import make_student
from tests.server.day.conftest import DAY, close, make_window, submit

pytestmark = pytest.mark.django_db


def counts_of(campaign: Campaign) -> dict[str, Counts]:
    return {entry.name: entry.counts for entry in class_counts(campaign.students.all(), timezone.now())}


def test_every_student_is_counted_once(mixed: Campaign) -> None:
    counts = counts_of(mixed)
    assert counts == {
        "A班": Counts(expected=7, present=2, captured=2, approved=1, made_up=0),
        "B班": Counts(expected=1),
    }
    assert (counts["A班"].absent, counts["B班"].absent) == (3, 1), "expected, identified two days ago, rejected"


def test_the_total_is_the_sum(mixed: Campaign) -> None:
    assert total(class_counts(mixed.students.all(), timezone.now())) == Counts(8, 2, 2, 1, 0)


@pytest.mark.parametrize("state", [*State])
def test_each_state_of_a_finished_visit(state: State, student: Student) -> None:
    submit(student, state)
    counts = counts_of(student.campaign)[""]
    captured = state not in (State.REJECTED, State.WITHDRAWN, State.SUPERSEDED)
    approved = state in (State.AWAITING_CONFIRMATION, State.CONFIRMED, State.QUEUED, State.PUBLISHED)
    assert (counts.captured, counts.approved, counts.absent) == (captured, approved, not captured)


def test_a_state_that_was_set_by_hand_hides_no_portrait(student: Student) -> None:
    submit(student)
    Student.objects.update(state=StudentState.EXPECTED.value)
    assert counts_of(student.campaign)[""] == Counts(expected=1, captured=1)
    assert not without_photo(student.campaign.students.all()).exists()


def test_a_student_with_rejected_visits_is_counted_once(student: Student) -> None:
    for _ in range(3):
        submit(student, State.REJECTED)
    submit(student)
    assert counts_of(student.campaign)[""] == Counts(expected=1, captured=1)


def test_a_student_captured_after_a_make_up_window_was_set_is_made_up(campaign: Campaign) -> None:
    window = make_window(campaign)
    absent, captured = (make_student(campaign, n, make_up_window=window) for n in (1, 2))
    submit(captured)
    assert counts_of(campaign)[""] == Counts(expected=2, captured=1, made_up=1)
    assert list(without_photo(campaign.students.all())) == [absent]


def test_the_make_up_list_has_the_expected_without_an_open_or_confirmed_submission(mixed: Campaign) -> None:
    listed = without_photo(mixed.students.all()).values_list("name", flat=True)
    assert set(listed) == {"expected", "identified", "yesterday", "rejected", "other"}


def test_a_revoked_portrait_needs_no_further_visit(student: Student) -> None:
    submit(student, State.REVOKED)
    assert not without_photo(student.campaign.students.all()).exists()


def test_any_number_of_classes_is_one_query(campaign: Campaign) -> None:
    for number in range(30):
        make_student(campaign, number, class_name=f"{number}班")
    with CaptureQueriesContext(connection) as queries:
        assert len(class_counts(campaign.students.all(), timezone.now())) == 30
    assert len(queries) == 1


@pytest.mark.sqlite  # PostgreSQL's query plans depend on the statistics of the table
def test_the_query_reads_the_students_by_class_with_an_index(campaign: Campaign) -> None:
    make_student(campaign)
    with CaptureQueriesContext(connection) as queries:
        class_counts(campaign.students.all(), timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert "USING INDEX students_by_class" in plan
    assert "SCAN" not in plan


# ---------------------------------------------------------------------- the state of one student


def test_absent_becomes_make_up_becomes_made_up(campaign: Campaign) -> None:
    student = make_student(close(campaign))

    def state() -> DayState:
        fresh = campaign.students.select_related("make_up_window").get(pk=student.pk)
        return day_state(fresh, is_capture_over(campaign, timezone.now()), timezone.now())

    assert state() is DayState.ABSENT
    Student.objects.update(make_up_window=make_window(campaign))
    assert state() is DayState.MAKE_UP
    submit(student)
    assert state() is DayState.MADE_UP


def test_after_the_end_of_their_window_a_student_is_absent(campaign: Campaign) -> None:
    student = make_student(close(campaign), make_up_window=make_window(campaign, opens=-9))
    assert day_state(student, True, timezone.now()) is DayState.ABSENT


@pytest.mark.parametrize(
    ("values", "over", "expected"),
    [
        ({}, False, DayState.EXPECTED),
        ({}, True, DayState.ABSENT),
        ({"resubmit_until": timedelta(days=2)}, True, DayState.RESUBMISSION),
        ({"resubmit_until": timedelta(0)}, True, DayState.RESUBMISSION),
        ({"resubmit_until": timedelta(days=-2)}, True, DayState.ABSENT),
        ({"state": StudentState.CAPTURED.value}, True, DayState.CAPTURED),
        ({"state": StudentState.WITHDRAWN.value}, True, DayState.WITHDRAWN),
    ],
    ids=str,
)
def test_the_other_states(values: dict[str, object], over: bool, expected: DayState) -> None:
    now = timezone.now()
    student = Student(**{k: now + v if isinstance(v, timedelta) else v for k, v in values.items()})
    assert day_state(student, over, now) is expected


def test_the_capture_ends_with_the_last_day_or_the_last_window_on_site(campaign: Campaign) -> None:
    now = timezone.now()
    assert not is_capture_over(campaign, now)
    assert is_capture_over(campaign, now + 3 * DAY)
    CaptureWindow.objects.create(campaign=campaign, opens_at=now - DAY, closes_at=now - timedelta(minutes=1))
    assert is_capture_over(campaign, now)
    make_window(campaign, WindowKind.REMOTE)
    assert is_capture_over(campaign, now), "the remote page takes no photos on site"
