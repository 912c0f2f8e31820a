"""When a student may be photographed: on the days of the campaign, after a rejection, in a make-up window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.roster import Roster, RosterProblem
from kiosk.upload.roster_payload import MakeUpWindow, RosterPayload, StudentState
from tests.factories import ID_NUMBER, NOW, ROSTER_KEY, make_campaign, make_roster, make_student

WINDOW = 7


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return Roster(tmp_path / "roster", FileCipher(bytes(KEY_SIZE)), ROSTER_KEY)


def refusal(roster: Roster, now: datetime = NOW) -> str:
    """Return why the student may not be photographed; "" if they may."""
    try:
        roster.find(ID_NUMBER, now)
    except RosterProblem as problem:
        return f"{problem.key.removeprefix('roster.')} {problem.values.get('date', '')}".strip()
    return ""


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, "expired 2026-05-19"), (2, ""), (0, ""), (-0.3, ""), (-2, "expired 2026-05-19")],
    ids=["not rejected", "in two days", "now", "earlier today", "two days ago"],
)
def test_a_rejected_student_may_come_again_after_the_campaign_until_that_day_ends(
    roster: Roster, until: float | None, expected: str
) -> None:
    rejected = make_student(resubmit_until=None if until is None else days(until))
    roster.replace(make_roster([make_campaign(opens=-9, closes=-1)], [rejected]))
    assert refusal(roster) == expected


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        (-1, 1, ""),
        (0, 0, ""),
        (-0.3, -0.2, ""),
        (0.1, 0.15, ""),
        (1, 2, "make_up_later 2026-05-21"),
        (-3, -2, "expired 2026-05-18"),
    ],
    ids=["open", "at this moment", "earlier today", "later today", "tomorrow", "over"],
)
def test_a_make_up_window_counts_on_whole_days(roster: Roster, opens: float, closes: float, expected: str) -> None:
    campaign = make_campaign(opens=-9, closes=-4, make_up_windows=(window(opens, closes),))
    roster.replace(make_roster([campaign], [make_student(make_up_window=WINDOW)]))
    assert refusal(roster) == expected


def window(opens: float, closes: float, number: int = WINDOW) -> MakeUpWindow:
    return MakeUpWindow(id=number, opens_at=days(opens), closes_at=days(closes))


def test_the_day_is_that_of_the_time_zone_of_the_school_and_of_the_clock_of_the_server(tmp_path: Path) -> None:
    """16:30 UTC is half past midnight in Shanghai; the station's clock is three hours ahead."""
    roster = Roster(
        tmp_path / "roster",
        FileCipher(bytes(KEY_SIZE)),
        ROSTER_KEY,
        to_server_time=lambda moment: moment - timedelta(hours=3),
    )
    opens = datetime(2026, 5, 20, 16, 30, tzinfo=UTC)
    window = MakeUpWindow(id=WINDOW, opens_at=opens, closes_at=opens)
    campaign = make_campaign(opens=-9, closes=-4, make_up_windows=(window,))
    roster.replace(make_roster([campaign], [make_student(make_up_window=WINDOW)]))
    for zone in (UTC, timezone(timedelta(hours=8))):
        assert refusal(roster, (opens + timedelta(hours=2)).astimezone(zone)) == "make_up_later 2026-05-21"
        assert refusal(roster, (opens + timedelta(hours=3)).astimezone(zone)) == ""


def test_a_window_is_only_for_its_own_students(roster: Roster) -> None:
    campaign = make_campaign(opens=-9, closes=-4, make_up_windows=(window(-1, 1), window(5, 6, number=8)))
    roster.replace(make_roster([campaign], [make_student()]))
    assert refusal(roster) == "expired 2026-05-16"
    roster.replace(make_roster([campaign], [make_student(make_up_window=9)]))
    assert refusal(roster) == "expired 2026-05-16", "a window that the roster does not have"


@pytest.mark.parametrize(
    ("state", "expected"), [(StudentState.CAPTURED, "captured"), (StudentState.WITHDRAWN, "withdrawn")]
)
def test_a_student_who_needs_no_photo_is_refused_in_a_make_up_window_too(
    roster: Roster, state: StudentState, expected: str
) -> None:
    campaign = make_campaign(opens=-9, closes=-4, make_up_windows=(window(-1, 1),))
    student = make_student(state=state, resubmit_until=days(3), make_up_window=WINDOW)
    roster.replace(make_roster([campaign], [student]))
    assert refusal(roster) == expected


def test_a_make_up_window_within_the_campaign_closes_no_day_of_it(roster: Roster) -> None:
    campaign = make_campaign(opens=-1, closes=9, make_up_windows=(window(5, 6),))
    roster.replace(make_roster([campaign], [make_student(make_up_window=WINDOW)]))
    assert refusal(roster) == ""


def test_before_the_campaign_its_first_day_is_shown(roster: Roster) -> None:
    campaign = make_campaign(opens=2, closes=3, make_up_windows=(window(5, 6),))
    roster.replace(make_roster([campaign], [make_student(make_up_window=WINDOW)]))
    assert refusal(roster) == "not_open 2026-05-22"


def test_after_the_photo_the_station_refuses_a_second_one(roster: Roster) -> None:
    roster.replace(make_roster([make_campaign(opens=-9, closes=-4)], [make_student(resubmit_until=days(3))]))
    roster.mark_captured(make_student().id, NOW)
    assert refusal(roster) == "captured"


def test_of_two_enrolments_the_one_with_a_make_up_day_ahead_is_named(roster: Roster) -> None:
    closed = make_campaign("closed", opens=-9, closes=-4)
    later = make_campaign("later", opens=-9, closes=-4, make_up_windows=(window(2, 3),))
    students = [
        make_student(id="a" * 32, campaign="closed"),
        make_student(id="b" * 32, campaign="later", make_up_window=WINDOW),
    ]
    roster.replace(make_roster([closed, later], students))
    assert refusal(roster) == "make_up_later 2026-05-22"


def test_a_roster_without_the_new_fields_is_read(roster: Roster, tmp_path: Path) -> None:
    """An earlier server sends such a roster, and an earlier station stored it."""
    payload = make_roster([make_campaign()], [make_student()])
    earlier = payload.model_dump(
        mode="json",
        exclude={
            "campaigns": {"__all__": {"make_up_windows"}},
            "students": {"__all__": {"resubmit_until", "make_up_window"}},
        },
    )
    roster.replace(RosterPayload.model_validate(earlier))
    assert refusal(Roster(tmp_path / "roster", FileCipher(bytes(KEY_SIZE)), ROSTER_KEY)) == ""
