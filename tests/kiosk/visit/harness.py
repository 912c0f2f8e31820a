"""A controller with real files, a real outbox and fake devices, for the tests of the visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from config.errors import Problem
from config.standards.registry import PhotoStandard
from hardware.cameras.api import CameraInfo, CameraProblem, Frame, Shot
from hardware.cameras.isolation.state import CameraState
from hardware.card_reader.api import CardReading
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.advice import Advice
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.guidance.coaching.prompts import no_prompts
from kiosk.guidance.verdict import Outcome, Verdict
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.roster import Roster
from kiosk.upload.roster_index import Enrolment
from kiosk.visit.controller import VisitController
from kiosk.visit.options import VisitOptions
from kiosk.visit.order_requests import OrderRequests
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.state import VisitState
from kiosk.visit.step import Step
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.unassigned_shots import UnassignedShots
from tests.factories import make_campaign, make_student
from tests.waiting import eventually

INFO = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6))
SHOT = Shot(b"the original", "IMG_1.JPG", INFO)
CARD = CardReading("王小明", "990101200001011234", "mainland")
READY = Advice("hint.hold", ready=True, steady_for=9.0)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def verdict(rule: str, outcome: Outcome, reason: str = "") -> Verdict:
    return Verdict(rule, outcome, 1.0, "ratio", 0.0, 2.0, reason)


@dataclass
class FakeCamera:
    state: CameraState = field(default_factory=lambda: CameraState("live", INFO, None, 0.0))
    requests: list[Future[Shot]] = field(default_factory=list)
    busy: bool = False
    commands: list[str] = field(default_factory=list)

    def newest(self, after: int = 0) -> Frame | None:
        return None

    def shoot(self) -> Future[Shot]:
        self.requests.append(Future())
        if self.busy:  # as the real camera: refused immediately
            self.requests[-1].set_exception(CameraProblem("camera.busy"))
        return self.requests[-1]

    def send_command(self, command: str) -> None:
        self.commands.append(command)


@dataclass
class FakeAnalyzer:
    active: bool = False
    only_watches: bool = False
    rate: AnalysisRate | None = None
    is_starting: bool = False
    standard: PhotoStandard | None = None

    def resume(self, standard: PhotoStandard) -> None:
        self.active, self.only_watches, self.standard = True, False, standard

    def watch(self, standard: PhotoStandard) -> None:
        self.active, self.only_watches, self.standard = True, True, standard

    def pause(self) -> None:
        self.active = False


@dataclass
class FakeEngine:
    requests: list[Future[tuple[Portrait, StoredFile]]] = field(default_factory=list)
    assessments: list[ShotQuality] = field(default_factory=list)  # the quality of the next shots
    cameras: list[Mapping[str, object]] = field(default_factory=list)
    is_busy: bool = False

    def make_portrait(
        self, shot: StoredFile, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[tuple[Portrait, StoredFile]]:
        self.requests.append(Future())
        self.cameras.append(camera)
        return self.requests[-1]

    def assess(self, shot: StoredFile, standard: PhotoStandard) -> Future[ShotQuality]:
        result: Future[ShotQuality] = Future()
        result.set_result(self.assessments.pop(0) if self.assessments else ShotQuality(()))
        return result


@dataclass
class FakeRoster:
    captured: list[str] = field(default_factory=list)
    progress_base: str = ""
    last_four: str = "1234"
    other_enrolments: list[Enrolment] = field(default_factory=list)
    refusal: Problem | None = None
    campaign_changes: dict[str, object] = field(default_factory=dict)
    lookups: list[tuple[str, datetime]] = field(default_factory=list)

    def find_all(self, number: str, now: datetime) -> list[Enrolment]:
        return [self.find(number, now), *self.other_enrolments]

    def find(self, number: str, now: datetime) -> Enrolment:
        self.lookups.append((number, now))
        if self.refusal:
            raise self.refusal
        student = make_student(last_four=self.last_four)
        return Enrolment(student, make_campaign(now=NOW, **self.campaign_changes))

    def mark_captured(self, student: str) -> None:
        self.captured.append(student)


class FillableStore(FileStore):
    """A FileStore that fails as on a full disk while `full` is set."""

    full = False

    def write(self, file: StoredFile, data: bytes) -> None:
        if self.full:
            raise PhotoProblem("photo.disk_full")
        super().write(file, data)


class VisitHarness:
    """The controller with everything that it needs, and a clock that only the test advances."""

    def __init__(
        self,
        folder: Path,
        on_change: Callable[[VisitState], None] = lambda state: None,
        burst: int = 1,
        questions: Callable[[PhotoStandard], tuple[str, ...]] = no_prompts,
        documents_for_staff: bool = False,
        orders: OrderRequests | None = None,
    ) -> None:
        self.now = 100.0
        self.camera, self.analyzer, self.engine, self.roster = FakeCamera(), FakeAnalyzer(), FakeEngine(), FakeRoster()
        self.disk = FillableStore(folder / "files")
        self.outbox = Outbox(folder / "outbox.db", cipher=FileCipher.load_or_create(folder / "station.key"))
        visit_recorder = VisitRecorder(self.disk, self.outbox, lambda: None)
        self.unassigned_files = FillableStore(folder / "unclaimed")
        self.unassigned_shots = UnassignedShots(self.unassigned_files)
        self.reported_problems: list[tuple[str, str]] = []
        roster = cast(Roster, self.roster)
        parts = Services(
            self.camera, self.analyzer, self.engine, visit_recorder, roster, self.unassigned_shots, self._report_problem
        )
        clocks = Clock(lambda: self.now, lambda: NOW)
        self.controller = VisitController(
            parts,
            VisitTimeouts(),
            VisitOptions("2026-1", burst=burst, questions=questions, documents_for_staff=documents_for_staff),
            clocks,
            on_change,
            orders=orders,
        )

    def _report_problem(self, device: str, problem: Problem | None) -> None:
        self.reported_problems.append((device, problem.key if problem else ""))

    @property
    def step(self) -> Step:
        return self.controller.state.step

    def until(self, happened: Callable[[], object]) -> None:
        eventually(happened, self.controller.process_events)

    def to_shoot(self) -> None:
        """Pass identification, consent, posing and countdown, until the shot is requested."""
        self.controller.on_card(CARD)
        self.controller.process_events()
        self.controller.consent()
        self.pose_until_shot()

    def to_countdown(self) -> None:
        self.controller.on_card(CARD)
        self.controller.process_events()
        self.controller.consent()
        self.show_ready()

    def show_ready(self) -> None:
        self.controller.on_advice(READY, cast(Frame, None))
        self.controller.process_events()
        assert self.step is Step.COUNTDOWN

    def pose_until_shot(self) -> None:
        requested = len(self.camera.requests)
        self.show_ready()
        self.now += VisitTimeouts().countdown
        self.controller.process_events()
        assert self.step is Step.SHOOT
        assert len(self.camera.requests) == requested + 1

    def portrait(self) -> tuple[Portrait, StoredFile]:
        file = FileStore(self.disk.folder).store(b"a portrait", "portrait.jpg")
        return Portrait(b"a portrait", file.sha256, (), {"standard": "chsi"}), file

    def to_review(self) -> None:
        self.to_shoot()
        self.deliver_portrait()

    def deliver_portrait(self) -> None:
        """Deliver the shot of the camera and the portrait of the engine."""
        self.camera.requests[-1].set_result(SHOT)
        self.until(lambda: self.engine.requests)
        self.finish_portrait()

    def finish_portrait(self) -> None:
        self.engine.requests[-1].set_result(self.portrait())
        self.until(lambda: self.step is Step.REVIEW)

    def accept(self) -> OutboxVisit:
        """Accept the portrait; return the visit, ready to be sent."""
        self.controller.accept()
        self.until(lambda: self.step is Step.DONE)
        item = self.outbox.lease(60)
        assert item is not None
        return item


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[VisitHarness]:
    harness = VisitHarness(tmp_path)
    yield harness
    harness.controller.close()
    harness.outbox.close()


FAST = CameraInfo("test", "Test", "1", True, (8, 6), (8, 6), burst=3)


def deliver_shot(studio: VisitHarness, number: int) -> None:
    """Wait for the request of shot `number`, and deliver it."""
    studio.until(lambda: len(studio.camera.requests) == number)
    studio.camera.requests[-1].set_result(Shot(f"original {number}".encode(), f"IMG_{number}.JPG", FAST))
