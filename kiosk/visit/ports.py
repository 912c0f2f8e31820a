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
from kiosk.capture.storage import Kept
from kiosk.capture.types import Portrait
from kiosk.guidance.analysis_rate import AnalysisRate
from kiosk.guidance.coaching.best_shot import ShotLook
from kiosk.identification.code_lookup import CodeBook
from kiosk.upload.roster import Roster
from kiosk.visit.recorder import VisitKeeper
from kiosk.visit.unclaimed import Unclaimed


class CameraPort(Protocol):
    """The part of CameraSupervisor that a visit needs."""

    @property
    def state(self) -> CameraState: ...

    def newest(self, after: int = -1) -> Frame | None: ...

    def shoot(self) -> Future[Shot]: ...


class WatchPort(Protocol):
    """The part of Analyst that a visit needs."""

    @property
    def rate(self) -> AnalysisRate | None: ...

    @property
    def getting_ready(self) -> bool: ...

    def watch(self, standard: PhotoStandard) -> None: ...

    def pause(self) -> None: ...


class DevelopPort(Protocol):
    """The part of DevelopingProcess that a visit needs."""

    def develop(
        self, shot: Kept, standard: PhotoStandard, camera: Mapping[str, object]
    ) -> Future[tuple[Portrait, Kept]]: ...

    def look(self, shot: Kept, standard: PhotoStandard) -> Future[ShotLook]: ...

    @property
    def busy(self) -> bool: ...


def _forget(device: str, problem: Problem | None) -> None:
    """Nobody keeps a history."""


@dataclass(frozen=True)
class Parts:
    """What the conductor conducts. `note` is told of a device, by its name, what is wrong; None when it is over."""

    camera: CameraPort
    analyst: WatchPort
    engine: DevelopPort
    keeper: VisitKeeper
    roster: Roster
    unclaimed: Unclaimed
    note: Callable[[str, Problem | None], None] = _forget
    codes: CodeBook | None = None


@dataclass(frozen=True)
class Clocks:
    """`now` is monotonic seconds, `today` the time of day with its zone."""

    now: Callable[[], float]
    today: Callable[[], datetime]
