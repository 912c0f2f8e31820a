"""Server and stations are not updated at the same time: this release and 86a4649 read each other's messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from kiosk.upload.client import Client
from kiosk.upload.envelope import VERSION, VERSION_HEADER, VisitOutcome
from kiosk.upload.roster_payload import RosterPayload, StudentState
from kiosk.upload.wire_names import to_version_1
from server.records.models import Student
from server.stations.models import Station
from server.submissions.intake import read_envelope
from server.submissions.models import Submission
from tests.kiosk.upload.http_double import TOKEN, ServerDouble
from tests.paths import ROOT
from tests.server.station_client import StationClient, Visit

FIXTURES = ROOT / "tests" / "kiosk" / "upload" / "first_release"
COMMIT = "86a4649"
READ = "import sys; from kiosk.upload.envelope import {0}; {0}.model_validate_json(sys.stdin.read())"


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the code of the first release; skips the test if the repository has no history."""
    folder = tmp_path_factory.mktemp("first-release")
    packed = subprocess.run(
        ["git", "archive", COMMIT, "config", "kiosk/__init__.py", "kiosk/upload"], cwd=ROOT, capture_output=True
    )
    if packed.returncode:
        pytest.skip("the repository has no history")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def read_by_first_release(folder: Path, kind: str, text: str) -> None:
    """Validate the text with the first release's models, which reject unknown fields."""
    done = subprocess.run(
        [sys.executable, "-c", READ.format(kind)],
        input=text,
        text=True,
        capture_output=True,
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
    )
    assert done.returncode == 0, done.stderr[-800:]


def test_its_envelope_is_read() -> None:
    text = (FIXTURES / "envelope.json").read_text(encoding="utf-8")
    envelope = read_envelope(text)
    assert (envelope.version, envelope.clock_offset_seconds, envelope.progress_token) == (1, None, None)
    again = to_version_1(json.loads(envelope.model_dump_json()), "Submission")
    assert json.loads(text).items() <= again.items()
    assert (envelope.outcome, envelope.consent.prompts_shown) == (VisitOutcome.ACCEPTED, ("glasses", "jewellery"))
    assert (envelope.verdicts[0].min, len(envelope.discarded_shots)) == (0.2, 1)


def test_its_roster_is_read() -> None:
    text = (FIXTURES / "roster.json").read_text(encoding="utf-8")
    roster = RosterPayload.model_validate_json(text)
    assert roster.number_hashing is None
    assert roster.students[0].state is StudentState.EXPECTED
    assert roster.campaigns[0].day_of(roster.generated_at).isoformat() == "2026-05-20"


def test_its_station_delivers_to_this_server(station: StationClient, visit: Visit) -> None:
    envelope = json.loads((FIXTURES / "envelope.json").read_text(encoding="utf-8"))
    own = json.loads(visit.envelope.model_dump_json())
    mine = {name: own[name] for name in ("id", "campaign", "student", "taken_at", "shot", "portrait")}
    assert station.submit(visit, json.dumps({**envelope, **mine})).status_code == 200
    stored = Submission.objects.get(pk=visit.envelope.id)
    assert (stored.envelope["version"], stored.envelope["outcome"]) == (VERSION, "accepted"), "in today's names"
    assert "ending" not in stored.envelope


@pytest.mark.process
def test_its_station_reads_this_servers_roster(first_release: Path, station: StationClient, student: Student) -> None:
    Station.objects.update(roster_key_encrypted="")  # paired before the update
    response = station.roster()
    assert response.json()["students"][0]["last_four"] == ""
    read_by_first_release(first_release, "Roster", response.text)


@pytest.mark.parametrize(("version", "name"), [("1", "drawn_at"), (str(VERSION), "generated_at")])
def test_each_station_gets_the_roster_in_its_own_names(
    station: StationClient, student: Student, version: str, name: str
) -> None:
    response = station.roster({VERSION_HEADER: version})
    [shown] = response.json()["students"]
    assert name in response.json()
    assert ("id_number_hmac" in shown) is (name == "generated_at")
    roster = RosterPayload.model_validate_json(response.content)
    assert roster.students[0].id == student.pk
    assert roster.number_hashing is not None


def test_the_same_station_after_its_update_gets_no_304_in_the_old_names(
    station: StationClient, student: Student
) -> None:
    tag = station.roster({VERSION_HEADER: "1"}).headers["ETag"]
    response = station.roster({VERSION_HEADER: str(VERSION), "If-None-Match": tag})
    assert response.status_code == 200
    assert "generated_at" in response.json()


@pytest.mark.process
def test_its_station_reads_this_servers_response_to_a_visit(
    first_release: Path, station: StationClient, visit: Visit
) -> None:
    read_by_first_release(first_release, "Accepted", station.submit(visit).text)


@pytest.mark.process
def test_its_station_reads_this_servers_rejection(first_release: Path, address: str) -> None:
    response = requests.get(f"{address}/api/station/v1/roster", headers={"Authorization": "Bearer x"}, timeout=20)
    assert response.status_code == 401
    read_by_first_release(first_release, "Refused", response.text)


@pytest.mark.process
def test_its_server_gets_only_fields_that_it_supports(first_release: Path, visit: Visit) -> None:
    """The server of the first release has no address for files, so the client sends one form with its fields only."""
    newer = visit.with_changes(progress_token="a" * 22, last_four="123X", clock_offset_seconds=5.0)
    with ServerDouble() as old, requests.Session() as session:
        session.trust_env = False
        bodies: list[str] = []

        def accept(exchange: object) -> None:
            bodies.append(exchange.parts()["envelope"].decode())  # type: ignore[attr-defined]
            exchange.respond(200, exchange.commit())  # type: ignore[attr-defined]

        old.script.append(accept)
        Client(old.url, TOKEN, session=session).submit(newer.envelope, newer.shot, newer.portrait)
    read_by_first_release(first_release, "Submission", bodies[0])
