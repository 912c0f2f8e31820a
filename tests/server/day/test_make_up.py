"""A clerk opens a make-up window; stations then photograph its students."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from server.audit.models import Event
from server.day.make_up_notices import notify_opened
from server.notices.contacts import set_contact
from server.notices.models import Notice
from server.notices.rendering import render
from server.records.models import Campaign, Student
from server.records.scope import Scope
from server.records.window_models import CaptureWindow
from tests.server.clerk.conftest import client_of
from tests.server.conftest import make_campaign, make_student
from tests.server.day.conftest import close, make_window
from tests.server.station_client import StationClient, Visit
from tests.server.stations.test_make_up_windows import found_at_station

pytestmark = pytest.mark.django_db


def field_value(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def values(**changes: Any) -> dict[str, Any]:
    now = timezone.now()
    times = {"opens_at": field_value(now - timedelta(hours=1)), "closes_at": field_value(now + timedelta(hours=5))}
    return {"kind": "make_up", "place": "三号楼", "who": "all", **times, **changes}


def open_window(client: Client, campaign: Campaign, **changes: Any) -> Any:
    return client.post(f"/day/{campaign.pk}/windows", values(**changes))


def invited_students() -> set[str]:
    """Return the names of the students who have a make-up window."""
    return set(Student.objects.exclude(make_up_window=None).values_list("name", flat=True))


def test_a_window_for_all_on_the_list(clerk: Client, mixed: Campaign) -> None:
    answer = open_window(clerk, close(mixed))
    assert answer.headers["Location"] == f"/day/{mixed.pk}/absent"
    assert invited_students() == {"expected", "identified", "yesterday", "rejected", "other"}
    window = CaptureWindow.objects.get()
    assert (window.kind, window.place) == ("make_up", "三号楼")
    event = Event.objects.get(subject=f"campaign {mixed.pk}")
    assert (event.details["students"], event.details["change"]) == (5, "make-up window opened")
    page = clerk.get(f"/day/{mixed.pk}/absent").content.decode()
    assert "For 5; 0 made up" in page


@pytest.mark.parametrize("opens_at", ["0001-01-01T00:00", "0026-12-01T09:00"])
def test_a_mistyped_year_is_reported(opens_at: str, clerk: Client, mixed: Campaign) -> None:
    answer = open_window(clerk, close(mixed), opens_at=opens_at)
    assert answer.status_code == 422
    assert "four digits" in answer.content.decode()


def test_its_students_are_notified_once(clerk: Client, mixed: Campaign, settings: Any) -> None:
    """Students without any portrait get a notice, too. A simulated campaign would send nothing by SMS."""
    with_phone = Student.objects.get(name="other")
    set_contact(with_phone, phone="13812345678", consent_at=timezone.now())
    notices = settings.APP.notices.model_copy(update={"backends": ("sms-tencent", "folder")})
    settings.APP = settings.APP.model_copy(update={"notices": notices})
    Campaign.objects.update(simulated=False)
    open_window(clerk, mixed)
    window = CaptureWindow.objects.get()
    assert {notice.student.name for notice in Notice.objects.all()} == invited_students()
    assert set(Notice.objects.values_list("event", "version", "submission")) == {("make_up", window.pk, None)}
    assert dict(Notice.objects.values_list("student__name", "channel"))["other"] == "sms"
    assert Notice.objects.filter(channel="folder").count() == len(invited_students()) - 1
    text = render(Notice.objects.get(student=with_phone), "en", timezone.now())
    assert (f"{timezone.localtime(window.opens_at):%H:%M}" in text.sms, "三号楼" in text.sms) == (True, True)
    notify_opened(window, timezone.now())
    assert Notice.objects.count() == len(invited_students())


def test_students_with_a_remote_window_get_another_notice(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed, kind="remote")
    assert set(Notice.objects.values_list("event", flat=True)) == {"remote_make_up"}


def test_students_without_a_photo_are_notified_of_a_cancelled_window(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed)
    names, window = invited_students(), CaptureWindow.objects.get()
    Student.objects.filter(name="other").update(state="captured")
    clerk.post(f"/day/{mixed.pk}/windows/{window.pk}/remove")
    cancelled = Notice.objects.filter(event="make_up_cancelled")
    assert {notice.student.name for notice in cancelled} == names - {"other"}


def test_nobody_is_notified_when_a_window_that_is_over_is_removed(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed)
    CaptureWindow.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    clerk.post(f"/day/{mixed.pk}/windows/{CaptureWindow.objects.get().pk}/remove")
    assert not Notice.objects.filter(event="make_up_cancelled").exists()


def test_a_window_for_classes(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed, who="classes", of_classes=["B班"])
    assert invited_students() == {"other"}


def test_a_later_window_replaces_the_earlier_one(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed)
    open_window(clerk, mixed, who="classes", of_classes=["B班"], place="图书馆")
    places = dict(Student.objects.exclude(make_up_window=None).values_list("name", "make_up_window__place"))
    assert (places["other"], places["expected"]) == ("图书馆", "三号楼")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closes_at": "2020-01-01T08:00", "opens_at": "2020-01-01T07:00"}, "closes_at"),
        # Its id has no time: pytest's workers must collect the same ids, also in different minutes.
        pytest.param(
            {"closes_at": field_value(timezone.now() - timedelta(hours=2))}, "closes_at", id="two_hours_ago-closes_at"
        ),
        ({"closes_at": "2099-01-01T08:00"}, "closes_at"),
        ({"opens_at": ""}, "opens_at"),
        ({"kind": "on_site"}, "kind"),
        ({"who": "classes"}, "of_classes"),
        ({"who": "classes", "of_classes": ["C班"]}, "of_classes"),
        ({"who": "everybody"}, "who"),
    ],
    ids=str,
)
def test_a_wrong_window_is_refused(changes: dict[str, Any], field: str, clerk: Client, mixed: Campaign) -> None:
    answer = open_window(clerk, mixed, **changes)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not CaptureWindow.objects.exists()
    assert invited_students() == set()


def test_a_window_for_nobody_is_not_opened(clerk: Client, campaign: Campaign) -> None:
    open_window(clerk, campaign)
    assert not CaptureWindow.objects.exists()
    assert "no window was opened" in clerk.get(f"/day/{campaign.pk}/absent").content.decode()


def test_a_removed_window_leaves_its_students_absent(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed)
    window = CaptureWindow.objects.get()
    answer = clerk.post(f"/day/{mixed.pk}/windows/{window.pk}/remove")
    assert answer.status_code == 302
    assert (CaptureWindow.objects.count(), invited_students()) == (0, set())
    assert Event.objects.filter(details__change="make-up window removed").exists()


def test_the_campaigns_own_windows_are_not_removed_here(clerk: Client, campaign: Campaign) -> None:
    window = make_window(campaign)
    assert clerk.post(f"/day/{campaign.pk}/windows/{window.pk}/remove").status_code == 404
    assert CaptureWindow.objects.exists()


def test_only_clerks_of_the_campaign_open_and_remove_windows(operator: Client, mixed: Campaign) -> None:
    window = make_window(mixed)
    Student.objects.filter(name="other").update(make_up_window=window)
    make_campaign("other1")
    clerk_of_another = client_of("x", Scope(campaigns=("other1",)))
    for client in (operator, clerk_of_another):
        assert open_window(client, mixed).status_code == 404
        assert client.post(f"/day/{mixed.pk}/windows/{window.pk}/remove").status_code == 404
    assert CaptureWindow.objects.count() == 1
    page = operator.get(f"/day/{mixed.pk}/absent").content.decode()
    assert '<form method="post" action="/day/' not in page


def test_the_clerks_page_of_the_student_shows_the_window(clerk: Client, mixed: Campaign) -> None:
    open_window(clerk, mixed)
    student = Student.objects.get(name="other")
    assert "Make-up window" in clerk.get(f"/clerk/students/{student.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_from_absent_to_made_up_through_a_station(
    station: StationClient, clerk: Client, campaign: Campaign, tmp_path: Path
) -> None:
    """The student is absent after the campaign; the station finds and photographs them in the make-up window."""
    student = make_student(close(campaign))
    assert found_at_station(station, tmp_path) == "roster.expired"
    assert clerk.get(f"/day/{campaign.pk}/absent").context["rows"][0].state.value == "absent"
    open_window(clerk, campaign)
    assert found_at_station(station, tmp_path) == student.pk
    assert station.submit(Visit.of(student)).status_code == 200
    assert clerk.get(f"/day/{campaign.pk}/absent").context["rows"] == []
    counts = clerk.get(f"/day/{campaign.pk}/live").context["total"]
    assert (counts.captured, counts.made_up, counts.absent) == (1, 1, 0)
    assert found_at_station(station, tmp_path) == "roster.captured"
