"""The studio check inside the running station: check on demand, store the results, and detect drift in between.

If the station dims the lamps, it proposes levels; the operator accepts them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from config.arrays import Pixels
from config.background_loop import BackgroundLoop
from config.errors import Problem
from config.i18n import translations
from config.settings.studio import StudioSettings
from config.standards.registry import PhotoStandard
from hardware.cameras.api import Frame
from hardware.lights.api import LightsProblem
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.studio.monitor import Drift, DriftMonitor
from kiosk.guidance.studio.setup_check import (
    FRAME_COUNT,
    CheckKind,
    SetupCheck,
    check_studio,
)
from kiosk.studio.check_files import CheckFiles
from kiosk.studio.lights import LevelProposal, StudioLamps
from kiosk.studio.overlay import mark_findings

log = logging.getLogger(__name__)
_FRAMES_TIMEOUT_S: Final = 5.0  # a live camera delivers the frames of a check within this time
_POLL_INTERVAL_S: Final = 0.02


@dataclass(frozen=True, eq=False)
class StudioReport:
    """The state for the operator page: the last check of each kind, the drift since, the last marked picture, and the
    levels that `StudioMonitor.apply_proposal` would set."""

    setups: Mapping[CheckKind, SetupCheck] = field(default_factory=dict)
    drifts: tuple[Drift, ...] = ()
    busy: bool = False
    problem: Problem | None = None
    last_kind: CheckKind | None = None
    picture: Pixels | None = field(default=None, repr=False)
    proposal: LevelProposal | None = None


class StudioMonitor:
    """Runs the studio checks of one station on one thread. `newest(after)` returns a frame with a higher number, or
    None."""

    def __init__(
        self,
        newest: Callable[[int], Frame | None],
        folder: Path,
        standard: PhotoStandard,
        settings: StudioSettings,
        language: str,
        wall_clock: Callable[[], datetime],
        lamps: StudioLamps | None = None,
    ) -> None:
        self._newest, self._standard = newest, standard
        self._settings, self._language, self._wall_clock = settings, language, wall_clock
        self._files = CheckFiles(folder, settings, language)
        self._lamps = lamps
        self._request: CheckKind | LevelProposal | None = None
        self._drift_monitor: DriftMonitor | None = None
        self._lock = threading.Lock()
        self._number = -1
        self.report = StudioReport()
        self._loop = BackgroundLoop(
            "studio",
            self._run_next,
            on_start=self._load,
            on_end=self._close_lamps,
            join_timeout=None,  # MediaPipe
        )
        self.start, self.stop = self._loop.start, self._loop.stop

    def request_check(self, kind: CheckKind) -> None:
        """Check the studio, with `kind` in front of the camera; `report.busy` is false when it is done."""
        with self._lock:
            self._request = kind
            self.report = replace(self.report, busy=True, problem=None)
        self._loop.wake()

    def apply_proposal(self) -> None:
        """Set the proposed levels and check again; does nothing without a proposal."""
        with self._lock:
            if self.report.proposal is not None:
                self._request = self.report.proposal
                self.report = replace(self.report, busy=True, problem=None, proposal=None)
        self._loop.wake()

    # ------------------------------------------------------------------ the thread

    def _load(self) -> None:
        self._load_checks()
        self._restore_levels()

    def _run_next(self) -> float:
        """Execute the operator's request, otherwise check for drift; return the seconds until the next call."""
        with self._lock:
            request, self._request = self._request, None
        try:
            self._handle(request)
        except Problem as problem:
            self.report = replace(self.report, busy=False, problem=problem)
        except Exception:  # without a drift monitor the error occurs once; the next check creates another
            log.exception("the check of the studio failed")
            self._drift_monitor = None
            self.report = replace(self.report, busy=False, problem=Problem("error.unexpected"))
        return self._settings.monitor.interval

    def _close_lamps(self) -> None:
        if self._lamps is not None:
            self._lamps.close()

    def _restore_levels(self) -> None:
        """Set the lamps to the levels of the last accepted proposal."""
        try:
            if self._lamps is not None:
                self._lamps.start()
        except LightsProblem as problem:
            log.warning("%s", problem)
            self.report = replace(self.report, problem=problem)

    def _handle(self, request: CheckKind | LevelProposal | None) -> None:
        if isinstance(request, LevelProposal):
            self._apply_levels(request)
        elif request is not None:
            self._check(request)
        else:
            self._check_drift()

    def _apply_levels(self, proposal: LevelProposal) -> None:
        """Set the levels and check again; the reference image is void, because it shows the previous light."""
        assert self._lamps is not None, "only a check with lights makes a proposal"
        self._lamps.apply(proposal)
        self._drift_monitor = None
        self._files.delete_reference()
        self.report = replace(self.report, drifts=())
        self._check(self.report.last_kind or CheckKind.EMPTY)

    def _check_drift(self) -> None:
        frame = self._newest(self._number) if self._drift_monitor is not None else None
        if frame is None or self._drift_monitor is None:
            return
        self._number = frame.number
        before = {drift.finding.key for drift in self.report.drifts}
        drifts = self._drift_monitor.update(frame.pixels, frame.taken_at)
        for drift in drifts:
            if drift.finding.key not in before:
                log.warning("studio: %s", translations().translate(drift.finding.key, **drift.finding.values))
        if drifts != self.report.drifts:
            self.report = replace(self.report, drifts=drifts)

    def _check(self, kind: CheckKind) -> None:
        frames = self._collect_frames()
        with closing(FaceFinder(still=True)) as finder:
            result = check_studio(
                frames, finder, self._standard, self._settings, self._wall_clock(), expected_kind=kind, camera=""
            )
        set_ups = {**self.report.setups, result.check.kind: result.check}
        picture = mark_findings(frames[-1], result, self._settings, translations(self._language))
        proposal, problem = self._propose_levels(result.check)
        report = replace(self.report, setups=set_ups, last_kind=kind, picture=picture)
        self.report = replace(report, busy=False, problem=problem, proposal=proposal)
        if kind is CheckKind.EMPTY:
            self._drift_monitor = DriftMonitor(result.image, self._settings)
            self.report = replace(self.report, drifts=())
        self._files.save(self.report.setups, frames[-1], result)

    def _propose_levels(self, set_up: SetupCheck) -> tuple[LevelProposal | None, Problem | None]:
        """Return a proposal for a check, or the problem of the dimmer; the check is valid in any case."""
        try:
            return (self._lamps.propose(set_up.findings) if self._lamps is not None else None), None
        except LightsProblem as problem:
            return None, problem

    def _collect_frames(self) -> list[Pixels]:
        """Return the next frames of the camera. Raises Problem studio.no_frames."""
        frames: list[Pixels] = []
        until = time.monotonic() + _FRAMES_TIMEOUT_S
        while len(frames) < FRAME_COUNT and time.monotonic() < until:
            frame = self._newest(self._number)
            if frame is None:
                time.sleep(_POLL_INTERVAL_S)
                continue
            self._number = frame.number
            frames.append(frame.pixels)
        if len(frames) < FRAME_COUNT:
            raise Problem("studio.no_frames")
        return frames

    def _load_checks(self) -> None:
        """Read the checks and the empty studio of the previous run."""
        try:
            checks = self._files.load_checks()
            with self._lock:  # a check may be requested at the same moment
                self.report = replace(self.report, setups=checks)
            reference = self._files.load_reference()
            if reference is not None:
                self._drift_monitor = DriftMonitor(reference, self._settings)
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("the stored studio checks cannot be read: %s", error)
            self.report = replace(
                self.report, problem=Problem("studio.record_damaged", file=self._files.record.name, why=str(error))
            )
