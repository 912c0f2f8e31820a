"""The data folders of a station and a server of 86a4649 open with today's code, and nothing is lost."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from kiosk.capture.storage import FileStore
from kiosk.station.pairing import PairingRecord, read_pairing
from kiosk.station.paths import StationPaths
from kiosk.upload.client import Client
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import VisitOutcome
from kiosk.upload.outbox.models import OutboxState
from kiosk.upload.outbox.opening import OpenedOutbox, open_outbox
from kiosk.upload.roster import Roster, RosterProblem
from kiosk.upload.worker import UploadWorker
from tests.paths import ROOT
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

FIXTURES: Final = ROOT / "tests" / "fixtures" / "86a4649"
FACTS: Final[dict[str, Any]] = json.loads((FIXTURES / "facts.json").read_text(encoding="utf-8"))
SENT, WAITING = FACTS["sent"], FACTS["waiting"]
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def unpack(name: str, folder: Path) -> Path:
    with tarfile.open(FIXTURES / f"{name}.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    return folder / name


class OldStation:
    """The parts of a station that read its data folder, in the order in which kiosk.station opens them."""

    def __init__(self, folder: Path) -> None:
        self.paths = StationPaths(folder)
        self.cipher = FileCipher.load_or_create(self.paths.key)
        pairing = read_pairing(self.paths.pairing, self.cipher)
        assert pairing is not None
        self.pairing: PairingRecord = pairing
        self.opened: OpenedOutbox = open_outbox(self.paths.outbox, self.cipher)
        self.outbox = self.opened.outbox
        self.originals = FileStore(self.paths.files, self.cipher.encrypt, self.cipher.decrypt)
        key = self.pairing.credentials.roster_key
        self.roster = Roster(self.paths.roster, self.cipher, key, self.outbox.waiting_students)

    def close(self) -> None:
        self.outbox.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[OldStation]:
    opened = OldStation(unpack("station", tmp_path))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and data folder of today's server, started with the data of 86a4649."""
    folder = unpack("server", tmp_path_factory.mktemp("old"))
    environment = {**os.environ, "ZHENGGUAN_SERVER_DATA": str(folder), "PYTHONPATH": str(ROOT)}
    arguments = [
        sys.executable,
        "-c",
        "import sys; from server.cli import main; sys.exit(main())",
        "run",
        "--port",
        "0",
    ]
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = next(match[0] for line in process.stdout if (match := re.search(r"http://[\d.:]+", line)))
            yield address, folder
        finally:
            process.terminate()


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def sign_in(address: str, session: requests.Session) -> requests.Session:
    page = session.get(f"{address}/signin", timeout=scale_timeout(30))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token is not None
    form = {"username": "mei", "password": "correct horse battery", "csrfmiddlewaretoken": token[1]}
    response = session.post(f"{address}/signin", form, timeout=scale_timeout(30), allow_redirects=False)
    assert response.status_code == 302, response.text[-500:]
    return session


def test_the_stations_queue_is_complete(station: OldStation) -> None:
    assert (station.opened.damaged_name, station.opened.is_new) == ("", False)
    assert {entry.id: entry.state for entry in station.outbox.entries()} == {
        SENT: OutboxState.SENT,
        WAITING: OutboxState.READY,
    }
    visit = station.outbox.get(WAITING)
    assert (visit.outcome, len(visit.shots)) == (VisitOutcome.ACCEPTED, 2)
    assert visit.draft.consent.prompts_shown == ("glasses", "jewellery")
    for shot in visit.shots:
        assert station.originals.read(shot.original).startswith(b"\xff\xd8")
    assert {file.name for file in station.paths.files.iterdir()} >= station.outbox.file_names()


def test_the_stations_roster_finds_its_students(station: OldStation) -> None:
    assert station.roster.problem is None
    assert station.roster.find(FACTS["numbers"][2], AT).student.id == FACTS["students"][2]
    with pytest.raises(RosterProblem) as photographed:
        station.roster.find(FACTS["numbers"][1], AT)
    assert photographed.value.key == "roster.captured"


def test_intact_visits_of_a_damaged_old_outbox_are_read(tmp_path: Path) -> None:
    folder = unpack("station", tmp_path)
    with contextlib.closing(sqlite3.connect(folder / "outbox.db")) as connection:
        connection.execute("DROP INDEX visits_waiting")
    station = OldStation(folder)
    assert station.opened.damaged_name
    assert station.outbox.get(WAITING).outcome is VisitOutcome.ACCEPTED
    assert len(station.outbox.get(WAITING).shots) == 2
    station.close()


def test_the_waiting_visit_goes_to_the_updated_server(
    station: OldStation, server: tuple[str, Path], http: requests.Session
) -> None:
    address, _ = server
    client = Client(address, station.pairing.credentials.token, http)
    roster = client.roster()
    assert sorted(student.id for student in roster.students) == sorted(FACTS["students"])
    assert UploadWorker(station.outbox, client, station.originals).send_next()
    assert station.outbox.stats().sent == 2
    page = sign_in(address, http).get(f"{address}/review/{WAITING}/", timeout=scale_timeout(30))
    assert page.status_code == 200


def test_the_reviewer_signs_in_and_sees_the_old_submission(server: tuple[str, Path], http: requests.Session) -> None:
    address, _ = server
    session = sign_in(address, http)
    session.headers["Accept-Language"] = "en"
    page = session.get(f"{address}/review/{SENT}/", timeout=scale_timeout(30))
    assert page.status_code == 200
    assert "200 – 300 px" in page.text, "the band of a verdict"
    assert "no earrings, necklaces or hair ornaments" in page.text, "a prompt"
    assert "was not asked" not in page.text
    for picture in ("shot.jpg", "portrait.jpg", "original"):
        response = session.get(f"{address}/review/{SENT}/{picture}", timeout=scale_timeout(30))
        assert (response.status_code, response.content[:2]) == (200, b"\xff\xd8")


def test_students_keep_their_id_numbers_and_consents(server: tuple[str, Path]) -> None:
    _, folder = server
    connection = sqlite3.connect(f"file:{folder / 'zhengguan.sqlite3'}?mode=ro", uri=True)
    [(students,)] = connection.execute(
        "SELECT count(*) FROM records_student WHERE id_number_slow_hash != ''"
    ).fetchall()
    [(envelope,)] = connection.execute("SELECT envelope FROM submissions_submission WHERE id = ?", [SENT]).fetchall()
    consents = connection.execute("SELECT student_id, source FROM records_consent").fetchall()
    connection.close()
    assert students == 3
    assert (FACTS["students"][1], "station") in [(student, source.split()[0]) for student, source in consents]
    assert (json.loads(envelope)["version"], json.loads(envelope)["outcome"]) == (2, "accepted")
