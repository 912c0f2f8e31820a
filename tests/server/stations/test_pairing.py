"""Pairing by one-time code, and the access that its token gives."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import requests
from django.conf import settings as django_settings
from django.utils import timezone

from kiosk.upload.envelope import Rejection
from kiosk.upload.number_hashing import candidate_hashes, student_no_hash
from kiosk.upload.roster_payload import RosterPayload, StudentState
from server.records.models import Student
from server.stations.models import PairingCode, Station
from server.stations.pairing import new_pairing_code, revoke
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.station_client import StationClient
from tests.waiting import scale_timeout


def pair(address: str, code: str, name: str = "一号站") -> requests.Response:
    return requests.post(f"{address}/api/station/v1/pair", json={"code": code, "name": name}, timeout=scale_timeout(20))


def refused(response: requests.Response) -> tuple[int, str]:
    """Return the status and the reason; both sentences must exist in the catalogues."""
    body = Rejection.model_validate_json(response.text)
    assert not body.zh_CN.startswith("refused.")
    assert not body.en.startswith("refused.")
    return response.status_code, body.reason


def test_a_code_pairs_once_however_it_is_typed(address: str) -> None:
    code = new_pairing_code(timezone.now())
    assert pair(address, f" {code.lower().replace('-', ' ')} ").status_code == 200
    assert refused(pair(address, code)) == (403, "pairing_used")
    assert Station.objects.count() == 1


def test_a_wrong_and_an_expired_code_are_distinguished(address: str) -> None:
    old = new_pairing_code(
        timezone.now() - timedelta(minutes=django_settings.APP.pairing.code_valid_minutes, seconds=1)
    )
    assert refused(pair(address, "AAAA-AAAA")) == (403, "pairing_wrong")
    assert refused(pair(address, old)) == (403, "pairing_expired")
    assert not Station.objects.exists()


def test_many_tries_at_once_use_a_code_once(address: str) -> None:
    code = new_pairing_code(timezone.now())
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: pair(address, code, f"站{n}").status_code, range(8)))
    assert sorted(statuses) == [200] + [403] * 7
    assert Station.objects.count() == 1


def test_guessing_is_paused(address: str, settings: Any) -> None:
    tries = settings.APP.throttle.pairing_tries
    assert [pair(address, f"AAAA{n:04d}").status_code for n in range(tries)] == [403] * tries
    code = new_pairing_code(timezone.now())
    assert refused(pair(address, code)) == (429, "too_many_tries")


def test_code_and_token_are_stored_as_hashes_only(station: StationClient) -> None:
    rows = str(list(PairingCode.objects.values_list())) + str(list(Station.objects.values_list()))
    assert station.pairing.token not in rows
    assert station.pairing.station in rows


def test_the_roster_has_hashes_and_masked_names(station: StationClient, student: Student) -> None:
    make_student(student.campaign, 2, name="欧阳修", state=StudentState.WITHDRAWN.value)
    response = station.roster()
    roster = RosterPayload.model_validate_json(response.text)
    by_hash = {s.id_number_hmac: s for s in roster.students}
    assert roster.number_hashing is not None
    hashes = candidate_hashes(station.pairing.roster_key, fake_number(1), roster.number_hashing)
    known = next(by_hash[candidate] for candidate in hashes if candidate in by_hash)
    assert (known.id, known.name, known.state) == (student.id, "王*明", StudentState.EXPECTED)
    assert roster.progress_base_url == f"{station.address}/p/"
    assert known.student_no_hash == student_no_hash(station.pairing.roster_key, student.student_no)
    assert student.student_no not in response.text
    assert {s.state for s in roster.students} == {StudentState.EXPECTED, StudentState.WITHDRAWN}
    assert fake_number(1) not in response.text
    assert "王小明" not in response.text


def test_a_closed_campaign_stays_in_the_roster_until_its_retention_ends(station: StationClient) -> None:
    now = timezone.now()
    make_campaign("closed", closes_at=now - timedelta(days=5), retention_days=6)
    make_campaign("erased", closes_at=now - timedelta(days=5), retention_days=4)
    assert {c.code for c in RosterPayload.model_validate_json(station.roster().text).campaigns} == {"closed"}


def test_a_public_address_goes_into_the_progress_pages(station: StationClient, student: Student, settings: Any) -> None:
    settings.PUBLIC_URL = "https://photo.example.edu"
    assert RosterPayload.model_validate_json(station.roster().text).progress_base_url == "https://photo.example.edu/p/"


def test_a_revoked_station_gets_nothing(station: StationClient) -> None:
    assert station.roster().status_code == 200
    revoke(Station.objects.get(pk=station.pairing.station), timezone.now())
    assert refused(station.roster()) == (401, "revoked")


def test_without_a_token_every_request_is_refused(address: str) -> None:
    assert refused(requests.get(f"{address}/api/station/v1/roster", timeout=scale_timeout(20))) == (401, "token")
    assert refused(requests.post(f"{address}/api/station/v1/submissions", timeout=scale_timeout(20))) == (401, "token")


def test_the_keys_are_private() -> None:
    modes = {path.name: oct(os.stat(path).st_mode & 0o777) for path in django_settings.KEYS.iterdir()}
    assert {"django.key", "roster.key"} <= set(modes)
    assert set(modes.values()) == {"0o600"}
