"""A station for the soak, complete except for guidance, photo engine and screens, and everything that it has stored."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

from config.errors import Problem
from config.id_number import make_number
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Camera
from hardware.cameras.assigned_camera import AssignedCamera
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from hardware.cameras.timeouts import Timeouts
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.poller import CardPoller, PollIntervals
from hardware.card_reader.samv_driver import SamvReader
from hardware.card_reader.samv_serial import CommandTimeouts
from hardware.device_log import DeviceLog
from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.models import OutboxVisit
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import RosterPayload
from kiosk.visit.controller import VisitController
from kiosk.visit.options import VisitOptions
from kiosk.visit.ports import Clock, Services
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.timeouts import VisitTimeouts
from kiosk.visit.unassigned_shots import UnassignedShots
from tests.factories import make_campaign, make_roster, make_student
from tests.soak.camera import Scene, open_soak_camera

KEY = "17" * 32
TIMEOUTS = VisitTimeouts(0.01, 0.05, *(600.0,) * 11)  # no timeout ends a visit
CAMERA_TIMEOUTS = Timeouts(
    heartbeat=0.8, open=8.0, reopen=2.0, shot=0.8, late_shot=1.0, retry=0.1, restart=0.05, max_restart=0.3
)
NAME = "王*明"


def wall_clock() -> datetime:
    return datetime.now(UTC)


class FakeEngine:
    """A photo engine that returns a few bytes; `fails` and `slow` (seconds) are its faults."""

    def __init__(self, originals: FileStore) -> None:
        self._originals = originals
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self.fails, self.slow, self.is_busy = False, 0.0, False

    def make_portrait(
        self, shot: StoredFile, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[tuple[Portrait, StoredFile]]:
        return self._pool.submit(self._make_portrait, shot)

    def assess(self, shot: StoredFile, standard: PhotoStandard) -> Future[ShotQuality]:
        return self._pool.submit(lambda: ShotQuality(()))

    def close(self) -> None:
        self._pool.shutdown()

    def _make_portrait(self, shot: StoredFile) -> tuple[Portrait, StoredFile]:
        time.sleep(self.slow)
        if self.fails:
            raise PhotoProblem("photo.engine_stopped")
        data = self._originals.read(shot)[:200]
        stored = self._originals.store(data, "portrait.jpg")
        return Portrait(data, stored.sha256, (), {"standard": "chsi"}), stored


class FakeAnalyzer:
    """An analyzer that does nothing: the soak reports the advice."""

    rate = None
    is_starting = False

    def resume(self, standard: PhotoStandard) -> None:
        """Do nothing."""

    def watch(self, standard: PhotoStandard) -> None:
        """Do nothing."""

    def pause(self) -> None:
        """Do nothing."""


class FillableCipher:
    """A cipher that fails like a full disk once `is_full` is set."""

    def __init__(self, cipher: FileCipher) -> None:
        self._cipher, self.is_full = cipher, False

    def encrypt(self, data: bytes) -> bytes:
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._cipher.encrypt(data)


class SoakStation:
    """A station that expects `students` students; `numbers` are the numbers of their cards by student id.

    The default camera is that of the soak, which follows `scene`.
    """

    def __init__(
        self,
        folder: Path,
        students: int,
        spec: str = "",
        driver: Callable[[str], Camera] = open_soak_camera,
        timeouts: Timeouts = CAMERA_TIMEOUTS,
        search: Callable[[str], ReaderDiscovery] | None = None,
    ) -> None:
        self.scene = Scene(folder / "scene")
        self.scene.folder.mkdir(parents=True)
        self.scene.put("sitter", "nobody")
        file_cipher = FileCipher.load_or_create(folder / "station.key")
        self.disk = FillableCipher(file_cipher)
        self.originals = FileStore(folder / "files", self.disk.encrypt, file_cipher.decrypt)
        self.unassigned_files = FileStore(folder / "unclaimed", self.disk.encrypt, file_cipher.decrypt)
        self.outbox = Outbox(folder / "outbox.db")
        self.device_log = DeviceLog(folder / "devices.jsonl", wall_clock, max_outages=10_000)
        self.numbers = {f"{k:032x}": make_number("990101", date(2001, 2, 3), k) for k in range(1, students + 1)}
        self.assigned_camera = AssignedCamera(folder / "camera.json", spec)
        self.reader_problem: Problem | None = None
        self.states: list[CameraState] = []
        self.camera = CameraSupervisor(
            spec or f"soak:{self.scene.folder}",
            self._on_camera_state,
            timeouts=timeouts,
            driver=driver,
            rejects=self.assigned_camera.rejects,
            on_late=lambda shot: self.controller.on_late_shot(shot),
            on_unsolicited=lambda shot, after: self.controller.on_unsolicited_shot(shot, after),
        )
        self.engine = FakeEngine(self.originals)
        self.controller = self._create_controller(folder, file_cipher)
        self.reader = SimulatedCardReader().start()
        self._reader_poller = self._create_reader_poller(search)

    def start(self) -> None:
        self.camera.start()
        self._reader_poller.start()

    def close(self) -> None:
        self.controller.close()
        self._reader_poller.stop()
        self.reader.stop()
        self.camera.stop()
        self.engine.close()

    def stored_visits(self) -> list[OutboxVisit]:
        """Every visit in the outbox."""
        return [self.outbox.get(visit.id) for visit in self.outbox.entries()]

    def unassigned_shots(self) -> list[bytes]:
        decrypt = self.unassigned_files._decrypt
        return [decrypt(path.read_bytes()) for path in self.unassigned_files.orphans(())]

    def _on_camera_state(self, state: CameraState) -> None:
        self.states.append(state)
        if state.kind not in ("starting", "stopped"):
            self.device_log.record("camera", state.problem)
        self.controller.on_camera_state(state)

    def _on_reader_problem(self, problem: Problem | None) -> None:
        self.reader_problem = problem
        self.device_log.record("reader", problem)

    def _create_reader_poller(self, search: Callable[[str], ReaderDiscovery] | None) -> CardPoller:
        on_card = self.controller.on_card
        if search is not None:  # as in a station
            return CardPoller(search(self.reader.port).lazy_reader, on_card, self._on_reader_problem)
        quick = CommandTimeouts(status=0.3, find=0.3, select=0.3, read=0.5)
        pace = PollIntervals(poll=0.02, min_reopen=0.05, max_reopen=0.2)
        return CardPoller(lambda: SamvReader(self.reader.port, timeouts=quick), on_card, self._on_reader_problem, pace)

    def _create_controller(self, folder: Path, file_cipher: FileCipher) -> VisitController:
        roster = Roster(folder / "roster.sealed", file_cipher, KEY)
        roster.replace(self._roster())
        visit_recorder = VisitRecorder(self.originals, self.outbox, lambda: None)
        unassigned = UnassignedShots(self.unassigned_files)
        parts = Services(
            self.camera, FakeAnalyzer(), self.engine, visit_recorder, roster, unassigned, self.device_log.record
        )
        return VisitController(parts, TIMEOUTS, VisitOptions("soak", burst=2), Clock(time.monotonic, wall_clock))

    def _roster(self) -> RosterPayload:
        now = wall_clock()
        students = (
            make_student(number, campaign="soak", key=KEY, id=student, name=NAME)
            for student, number in self.numbers.items()
        )
        return make_roster([make_campaign("soak", now=now)], students, now=now)
