"""The sentences with which the page of the capture day reports the state of a station."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from config.i18n import LANGUAGES, translations
from kiosk.upload.heartbeat import Heartbeat as HeartbeatPayload
from server.day.stations import Severity, StationLine, duration_message, station_line, station_lines
from server.records.models import Campaign, School
from server.records.scope import Scope
from server.stations.heartbeats import store_heartbeat
from server.stations.models import Heartbeat, Station
from tests.server.conftest import make_campaign
from tests.server.day.conftest import make_station
from tests.server.stations.test_heartbeat import HEARTBEATS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 20, 4, 0, tzinfo=timezone.get_fixed_timezone(0))
"""Noon at the school."""
MINUTE = timedelta(minutes=1)
CAMERA = {"name": "EOS R8", "state": "live", "problem": "", "simulated": False, "battery_percent": 80}
GOOD = {
    "received_at": NOW,
    "disk_free_bytes": 50 * 10**9,
    "cameras": [CAMERA],
    "clock_offset_seconds": 1.0,
    "analyses_per_second": 8.0,
    "required_analyses_per_second": 5.0,
    "printer": "ready",
}


def line_of(last_seen: datetime | None = NOW, simulated: bool = False, **heartbeat: Any) -> StationLine:
    """Return the line of a station, which is not stored."""
    station = Station(name="一号站", last_seen=last_seen)
    if heartbeat:
        station.heartbeat = Heartbeat(**{**GOOD, **heartbeat})  # type: ignore[misc]
    return station_line(station, simulated, django_settings.APP.day, NOW)


def sentences(line: StationLine, language: str = "en") -> list[str]:
    tr = translations(language)
    return [tr.translate(finding.message.key, **finding.message.values) for finding in line.findings]


def test_a_station_without_a_fault() -> None:
    line = line_of(**GOOD)
    assert (line.findings, line.tone) == ((), "good")


@pytest.mark.parametrize(
    ("heartbeat", "tone", "sentence"),
    [
        ({"disk_free_bytes": 1_400_000_000}, "warning", "Disk nearly full: 1.4 GB free"),
        ({"disk_free_bytes": 400_000_000}, "critical", "Disk nearly full: 0.4 GB free"),
        ({"clock_offset_seconds": 180.0}, "warning", "Clock is 3 min fast"),
        ({"clock_offset_seconds": -90.0}, "warning", "Clock is 90 s slow"),
        (
            {"waiting": 12, "oldest_waiting_at": NOW - 25 * MINUTE},
            "warning",
            "12 waiting to be sent, the oldest for 25 min",
        ),
        ({"rejected": 2}, "warning", "2 not accepted by the server; please look at the station's operator page"),
        (
            {"analyses_per_second": 2.0},
            "warning",
            "Guidance is too slow: 2.0 analyses per second, 5.0 required",
        ),
        ({"printer": "paper_out"}, "warning", "The printer is out of paper"),
        ({"printer": "of a later version"}, "warning", "The printer has a problem"),
        ({"cameras": [CAMERA | {"state": "lost"}]}, "critical", "Camera EOS R8 is not connected"),
        ({"cameras": [CAMERA | {"state": "starting"}]}, "warning", "Camera EOS R8 is starting"),
        (
            {"cameras": [CAMERA | {"problem": "camera.no_live_view"}]},
            "warning",
            "Camera EOS R8 has a problem; please look at the station",
        ),
        ({"cameras": [CAMERA | {"battery_percent": 12}]}, "warning", "Camera EOS R8 has 12 % battery left"),
        (
            {"cameras": [CAMERA | {"simulated": True}]},
            "critical",
            "It uses a simulated camera, which takes no real photos",
        ),
        (
            {"received_at": NOW - 4 * MINUTE},
            "critical",
            "No message for 4 min",
        ),
    ],
    ids=str,
)
def test_each_fault_is_one_sentence(heartbeat: dict[str, Any], tone: str, sentence: str) -> None:
    line = line_of(heartbeat.get("received_at", NOW), **heartbeat)
    assert (sentences(line), line.tone) == ([sentence], tone)
    [chinese] = sentences(line, "zh_CN")
    assert "{" not in chinese
    assert chinese != sentence


@pytest.mark.parametrize(
    "heartbeat",
    [
        {"disk_free_bytes": 2_000_000_000},
        {"disk_free_bytes": None},
        {"clock_offset_seconds": 60.0},
        {"clock_offset_seconds": None},
        {"waiting": 12, "oldest_waiting_at": NOW - 9 * MINUTE},
        {"waiting": 0, "oldest_waiting_at": None},
        {"analyses_per_second": None},
        {"printer": ""},
        {"cameras": []},
        {"received_at": NOW - 3 * MINUTE},
    ],
    ids=str,
)
def test_values_within_the_limits_and_unknown_values_are_no_fault(heartbeat: dict[str, Any]) -> None:
    assert line_of(heartbeat.get("received_at", NOW), **heartbeat).findings == ()


def test_a_simulated_camera_is_right_in_a_simulated_campaign() -> None:
    assert line_of(simulated=True, cameras=[CAMERA | {"simulated": True}]).findings == ()


def test_the_worst_fault_comes_first() -> None:
    line = line_of(clock_offset_seconds=300.0, disk_free_bytes=0, printer="paper_out")
    assert [finding.severity for finding in line.findings] == [Severity.CRITICAL, Severity.WARNING, Severity.WARNING]


def test_only_the_queue_of_a_disconnected_station_is_still_reported() -> None:
    line = line_of(
        NOW - 30 * MINUTE,
        received_at=NOW - 30 * MINUTE,
        waiting=3,
        oldest_waiting_at=NOW - 40 * MINUTE,
        disk_free_bytes=0,
        cameras=[],
    )
    assert sentences(line) == ["No message for 30 min", "3 waiting to be sent, the oldest for 40 min"]


def test_a_station_that_is_off_since_yesterday_is_no_fault() -> None:
    evening = NOW - timedelta(hours=18)
    line = line_of(evening, received_at=evening)
    assert (line.tone, sentences(line)) == ("off", ["Last message on 05-19 18:00"])


def test_a_request_without_a_heartbeat_is_a_contact_too() -> None:
    assert line_of(NOW, received_at=NOW - 10 * MINUTE).findings == ()


@pytest.mark.parametrize(
    ("last_seen", "sentence"),
    [
        (None, "Never connected since it was paired"),
        (NOW - 10 * MINUTE, "Its program is older and sends no status; please update it"),
        (NOW - 20 * MINUTE, "No message for 20 min"),
    ],
)
def test_a_station_of_an_earlier_version(last_seen: datetime | None, sentence: str) -> None:
    assert sentences(line_of(last_seen)) == [sentence]


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_a_duration_is_shown_in_one_unit(duration: timedelta, text: str) -> None:
    message = duration_message(duration)
    assert translations("en").translate(message.key, **message.values) == text


def test_only_stations_of_the_campaign_are_listed_worst_first(campaign: Campaign) -> None:
    other_school = School.objects.create(code="99002", name="他校")
    second = make_campaign("secnd1")
    scopes = {
        "everywhere": Scope(everything=True),
        "school": Scope(schools=(campaign.school_id,)),
        "campaign": Scope(campaigns=(campaign.pk, second.pk), schools=(campaign.school_id,)),
        "other campaign": Scope(campaigns=(second.pk,)),
        "other school": Scope(schools=(other_school.pk,)),
        "revoked": Scope(everything=True),
    }
    for name, scope in scopes.items():
        make_station(name, disk_free_bytes=0 if name == "school" else 10**12).set_scope(scope)
    Station.objects.filter(name="revoked").update(revoked_at=timezone.now())
    lines = station_lines(campaign, django_settings.APP.day, timezone.now())
    assert [line.station.name for line in lines] == ["school", "campaign", "everywhere"]


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(heartbeat=HEARTBEATS)
def test_the_page_opens_with_every_valid_heartbeat(
    operator: Client, campaign: Campaign, heartbeat: HeartbeatPayload
) -> None:
    station = Station.objects.first() or make_station()
    store_heartbeat(station, heartbeat, timezone.now())
    for page, language in itertools.product((f"/day/{campaign.pk}/", f"/day/{campaign.pk}/live"), LANGUAGES):
        assert operator.get(page, {"lang": language}).status_code == 200
