"""Students whom stations photograph after the campaign's last day: rejected ones, and those of make-up windows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kiosk.upload.client import Client
from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.envelope import VERSION, VERSION_HEADER
from kiosk.upload.roster import Roster, RosterProblem
from kiosk.upload.roster_payload import StudentState
from server.records.models import Campaign, Student
from server.records.window_models import CaptureWindow, WindowKind
from server.review.times import visit_times
from server.stations.models import Station
from server.submissions.models import Submission
from tests.server.conftest import fake_number, make_student
from tests.server.station_client import StationClient, Visit

LONG_AGO = timedelta(days=30)


@pytest.fixture
def closed(campaign: Campaign) -> Campaign:
    """A campaign whose last day is over."""
    now = timezone.now()
    Campaign.objects.update(opens_at=now - LONG_AGO, closes_at=now - timedelta(days=5))
    campaign.refresh_from_db()
    return campaign


def make_window(campaign: Campaign, kind: WindowKind = WindowKind.MAKE_UP, opens: int = -1) -> CaptureWindow:
    opens_at = timezone.now() + timedelta(days=opens)
    return CaptureWindow.objects.create(
        campaign=campaign, kind=kind.value, opens_at=opens_at, closes_at=opens_at + timedelta(days=2)
    )


def found_at_station(station: StationClient, folder: Path, serial: int = 1) -> str:
    """Return the id of the student that a station finds by the card, or the key of the problem."""
    client = Client(station.address, station.pairing.token)
    roster = Roster(folder / "roster", FileCipher(bytes(KEY_SIZE)), station.pairing.roster_key)
    roster.replace(client.roster())
    try:
        return roster.find(fake_number(serial), timezone.now()).student.id
    except RosterProblem as problem:
        return problem.key


def test_a_rejected_student_comes_again_after_the_last_day(
    closed: Campaign, station: StationClient, tmp_path: Path
) -> None:
    student = make_student(closed)
    assert found_at_station(station, tmp_path) == "roster.expired"
    Student.objects.update(resubmit_until=timezone.now() + timedelta(days=3))
    assert found_at_station(station, tmp_path) == student.pk
    assert station.submit(Visit.of(student)).status_code == 200
    assert found_at_station(station, tmp_path) == "roster.captured"
    assert not visit_times(Submission.objects.get()).outside_days


def test_a_student_of_a_make_up_window_is_photographed_and_others_are_not(
    closed: Campaign, station: StationClient, tmp_path: Path
) -> None:
    absent, other = make_student(closed, make_up_window=make_window(closed)), make_student(closed, 2)
    assert found_at_station(station, tmp_path, 1) == absent.pk
    assert found_at_station(station, tmp_path, 2) == "roster.expired"
    assert station.submit(Visit.of(absent)).status_code == 200
    assert not visit_times(Submission.objects.get()).outside_days
    absent.refresh_from_db()
    assert absent.state == StudentState.CAPTURED.value
    assert not other.may_come_at(timezone.now())


def test_before_the_window_the_station_names_its_first_day(
    closed: Campaign, station: StationClient, tmp_path: Path
) -> None:
    make_student(closed, make_up_window=make_window(closed, opens=2))
    assert found_at_station(station, tmp_path) == "roster.make_up_later"


def test_a_window_of_the_remote_page_opens_no_station_but_intake_accepts_the_photo(
    closed: Campaign, station: StationClient, tmp_path: Path
) -> None:
    student = make_student(closed, make_up_window=make_window(closed, WindowKind.REMOTE))
    assert found_at_station(station, tmp_path) == "roster.expired"
    assert station.submit(Visit.of(student)).status_code == 200
    assert not visit_times(Submission.objects.get()).outside_days
    student.refresh_from_db()
    assert student.state == StudentState.CAPTURED.value


def test_a_removed_window_closes_for_its_students(closed: Campaign, station: StationClient, tmp_path: Path) -> None:
    window = make_window(closed)
    student = make_student(closed, make_up_window=window)
    window.delete()
    student.refresh_from_db()
    assert student.make_up_window is None
    assert found_at_station(station, tmp_path) == "roster.expired"


CHANGES = {
    "a time to come again": lambda: Student.objects.update(resubmit_until=timezone.now()),
    "a window": lambda: Student.objects.update(make_up_window=make_window(Campaign.objects.get())),
    "the days of a window": lambda: CaptureWindow.objects.update(closes_at=timezone.now() + timedelta(days=9)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_station_receives_every_change(
    change: object, closed: Campaign, station: StationClient, tmp_path: Path
) -> None:
    make_student(closed, make_up_window=make_window(closed))
    headers = {VERSION_HEADER: str(VERSION)}
    tag = station.roster(headers).headers["ETag"]
    assert station.roster(headers | {"If-None-Match": tag}).status_code == 304
    change()  # type: ignore[operator]
    assert station.roster(headers | {"If-None-Match": tag}).status_code == 200


def test_a_station_of_the_first_release_gets_the_roster_that_it_supports(
    closed: Campaign, station: StationClient
) -> None:
    make_student(closed, make_up_window=make_window(closed), resubmit_until=timezone.now())
    Station.objects.update(roster_key_encrypted="")
    [campaign], [student] = (station.roster().json()[name] for name in ("campaigns", "students"))
    assert "make_up_windows" not in campaign
    assert not {"resubmit_until", "make_up_window"} & student.keys()
