"""A station's heartbeat over real HTTP: one bounded row for each station."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.upload.client import Client
from kiosk.upload.errors import Unauthorized
from kiosk.upload.heartbeat import MAX_CAMERAS, CameraReport, Heartbeat
from kiosk.upload.heartbeat_sender import HeartbeatSender
from server.core.database_text import without_nul
from server.stations import models
from server.stations.contact_times import DAYS, MAX_GAPS, contact_times, with_contact
from server.stations.heartbeats import store_heartbeat
from server.stations.models import Station
from tests.server.station_client import StationClient

NOW = datetime(2026, 5, 20, 1, tzinfo=UTC)
"""09:00 at the school."""
SILENT_AFTER = timedelta(minutes=3)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=120)
BATTERY = st.one_of(st.none(), st.integers(0, 100))
CAMERAS = st.lists(
    st.builds(CameraReport, name=TEXT, state=TEXT, problem=TEXT, simulated=st.booleans(), battery_percent=BATTERY),
    max_size=MAX_CAMERAS,
)
HEARTBEATS = st.builds(
    Heartbeat,
    version=TEXT,
    waiting=st.integers(0, 10**6),
    rejected=st.integers(0, 10**6),
    oldest_waiting_seconds=st.one_of(st.none(), st.floats(0, 1e9)),
    disk_free_bytes=st.one_of(st.none(), st.integers(0, 1 << 60)),
    cameras=CAMERAS.map(tuple),
    clock_offset_seconds=st.one_of(st.none(), st.floats(-5e9, 5e9)),
    analyses_per_second=st.one_of(st.none(), st.floats(0, 1000)),
    required_analyses_per_second=st.one_of(st.none(), st.floats(0, 1000)),
    printer=TEXT,
)


def test_the_stations_own_client_sends_it(station: StationClient) -> None:
    client = Client(station.address, station.pairing.token)
    heartbeat = Heartbeat(
        version="0.1.0",
        waiting=12,
        rejected=1,
        oldest_waiting_seconds=600,
        disk_free_bytes=2**31,
        cameras=(CameraReport(name="EOS R8", state="live", battery_percent=80),),
        clock_offset_seconds=-3.5,
        analyses_per_second=7.25,
        required_analyses_per_second=5,
        printer="ready",
    )
    assert HeartbeatSender(client, lambda: heartbeat, 60.0).send() == 60.0
    row = models.Heartbeat.objects.get()
    assert row.station_id == station.pairing.station
    assert (row.waiting, row.rejected, row.disk_free_bytes, row.printer) == (12, 1, 2**31, "ready")
    assert row.oldest_waiting_at is not None
    assert row.received_at - row.oldest_waiting_at == timedelta(minutes=10)
    assert (row.clock_offset_seconds, row.analyses_per_second) == (-3.5, 7.25)
    assert row.cameras == [
        {"name": "EOS R8", "state": "live", "problem": "", "simulated": False, "battery_percent": 80}
    ]
    assert abs(row.received_at - timezone.now()) < timedelta(minutes=5)


def test_the_next_heartbeat_replaces_it(station: StationClient) -> None:
    client = Client(station.address, station.pairing.token)
    for waiting in (5, 0):
        assert client.send_heartbeat(Heartbeat(waiting=waiting))
    row = models.Heartbeat.objects.get()
    assert (row.waiting, row.version) == (0, "")


def test_a_station_without_access_stores_nothing(station: StationClient) -> None:
    Station.objects.update(revoked_at=timezone.now())
    with pytest.raises(Unauthorized):
        Client(station.address, station.pairing.token).send_heartbeat(Heartbeat())
    assert not models.Heartbeat.objects.exists()


@pytest.fixture
def paired(db: None) -> Station:
    return Station.objects.create(name="一号站", token_hash="x" * 64, paired_at=NOW)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heartbeats=st.lists(HEARTBEATS, min_size=1, max_size=3))
def test_every_valid_heartbeat_is_stored_in_one_row(paired: Station, heartbeats: list[Heartbeat]) -> None:
    for heartbeat in heartbeats:
        store_heartbeat(paired, Heartbeat.model_validate_json(heartbeat.model_dump_json()), NOW)
    row, last = models.Heartbeat.objects.get(), heartbeats[-1]
    stored = without_nul({**last.model_dump(), "cameras": [camera.model_dump() for camera in last.cameras]})
    assert {name: getattr(row, name) for name in ("version", "waiting", "printer", "cameras")}.items() <= stored.items()
    assert row.disk_free_bytes == last.disk_free_bytes


# ---------------------------------------------------------------------- times of contact


def contacts_at(*minutes: float) -> dict[str, Any]:
    days: dict[str, Any] = {}
    for minute in minutes:
        days = with_contact(days, NOW + timedelta(minutes=minute), SILENT_AFTER)
    return days


def test_a_silence_is_longer_than_three_minutes_between_two_heartbeats() -> None:
    times = contact_times(contacts_at(0, 1, 4, 5, 15.5, 16), NOW.date())
    assert times is not None
    assert (times.first, times.last) == (NOW, NOW + timedelta(minutes=16))
    assert [(silence.began_at, silence.duration) for silence in times.silences] == [
        (NOW + timedelta(minutes=5), timedelta(minutes=10.5))
    ]


def test_the_night_is_no_silence() -> None:
    days = contacts_at(0, 24 * 60)
    assert [contact_times(days, NOW.date() + timedelta(days=day)).silences for day in (0, 1)] == [(), ()]  # type: ignore[union-attr]


def test_a_day_without_contact_is_not_known() -> None:
    assert contact_times(contacts_at(0), NOW.date() - timedelta(days=1)) is None


def test_the_longest_silences_stay() -> None:
    minutes = list(itertools.accumulate([0, 5, *range(10, 10 + 2 * MAX_GAPS)]))
    times = contact_times(contacts_at(*minutes), NOW.date())
    assert times is not None
    durations = [silence.duration for silence in times.silences]
    assert len(durations) == MAX_GAPS
    assert min(durations) > timedelta(minutes=15)
    assert durations == sorted(durations), "in the order of the day"


@settings(max_examples=50)
@given(steps=st.lists(st.floats(-60, 3000), max_size=400))
def test_the_times_of_contact_never_grow(steps: list[float]) -> None:
    days = contacts_at(*itertools.accumulate(steps))
    assert len(days) <= DAYS
    assert all(len(day["gaps"]) <= MAX_GAPS for day in days.values())
