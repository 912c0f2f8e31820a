"""A stolen station: what a thief can learn from its roster, and the effect of revoking its access."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, ConfigDict

from config.id_number import make_number
from kiosk.upload import number_hashing
from kiosk.upload.client import Client
from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.envelope import VERSION_HEADER
from kiosk.upload.number_hashing import candidate_hashes, number_hash, student_no_hash
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import RosterPayload
from server.audit.models import Action, Event
from server.installation_check import check_installation
from server.records import id_number_protection
from server.records.id_number_protection import SCRYPT_N, roster_key, slow_keyed_hash
from server.records.models import Student
from server.records.scope import Scope
from server.stations.models import ProgressLink, Station
from server.stations.pairing import new_pairing_code, revoke
from server.submissions.models import Submission
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.station_client import StationClient, Visit

TOKEN = "AbCdEfGhIjKlMnOpQrSt_-"


@pytest.fixture(autouse=True)
def numbers_hashed_as_at_a_school(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as slowly as a real server does; the other tests of the server hash faster."""
    monkeypatch.setattr(id_number_protection, "SCRYPT_N", SCRYPT_N)


def roster_of(station: StationClient, wire: str = "2") -> str:
    headers = {"Authorization": f"Bearer {station.pairing.token}", VERSION_HEADER: wire} if wire else {}
    headers.setdefault("Authorization", f"Bearer {station.pairing.token}")
    return requests.get(f"{station.address}/api/station/v1/roster", headers=headers, timeout=20).text


def before_upgrade(station: StationClient) -> StationClient:
    """Return the station as 86a4649 would have paired it: with the one roster key of all stations."""
    Station.objects.filter(pk=station.pairing.station).update(roster_key_encrypted="")
    return StationClient(station.address, station.pairing.model_copy(update={"roster_key": roster_key()}))


def paired_for(address: str, scope: Scope) -> StationClient:
    code = new_pairing_code(timezone.now(), scope)
    body = {"code": code, "name": "二号站"}
    response = requests.post(f"{address}/api/station/v1/pair", json=body, timeout=20)
    return StationClient(address, StationClient.paired(address).pairing.model_validate_json(response.text))


def test_the_roster_has_no_characters_of_the_number_and_no_link(station: StationClient, student: Student) -> None:
    text = roster_of(station)
    assert student.progress_token not in text
    assert f'"{student.last_four}"' not in text
    wire = RosterPayload.model_validate_json(text).students[0]
    assert (wire.last_four, wire.progress_url) == ("", "")


def test_the_same_student_has_another_hash_on_every_station(address: str, student: Student) -> None:
    one, two = StationClient.paired(address), StationClient.paired(address)
    first, second = (RosterPayload.model_validate_json(roster_of(station)).students[0] for station in (one, two))
    assert one.pairing.roster_key != two.pairing.roster_key
    assert first.id_number_hmac != second.id_number_hmac
    assert first.student_no_hash != second.student_no_hash
    rows = str(list(Station.objects.values()))
    assert one.pairing.roster_key not in rows
    assert one.pairing.codes_key == two.pairing.codes_key != one.pairing.roster_key


