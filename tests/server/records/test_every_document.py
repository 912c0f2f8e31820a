"""Every document that a student may have, from the school's roster to the match at the station."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.document_reader.mrz import check_digit, read_mrz
from config.id_number import check_character
from kiosk.identification.code_lookup import CodeLookup
from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import RosterPayload
from server.records.models import Campaign, Student
from server.records.roster_import.importer import import_roster
from server.stations import last_four
from server.stations.models import Station
from tests.server.station_client import StationClient


def eighteen(first_17: str) -> str:
    return first_17 + check_character(first_17)


# The roster's cell, the column 证件类型, and the number that card, reader or code give at the station.
DOCUMENTS = {
    "resident card": (eighteen("99010120030102001"), "居民身份证", eighteen("99010120030102001")),
    "permit of Hong Kong": (eighteen("81000020030102001"), "", eighteen("81000020030102001")),
    "permit of Macao": (eighteen("82000020030102001"), "", eighteen("82000020030102001")),
    "permit of Taiwan": (eighteen("83000020030102001"), "港澳台居民居住证", eighteen("83000020030102001")),
    "permanent residence of 2017": ("XXA990199010112", "", "XXA990199010112"),
    "permanent residence of 2023": (eighteen("91184020030102001"), "", eighteen("91184020030102001")),
    "return permit": ("H12345678", "", "H12345678"),
    "return permit with its issue": ("M1234567801", "港澳居民来往内地通行证", "M12345678"),
    "return permit with brackets": ("H87654321（02）", "", "H87654321"),
    "Taiwan travel permit": ("12345678", "台湾居民来往大陆通行证", "12345678"),
    "passport": ("EA 1234567", "护照", "ea1234567"),
    "passport of digits": ("123456789", "Passport", "123456789"),
    "refugee": ("UNHCR-2020/12345", "其他", "UNHCR2020/12345"),
}


@pytest.fixture
def roster(station: StationClient, campaign: Campaign, tmp_path: Path) -> Roster:
    lines = [f"甲{n},{cell},{kind},S00{n:02d}" for n, (cell, kind, _) in enumerate(DOCUMENTS.values())]
    result = import_roster(campaign, "\n".join(("姓名,证件号码,证件类型,学号", *lines, "")).encode())
    assert (result.created, [bad.in_language() for bad in result.bad_lines]) == (len(DOCUMENTS), [])
    roster = Roster(tmp_path / "roster", FileCipher(bytes(KEY_SIZE)), station.pairing.roster_key)
    roster.replace(RosterPayload.model_validate_json(station.roster().content))
    return roster


def test_the_station_finds_each_student_by_the_documents_number(roster: Roster) -> None:
    now = datetime.now(UTC)
    for at, (_, _, number) in enumerate(DOCUMENTS.values()):
        student = Student.objects.get(student_no=f"S00{at:02d}")
        assert roster.find(number, now).student.id == student.pk, number
        code = CodeLookup(roster, ()).find(number, now) if at in (0, 4, 10) else None
        assert code is None or code.student.id == student.pk


def test_the_last_four_are_those_of_the_document(roster: Roster) -> None:
    station, now = Station.objects.get(), datetime.now(UTC)
    for at, (_, _, number) in enumerate(DOCUMENTS.values()):
        student = Student.objects.get(student_no=f"S00{at:02d}")
        typed = "".join(c for c in number.upper() if c.isalnum())[-4:]
        assert last_four.check_last_four(station, student.pk, typed, now).confirmed, number


def test_a_travel_card_s_zone_finds_its_student(roster: Roster) -> None:
    number = "H12345678"
    top = f"CRHKG{number}{check_digit(number)}" + "<" * 15
    middle = f"030102{check_digit('030102')}F301231{check_digit('301231')}CHN" + "<" * 11
    whole = top[5:30] + middle[0:7] + middle[8:15] + middle[18:29]
    reading = read_mrz([top, middle + check_digit(whole), "JIA<<YI" + "<" * 23])
    assert reading is not None
    assert roster.find(reading.number, datetime.now(UTC)).student.id
