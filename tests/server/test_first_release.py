"""Server and stations are updated one after the other: what 86a4649 sends is read, what it is sent it can read."""

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
    """The code of the first release, where the history is at hand."""
    folder = tmp_path_factory.mktemp("first-release")
    packed = subprocess.run(
        ["git", "archive", COMMIT, "config", "kiosk/__init__.py", "kiosk/upload"], cwd=ROOT, capture_output=True
    )
    if packed.returncode:
        pytest.skip("the history of the repository is not here")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def read_by_first_release(folder: Path, kind: str, text: str) -> None:
    """Its readers refuse every field that they do not know."""
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
    answer = station.roster()
    assert answer.json()["students"][0]["last_four"] == ""
    read_by_first_release(first_release, "Roster", answer.text)


@pytest.mark.parametrize(("version", "name"), [("1", "drawn_at"), (str(VERSION), "generated_at")])
def test_each_station_gets_the_roster_in_its_own_names(
    station: StationClient, student: Student, version: str, name: str
) -> None:
    answer = station.roster({VERSION_HEADER: version})
    [shown] = answer.json()["students"]
    assert name in answer.json()
    assert ("id_number_hmac" in shown) is (name == "generated_at")
    roster = RosterPayload.model_validate_json(answer.content)
    assert roster.students[0].id == student.pk
    assert roster.number_hashing is not None


def test_the_same_station_after_its_update_gets_no_304_in_the_old_names(
    station: StationClient, student: Student
) -> None:
    tag = station.roster({VERSION_HEADER: "1"}).headers["ETag"]
    answer = station.roster({VERSION_HEADER: str(VERSION), "If-None-Match": tag})
    assert answer.status_code == 200
    assert "generated_at" in answer.json()


@pytest.mark.process
def test_its_station_reads_this_servers_answer_to_a_visit(
    first_release: Path, station: StationClient, visit: Visit
) -> None:
    read_by_first_release(first_release, "Accepted", station.submit(visit).text)


@pytest.mark.process
def test_its_station_reads_this_servers_no(first_release: Path, address: str) -> None:
    answer = requests.get(f"{address}/api/station/v1/roster", headers={"Authorization": "Bearer x"}, timeout=20)
    assert answer.status_code == 401
    read_by_first_release(first_release, "Refused", answer.text)


@pytest.mark.process
def test_its_server_gets_only_fields_that_it_supports(first_release: Path, visit: Visit) -> None:
    """The server of the first release has no address for files: one form with its own fields is sent."""
    newer = visit.with_changes(progress_token="a" * 22, last_four="123X", clock_offset_seconds=5.0)
    with ServerDouble() as old, requests.Session() as line:
        line.trust_env = False
        bodies: list[str] = []

        def taken(exchange: object) -> None:
            bodies.append(exchange.parts()["envelope"].decode())  # type: ignore[attr-defined]
            exchange.respond(200, exchange.commit())  # type: ignore[attr-defined]

        old.script.append(taken)
        Client(old.url, TOKEN, session=line).submit(newer.envelope, newer.shot, newer.portrait)
    read_by_first_release(first_release, "Submission", bodies[0])
