"""The server is killed with SIGKILL while a piece of a photo arrives, and the upload continues with the next server."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.migrated_database import seed_data_folder
from tests.server.http.test_gunicorn import SETTINGS
from tests.server.remote.conftest import sha256_of
from tests.server.test_boundaries import ROOT
from tests.server.test_cli import DEADLINE, ENVIRONMENT, command
from tests.waiting import eventually, scale_timeout

pytestmark = pytest.mark.process

PHOTO: Final = random.Random(5).randbytes(400_000)
PIECE: Final = 150_000
BYTES_BEFORE_KILL: Final = 64 << 10
"""Bytes sent of the piece during which the server is killed; gunicorn passes them on as one block."""
SET_UP: Final = """
import django
django.setup()
from server.records.people_models import EnrolmentLink, LinkProof, Person
from tests.server.conftest import make_campaign, make_student
from tests.server.remote.conftest import SOURCES, agree, client_of
student, person = make_student(make_campaign(photo_sources=SOURCES)), Person.objects.create()
EnrolmentLink.objects.create(student=student, person=person, proof=LinkProof.ID_NUMBER.value)
agree(person, student.campaign)
print(student.pk, client_of(person).cookies["sessionid"].value)
"""
TOKEN: Final = "t" * 32


@dataclass(frozen=True)
class Response:
    status: int
    offset: int
    content: dict[str, Any]


class Phone:
    """The page's script in the browser of a signed-in student; `sent` counts the bytes of all pieces."""

    def __init__(self, student: str, session: str) -> None:
        self.photo = f"/remote/{student}/photos/{sha256_of(PHOTO)}"
        self.sent = 0
        self._headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}

    def connect(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=scale_timeout(20))

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        self.line.request(method, path, body, {**self._headers, **headers})
        response = self.line.getresponse()
        offset, content = int(response.headers.get("Upload-Offset", 0)), response.read()
        self.line.close()
        return Response(response.status, offset, json.loads(content) if content else {})

    def send_piece(self, start: int) -> Response:
        piece = PHOTO[start : start + PIECE]
        self.sent += len(piece)
        return self.request("PATCH", self.photo, piece, **_piece_headers(start))

    def send_half_a_piece(self, start: int) -> None:
        self.line.putrequest("PATCH", self.photo)
        for name, value in {**self._headers, **_piece_headers(start), "Content-Length": str(PIECE)}.items():
            self.line.putheader(name, value)
        self.line.endheaders(PHOTO[start : start + BYTES_BEFORE_KILL])
        self.sent += BYTES_BEFORE_KILL

    def send_the_rest(self) -> Response:
        """Request the offset and send the pieces from there, as the protocol requires."""
        answer = self.request("HEAD", self.photo)
        while answer.status in (200, 204) and not answer.content:
            answer = self.send_piece(answer.offset)
        return answer


def _piece_headers(start: int) -> dict[str, str]:
    kind = "application/offset+octet-stream"
    return {"Upload-Offset": str(start), "Upload-Length": str(len(PHOTO)), "Content-Type": kind}


@contextmanager
def server(data: Path) -> Iterator[int]:
    """Start a server without a worker and yield its port; end the server and its children with SIGKILL."""
    with subprocess.Popen(
        command("run", "--port", 0, "--data", data, "--no-worker"),
        cwd=ROOT,
        env={**ENVIRONMENT, "ZHENGGUAN_SERVER_CONFIG": str(data / "server.toml")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.wait(scale_timeout(DEADLINE))
            yield int(line.strip().rpartition(":")[2])
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(scale_timeout(DEADLINE))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A data folder with a student who may send a photo; the student's id, and the key of their session."""
    data = seed_data_folder(tmp_path_factory.mktemp("prepared") / "data")
    environment = {
        **ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        "ZHENGGUAN_SERVER_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "server.settings",
    }
    completed = subprocess.run(
        [sys.executable, "-c", SET_UP], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert completed.returncode == 0, completed.stderr
    return data, completed.stdout.split()


def stored_bytes(data: Path) -> int:
    return sum(path.stat().st_size for path in data.rglob("partial-remote/*/*.part"))


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "zhengguan.sqlite3")) as database:
        return database.execute(query).fetchall()


@pytest.mark.parametrize("web", ["waitress", "gunicorn"])
def test_an_upload_continues_after_a_server_is_killed_in_the_middle_of_a_piece(
    web: str, prepared: tuple[Path, list[str]], tmp_path: Path
) -> None:
    data, phone = Path(shutil.copytree(prepared[0], tmp_path / "data")), Phone(*prepared[1])
    (data / "server.toml").write_text(SETTINGS if web == "gunicorn" else "", encoding="utf-8")
    # waitress passes a body on when it is complete, gunicorn as it arrives: a part of the piece is stored.
    stored = PIECE + (BYTES_BEFORE_KILL if web == "gunicorn" else 0)
    with server(data) as port:
        phone.connect(port)
        assert (phone.send_piece(0).status, stored_bytes(data)) == (204, PIECE)
        phone.send_half_a_piece(PIECE)
        eventually(lambda: stored_bytes(data) == stored)
    with pytest.raises((http.client.HTTPException, OSError)):  # control: killed before it responded
        phone.line.getresponse()
    phone.line.close()

    with server(data) as port:
        phone.connect(port)
        assert phone.request("HEAD", phone.photo) == Response(200, stored, {})
        before = phone.sent
        from_the_start = phone.send_piece(0)  # control: without requesting the offset, a piece is sent needlessly
        assert (from_the_start.status, from_the_start.offset, phone.sent) == (409, stored, before + PIECE)
        phone.sent = before
        assert phone.send_the_rest().content == {"state": "stored", "photo": sha256_of(PHOTO)}
        assert phone.sent == len(PHOTO) + PIECE + BYTES_BEFORE_KILL - stored, "only lost bytes are sent twice"
        submit = [phone.request("POST", f"{phone.photo}/submit", b'{"source": "stream"}') for _ in range(2)]
        assert [answer.status for answer in submit] == [202, 202]
        again = phone.send_piece(0)  # the response to the last piece was lost, and the phone starts again
    assert again.content == {"state": "stored", "photo": sha256_of(PHOTO)}
    [(job, status, size)] = rows(data, "SELECT id, status, size FROM remote_photojob")
    assert {answer.content["submission_job"] for answer in submit} == {job}
    assert (status, size) == ("waiting", len(PHOTO))
    assert sha256_of((data / f"remote/{job}.photo").read_bytes()) == sha256_of(PHOTO)
    assert len(rows(data, "SELECT id FROM django_tasks_database_dbtaskresult WHERE task_path LIKE '%run_photo'")) == 1
    assert len([*data.rglob("*.photo"), *data.rglob("*.whole")]) == 2, "one photo, and the link of its job"
