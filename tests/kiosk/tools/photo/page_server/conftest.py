"""The page's server in this process, with workers that need no engine, and a client that sends any request."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from config.errors import Problem
from config.standards.registry import PhotoStandard, load_standard
from kiosk.capture.cropping.solver import Head, solve
from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.guidance.verdict import MANUAL_CHECK, Outcome, Verdict
from kiosk.tools.photo.output_folder import OutputFolder
from kiosk.tools.photo.page_server import worker
from kiosk.tools.photo.page_server.http_server import PageClosed, PageServer
from kiosk.tools.photo.page_server.photo import FinishedPortrait, PageSettings
from kiosk.tools.photo.page_server.portrait_request import PortraitAnswer, PortraitRequest
from kiosk.tools.photo.page_server.session import Session
from tests.waiting import eventually

PICTURE: Final = (2000, 3000)
HEAD: Final = Head(crown=700, eyes=1130, centre=1000, width=560, chin=1480)


@dataclass
class FakeEngine:
    """Runs the page's jobs: makes a portrait of every shot, whose bytes depend on shot, crop and background."""

    outcome: Outcome = Outcome.PASS
    problem: Problem | None = None
    notice: Problem | None = None
    shots: list[bytes] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    portrait_bytes: Callable[[bytes], bytes] = lambda shot: b"portrait of " + sha256(shot).digest()

    def __post_init__(self) -> None:
        self.gate.set()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.gate.wait()
        jobs = {worker.make_portrait: self.make_portrait, worker.draw_sheet: self.draw_sheet}
        try:
            future.set_result(jobs[function](*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def draw_sheet(self, options: Any, portrait: Path, name: str) -> bytes:
        return f"sheet of {name} in {options.language}".encode()

    def make_portrait(self, request: PortraitRequest) -> PortraitAnswer:
        shot = request.job.shot.read_bytes()
        self.shots.append(shot)
        if request.chosen is not None and self.notice is not None:
            return PortraitAnswer(notice=self.notice)
        if self.problem is not None:
            return PortraitAnswer(problem=self.problem)
        standard = request.options.standard
        crop = request.chosen.crop if request.chosen else solve(HEAD, PICTURE, standard)
        jpeg = self.portrait_bytes(shot + str(crop).encode() + standard.output.background.encode())
        path = request.job.portrait
        folder = OutputFolder(request.options.out)
        with folder.write_partial(path, jpeg) as draft:
            folder.store(draft, path, {"crop": [crop.left, crop.top]})
        reason = "" if self.outcome is Outcome.PASS else "rule.eye_line.low"
        verdicts = (
            Verdict("eye_line", self.outcome, 250.0, "px", 230, 270, reason),
            Verdict("ears", Outcome.NOT_MEASURED, None, "", None, None, MANUAL_CHECK),
        )
        adjusted = request.chosen is not None
        return PortraitAnswer(FinishedPortrait(path, "0" * 64, verdicts, crop, PICTURE, HEAD, adjusted))


@dataclass
class Client:
    """Sends requests to a server as its page does; every part can be replaced."""

    server: PageServer

    def send(
        self, method: str, path: str, body: bytes | None = None, token: str | None = None, **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body. A header that is None is left out; `_` in a name stands for `-`."""
        access = self.server.access
        fields: dict[str, str | None] = {"Host": f"127.0.0.1:{access.port}"}
        if method != "GET":
            fields |= {
                "Origin": access.origin,
                "Sec-Fetch-Site": "same-origin",
                "Content-Length": str(len(body or b"")),
            }
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", access.port, timeout=60)
        connection.putrequest(
            method, f"/{access.token if token is None else token}/{path}", skip_host=True, skip_accept_encoding=True
        )
        for name, value in fields.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        result = response.status, dict(response.getheaders()), response.read()
        connection.close()
        return result

    def get(self, path: str) -> Any:
        status, _, body = self.send("GET", path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, content: Any = None) -> tuple[int, Any]:
        status, headers, body = self.send("POST", path, json.dumps(content or {}).encode())
        return status, json.loads(body) if headers["Content-Type"] == "application/json" else None

    def upload(self, name: str, content: bytes, **headers: str) -> tuple[int, Any]:
        status, _, body = self.send("POST", "api/photos?lang=en", content, X_File_Name=quote(name, safe=""), **headers)
        return status, json.loads(body)

    def state(self) -> Any:
        return self.get("api/state?after=0&lang=en")

    def finished_state(self) -> Any:
        """The state when no portrait is being made."""
        states: list[Any] = []

        def is_finished() -> bool:
            states.append(self.state())
            return all(photo["state"] in ("made", "refused") for photo in states[-1]["photos"])

        eventually(is_finished)
        return states[-1]

    def photo(self, name: str) -> Any:
        return next(photo for photo in self.finished_state()["photos"] if photo["name"] == name)


@dataclass
class RunningPage:
    server: PageServer
    session: Session
    client: Client
    engine: FakeEngine
    ended: threading.Event


def serve(tmp_path: Path, engine: FakeEngine, standard: PhotoStandard | None = None) -> Iterator[RunningPage]:
    settings = PageSettings(standard or load_standard("chsi"))
    session = Session(settings, tmp_path, (engine.submit,), IsolatedDecoder())
    server = PageServer(session, idle_timeout=3600)
    ended = threading.Event()

    def run() -> None:
        try:
            server.serve_forever(poll_interval=0.02)
        except PageClosed:
            ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    yield RunningPage(server, session, Client(server), engine, ended)
    engine.gate.set()
    if not ended.is_set():
        server.shutdown()
    thread.join()
    session.close()
    server.server_close()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def page(tmp_path: Path, engine: FakeEngine) -> Iterator[RunningPage]:
    yield from serve(tmp_path, engine)


@pytest.fixture
def client(page: RunningPage) -> Client:
    return page.client
