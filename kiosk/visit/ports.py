"""The services that a visit needs.

CameraService, AnalysisService and EngineService have one implementation each. The protocols let
tests replace the device process, the analysis thread and the engine process by objects that the test controls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config.errors import Problem
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Frame, Shot
from hardware.cameras.isolation.state import CameraState
from kiosk.capture.storage import StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.best_shot import ShotQuality
from kiosk.identification.code_lookup import CodeLookup
from kiosk.upload.roster import Roster
from kiosk.visit.recorder import VisitRecorder
from kiosk.visit.unassigned_shots import UnassignedShots


class CameraService(Protocol):
    """The part of CameraSupervisor that a visit needs; a test seam."""

    @property
    def state(self) -> CameraState: ...

    def newest(self, after: int = -1) -> Frame | None: ...

    def shoot(self) -> Future[Shot]: ...

    def send_command(self, command: str) -> None: ...


class AnalysisService(Protocol):
    """The part of LiveAnalyzer that a visit needs; a test seam."""

    @property
    def rate(self) -> AnalysisRate | None: ...

    @property
    def is_starting(self) -> bool: ...

    def resume(self, standard: PhotoStandard) -> None: ...

    def watch(self, standard: PhotoStandard) -> None: ...

    def pause(self) -> None: ...


class EngineService(Protocol):
    """The part of EngineProcess that a visit needs; a test seam."""

    def make_portrait(
        self, shot: StoredFile, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[tuple[Portrait, StoredFile]]: ...

    def assess(self, shot: StoredFile, standard: PhotoStandard) -> Future[ShotQuality]: ...

    @property
    def is_busy(self) -> bool: ...


def _ignore_problem(device: str, problem: Problem | None) -> None:
    """Do nothing: this station has no device log."""


@dataclass(frozen=True)
class Services:
    """The services that the visit controller uses.

    `report_problem(device, problem)` records a problem of a device, and None when it is over.
    """

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
    """`monotonic` returns seconds, `wall` the time of day with its time zone."""

    monotonic: Callable[[], float]
    wall: Callable[[], datetime]
