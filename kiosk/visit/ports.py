"""What the conductor conducts, as far as a visit needs it; tests put obedient devices here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config.errors import Problem
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Frame, Shot
from hardware.cameras.isolation.supervisor import CameraState
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.identification.code_lookup import CodeLookup
from kiosk.upload.roster import Roster
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.unassigned_shots import UnassignedShots


class CameraService(Protocol):
    """The part of CameraSupervisor that a visit needs."""

    @property
    def state(self) -> CameraState: ...

    def newest(self, after: int = -1) -> Frame | None: ...

    def shoot(self) -> Future[Shot]: ...


class AnalysisService(Protocol):
    """The part of Analyst that a visit needs."""

    @property
    def rate(self) -> AnalysisRate | None: ...

    @property
    def is_starting(self) -> bool: ...

    def resume(self, standard: PhotoStandard) -> None: ...

    def pause(self) -> None: ...


class EngineService(Protocol):
    """The part of DevelopingProcess that a visit needs."""

    def make_portrait(
        self, shot: StoredFile, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[tuple[Portrait, StoredFile]]: ...

    def assess(self, shot: StoredFile, standard: PhotoStandard) -> Future[ShotQuality]: ...

    @property
    def is_busy(self) -> bool: ...


def _ignore_problem(device: str, problem: Problem | None) -> None:
    """Nobody keeps a history."""


@dataclass(frozen=True)
class Services:
    """What the conductor conducts. `note` is told of a device, by its name, what is wrong; None when it is over."""

    camera: CameraService
    analyzer: AnalysisService
    engine: EngineService
    recorder: VisitRecorder
    roster: Roster
    unassigned_shots: UnassignedShots
    report_problem: Callable[[str, Problem | None], None] = _ignore_problem
    code_lookup: CodeLookup | None = None


@dataclass(frozen=True)
class Clock:
    """`now` is monotonic seconds, `today` the time of day with its zone."""

    monotonic: Callable[[], float]
    wall: Callable[[], datetime]
