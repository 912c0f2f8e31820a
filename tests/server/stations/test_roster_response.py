"""Responses to requests for the roster: without a body if it is unchanged, otherwise whole and compressed."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from kiosk.upload.client import Client
from kiosk.upload.envelope import VERSION_HEADER
from kiosk.upload.roster_payload import RosterPayload
from server.records.models import Campaign, School, Student
from server.stations import roster_response
from server.stations.models import Station
from tests.server.conftest import make_campaign, make_student
from tests.server.station_client import StationClient


@pytest.fixture
def roster_request(station: StationClient, student: Student) -> Any:
    def send(**headers: str) -> requests.Response:
        usual = {"Authorization": f"Bearer {station.pairing.token}", VERSION_HEADER: "2"}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(f"{station.address}/api/station/v1/roster", headers=usual | more, timeout=20)

    return send


def test_an_unchanged_roster_is_not_sent_again(roster_request: Any) -> None:
    first = roster_request()
    again = roster_request(If_None_Match=first.headers["ETag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


CHANGES = {
    "a state": lambda: Student.objects.update(state="captured"),
    "a name": lambda: Student.objects.update(name="王晓明"),
    "a number": lambda: Student.objects.update(id_number_slow_hash="ab" * 32),
    "a student number": lambda: Student.objects.update(student_no="1"),
    "a new student": lambda: make_student(Campaign.objects.get(), 2),
    "a deleted student": lambda: Student.objects.all().delete(),
    "the title": lambda: Campaign.objects.update(title="2027 届"),
    "the last day": lambda: Campaign.objects.update(closes_at=timezone.now() + timedelta(days=5)),
    "the standard": lambda: Campaign.objects.update(background="white"),
    "the school's name": lambda: School.objects.update(name="虚构大学"),
    "a campaign more": lambda: make_campaign("secnd1"),
    "a campaign after its retention": lambda: Campaign.objects.update(closes_at=timezone.now() - timedelta(days=900)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_every_change_the_roster_is_sent(change: Any, roster_request: Any) -> None:
    tag = roster_request().headers["ETag"]
    change()
    assert roster_request(If_None_Match=tag).status_code == 200


def test_another_station_has_another_tag(roster_request: Any, address: str) -> None:
    other = StationClient.paired(address, "二号站")
    tag = roster_request().headers["ETag"]
    headers = {"Authorization": f"Bearer {other.pairing.token}", VERSION_HEADER: "2", "If-None-Match": tag}
    assert requests.get(f"{address}/api/station/v1/roster", headers=headers, timeout=20).status_code == 200


def test_a_station_without_access_gets_no_304(roster_request: Any) -> None:
    tag = roster_request().headers["ETag"]
    Station.objects.update(revoked_at=timezone.now())
    assert roster_request(If_None_Match=tag).status_code == 401


def test_it_is_compressed_for_clients_that_accept_gzip(roster_request: Any) -> None:
    for i in range(2, 200):
        make_student(Campaign.objects.get(), i)
    plain, small = roster_request(Accept_Encoding="identity"), roster_request(Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) < 0.7 * int(plain.headers["Content-Length"])
    assert "Accept-Encoding" in small.headers["Vary"]
    assert small.json()["students"] == json.loads(plain.content)["students"]
    assert "Content-Encoding" not in roster_request(Accept_Encoding="gzip;q=0").headers


def test_the_station_s_client_sends_the_tag(
    station: StationClient, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(station.address, station.pairing.token)
    first = client.roster()
    monkeypatch.setattr(roster_response, "_render_body", lambda *args: pytest.fail("rendered again"))
    assert client.roster().students == first.students
    monkeypatch.undo()
    Student.objects.update(state="captured")
    assert client.roster().students[0].state == "captured"


def test_the_body_is_whole_gzip(roster_request: Any) -> None:
    response = roster_request(Accept_Encoding="gzip")
    raw = requests.get(response.url, headers=dict(response.request.headers), timeout=20, stream=True).raw.read()
    assert RosterPayload.model_validate_json(gzip.decompress(raw)).students
