"""Handle the reports of a camera process: publish the state, deliver the shots, and check whether the camera may be
used at this station."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf

from hardware.cameras.api import CameraInfo, CameraProblem, Shot, ShotProgress
from hardware.cameras.isolation.messages import (
    Degraded,
    HealthReport,
    Opened,
    OpenFailed,
    Progress,
    Report,
    ShotDelivered,
    ShotFailed,
    UnsolicitedShot,
)
from hardware.cameras.isolation.pending_shot import ShotDispatcher
from hardware.cameras.isolation.process_handle import CameraProcess
from hardware.cameras.isolation.shared_memory import FrameBuffer
from hardware.cameras.isolation.state import StatePublisher
from hardware.cameras.isolation.watchdog import Watchdog


class ReportHandler:
    """Handles the reports of one camera process after the other, on the supervisor's thread.

    `frame_buffer` is that of a live camera, which any thread may read, None without one; `live_since` is when it became
    live.
    """

    def __init__(
        self,
        publisher: StatePublisher,
        dispatcher: ShotDispatcher,
        watchdog: Watchdog,
        clock: Callable[[], float],
        rejects: Callable[[CameraInfo], CameraProblem | None],
    ) -> None:
        self._publisher, self._dispatcher, self._watchdog = publisher, dispatcher, watchdog
        self._clock, self._rejects = clock, rejects
        self.frame_buffer: FrameBuffer | None = None
        self.live_since = 0.0
        self._rejected: CameraInfo | None = None  # a camera that is open, but not assigned to this station
        self._recheck_requested = threading.Event()
        self._exposed_by: float | None = None

    def request_recheck(self) -> None:
        """Check an open camera again in `recheck`; may be called from any thread."""
        self._recheck_requested.set()

    def recheck(self, process: CameraProcess) -> None:
        """Check again, if that was requested, whether a rejected camera is assigned to this station now."""
        if self._recheck_requested.is_set() and self._rejected is not None:
            self._accept(self._rejected, process)

    def on_process_ended(self) -> None:
        """Record that the camera is gone; its remaining reports may follow."""
        self.frame_buffer = self._rejected = None

    def drain(self, process: CameraProcess) -> None:
        """Handle the remaining reports of shots of an ended process. Raises EOFError after its last message."""
        for report in process.reports():
            if isinstance(report, ShotDelivered | ShotFailed | UnsolicitedShot):
                self.handle(report, process)

    def forget_exposure(self) -> None:
        """Discard the time of the last exposure: the next shot comes from another process."""
        self._exposed_by = None

    def handle(self, report: Report, process: CameraProcess) -> None:
        if isinstance(report, OpenFailed):
            self._watchdog.on_open_attempt(self._clock())
            self._dispatcher.close(report.problem)
            self._publisher.set("lost", report.problem)
        elif isinstance(report, Opened):
            self._watchdog.on_opened(self._clock())
            process.frame_buffer.resize(report.info.frame_size)
            self._accept(report.info, process)
        elif isinstance(report, Degraded):
            if self._rejected is None:
                self._publisher.set("live", report.problem)
        elif isinstance(report, HealthReport):
            self._publisher.set(self._publisher.state.kind, self._publisher.state.problem, health=report.health)
        else:
            self._handle_shot_report(report, process)

    def _handle_shot_report(self, report: Report, process: CameraProcess) -> None:
        if isinstance(report, Progress):
            self._dispatcher.on_progress(report.progress, self._clock())
            if report.progress.phase == "transfer" and self._exposed_by is None:
                self._exposed_by = self._clock()
            self._set_progress(report.progress)
        elif isinstance(report, ShotFailed):
            self._set_progress(None)
            self._exposed_by = None
            self._dispatcher.fail(report.number, report.problem)
        elif isinstance(report, ShotDelivered | UnsolicitedShot):
            self._set_progress(None)
            data = process.shot_buffer.get(report.size, report.offset)
            shot = Shot(data, report.name, report.camera, self._exposed_by)
            self._exposed_by = None
            if isinstance(report, ShotDelivered):
                self._dispatcher.deliver(report.number, shot)
            else:
                # Shots of another station's camera do not show the sitter here.
                self._dispatcher.deliver_unsolicited(shot, report.taken_after if self._rejected is None else -inf)

    def _set_progress(self, progress: ShotProgress | None) -> None:
        self._watchdog.on_progress(progress)
        self._publisher.set_progress(progress)

    def _accept(self, info: CameraInfo, process: CameraProcess) -> None:
        """Set an open camera live, unless it is not assigned to this station."""
        self._recheck_requested.clear()
        problem = self._rejects(info)
        if problem is not None:
            self._rejected = info
            self._dispatcher.close(problem)
            self._publisher.set("lost", problem, info=info)
            return
        self._rejected, self.frame_buffer, self.live_since = None, process.frame_buffer, self._clock()
        self._dispatcher.open()
        self._publisher.set("live", None, info=info)