def test_every_guess_of_a_number_costs_32_slow_hashes(
    station: StationClient, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack of security.md H5 with one area, three birth dates and a thief who knows the serial number."""
    roster = RosterPayload.model_validate_json(roster_of(station))
    assert roster.number_hashing is not None
    assert (
        roster.number_hashing.n * roster.number_hashing.r * roster.number_hashing.p >= 1 << 14
    )  # some 3 ms of one processor
    known, key = {student.id_number_hmac for student in roster.students}, station.pairing.roster_key
    numbers = [_number(date(2003, 1, 2) + timedelta(days=day)) for day in (1, 2, 0)]
    assert not known & {number_hash(key, number) for number in numbers}
    assert not known & {number_hash(roster_key(), number) for number in numbers}
    assert not known & {student_no_hash(key, number) for number in numbers}
    calls: list[int] = []
    slow = number_hashing.slow_hash

    def counting_hash(number: str, hashing: number_hashing.NumberHashing, pepper: int) -> bytes:
        calls.append(pepper)
        return slow(number, hashing, pepper)

    monkeypatch.setattr(number_hashing, "slow_hash", counting_hash)
    matches = [number for number in numbers if known & set(candidate_hashes(key, number, roster.number_hashing))]
    assert matches == [fake_number(1)]
    assert len(calls) == len(numbers) * roster.number_hashing.peppers == len(numbers) * 32


def _number(birth: date) -> str:
    return make_number("990101", birth, 1)


def test_a_station_gets_its_campaigns_only(address: str, student: Student) -> None:
    other = make_student(make_campaign("other1"), 2)
    station = paired_for(address, Scope(campaigns=("other1",)))
    roster = RosterPayload.model_validate_json(roster_of(station))
    assert [campaign.code for campaign in roster.campaigns] == ["other1"]
    assert [wire.id for wire in roster.students] == [other.id]
    refused = station.submit(Visit.of(student))
    assert (refused.status_code, refused.json()["reason"]) == (422, "student_unknown")
    assert station.submit(Visit.of(other)).status_code == 200


def test_a_station_of_a_school_gets_its_later_campaigns(address: str, student: Student) -> None:
    station = paired_for(address, Scope(schools=("99001",)))
    make_campaign("later1")
    roster = RosterPayload.model_validate_json(roster_of(station))
    assert {campaign.code for campaign in roster.campaigns} == {"tstcmp", "later1"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _FirstCampaign(_Strict):
    code: str
    school: str
    title: str
    standard: str
    background: str
    opens: AwareDatetime
    closes: AwareDatetime
    simulated: bool


class _FirstStudent(_Strict):
    id: str
    campaign: str
    name: str
    number_hash: str
    last_four: str
    state: str
    progress_url: str
    student_no_hash: str | None = None


class _FirstRoster(_Strict):
    """The roster as 86a4649 reads it."""

    drawn_at: AwareDatetime
    campaigns: tuple[_FirstCampaign, ...]
    students: tuple[_FirstStudent, ...]


def test_a_station_of_the_release_before_can_still_read_its_roster(station: StationClient, student: Student) -> None:
    old = before_upgrade(station)
    roster = _FirstRoster.model_validate_json(roster_of(old, wire=""))
    assert roster.students[0].number_hash == number_hash(old.pairing.roster_key, fake_number(1))
    assert roster.students[0].last_four == ""


def test_a_new_program_with_an_old_pairing_gets_slow_hashes(station: StationClient, student: Student) -> None:
    old = before_upgrade(station)
    roster = RosterPayload.model_validate_json(roster_of(old))
    assert roster.number_hashing is not None
    hashes = set(candidate_hashes(old.pairing.roster_key, fake_number(1), roster.number_hashing))
    assert roster.students[0].id_number_hmac in hashes
    assert Station.objects.get().has_shared_key


def test_revoking_deletes_the_key_and_replaces_the_links_that_the_station_had(
    station: StationClient, student: Student
) -> None:
    before_upgrade(station)
    token = student.progress_token
    revoke(Station.objects.get(), timezone.now())
    assert requests.get(f"{station.address}/p/{token}", timeout=20).status_code == 404
    assert Event.objects.get(action=Action.STATION_REVOKED).details == {"links_replaced": 1}


def test_revoking_a_station_that_had_no_links_does_not_replace_them(station: StationClient, student: Student) -> None:
    revoke(Station.objects.get(), timezone.now())
    assert requests.get(f"{station.address}/p/{student.progress_token}", timeout=20).status_code == 200
    assert Station.objects.get().roster_key_encrypted == ""


def test_a_receipt_has_its_own_link(station: StationClient, visit: Visit, student: Student) -> None:
    response = station.submit(visit.with_changes(progress_token=TOKEN))
    assert response.json()["progress_url"] == f"{station.address}/p/{TOKEN}"
    assert requests.get(f"{station.address}/p/{TOKEN}", timeout=20).status_code == 200
    link = ProgressLink.objects.get()
    assert link.token_hash == hashlib.sha256(TOKEN.encode()).hexdigest()
    assert TOKEN not in str(Submission.objects.values()) + str(Event.objects.values())
    assert requests.get(f"{station.address}/p/{link.token_hash}", timeout=20).status_code == 404


def test_a_link_stays_with_the_student_who_had_it_first(station: StationClient, visit: Visit, student: Student) -> None:
    other = make_student(student.campaign, 2)
    assert station.submit(visit.with_changes(progress_token=TOKEN)).status_code == 200
    assert station.submit(Visit.of(other, seed=2, progress_token=TOKEN)).status_code == 200
    assert ProgressLink.objects.get().student_id == student.id


def test_students_from_before_the_slow_hash_get_it_at_the_first_roster(
    station: StationClient, student: Student
) -> None:
    Student.objects.update(id_number_slow_hash="")
    assert len(RosterPayload.model_validate_json(roster_of(station)).students) == 1
    student.refresh_from_db()
    assert student.id_number_slow_hash == slow_keyed_hash(fake_number(1))


@pytest.mark.process
def test_check_names_the_stations_to_be_paired_again(station: StationClient, student: Student) -> None:
    def lines() -> list[str]:
        return [str(result.message) for result in check_installation() if result.message.key == "stations.shared_key"]

    assert lines() == []
    before_upgrade(station)
    assert len(lines()) == 1
    assert "一号站" in lines()[0]


def test_the_stations_own_program_finds_a_student_and_checks_the_last_four(
    station: StationClient, student: Student, tmp_path: Path
) -> None:
    """Client, offline roster and server together."""
    client = Client(station.address, station.pairing.token)
    payload = client.roster()
    roster = Roster(tmp_path / "roster", FileCipher(bytes(KEY_SIZE)), station.pairing.roster_key)
    roster.replace(getattr(payload, "roster", payload))
    assert roster.find(fake_number(1), timezone.now()).student.id == student.id
    assert roster.progress_base == f"{station.address}/p/"
    assert client.last_four(student.id, student.last_four).confirmed
