"""Keep a camera running: start its process, monitor it, restart it, and resolve the Future of every shot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import wait

from hardware.cameras.api import Camera, CameraInfo, CameraProblem, Frame, Shot
from hardware.cameras.isolation.messages import (
    Ended,
)
from hardware.cameras.isolation.pending_shot import ShotDispatcher, log_late, log_unsolicited
from hardware.cameras.isolation.process_handle import CameraProcess
from hardware.cameras.isolation.report_handler import ReportHandler
from hardware.cameras.isolation.state import CameraState, Kind, StatePublisher
from hardware.cameras.isolation.wakeup import WakeupPipe
from hardware.cameras.isolation.watchdog import Watchdog
from hardware.cameras.isolation.worker import CONFIGURATION_REASONS
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Timeouts

log = logging.getLogger("camera")


def _accept_any(info: CameraInfo) -> CameraProblem | None:
    return None


class CameraSupervisor:
    """One camera for the kiosk. Every method may be called from any thread, and none of them waits for the camera
    (`stop` waits a bounded time for its process). Callbacks run on the supervisor's thread.

    `on_late` receives the shots that arrived after their Future had failed as slow, `on_unsolicited` those taken on the
    camera's body, with the time after which they were taken: originals that must be stored. `rejects` returns why an
    opened camera must not be used (camera.not_assigned); the camera stays open and is checked again after `recheck`.
    """

    def __init__(
        self,
        spec: str,
        on_state: Callable[[CameraState], None],
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008  it is frozen
        driver: Callable[[str], Camera] = open_driver,
        clock: Callable[[], float] = time.monotonic,
        on_late: Callable[[Shot], None] = log_late,
        on_unsolicited: Callable[[Shot, float], None] = log_unsolicited,
        rejects: Callable[[CameraInfo], CameraProblem | None] = _accept_any,
    ) -> None:
        self._spec, self._driver = spec, driver
        self._timeouts, self._clock = timeouts, clock
        self._publisher = StatePublisher(on_state, clock)
        self._dispatcher = ShotDispatcher(timeouts.late_shot, on_late, on_unsolicited)
        self._watchdog = Watchdog(timeouts)
        self._reports = ReportHandler(self._publisher, self._dispatcher, self._watchdog, clock, rejects)
        self._last_frame_number = 0
        self._failures = 0
        self._stopping = threading.Event()
        self._wakeup = WakeupPipe()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> CameraState:
        return self._publisher.state

    def start(self) -> None:
        """Start supervising the camera; once per supervisor."""
        if self._thread is not None:
            raise RuntimeError("A camera supervisor is started once.")
        self._dispatcher.close(CameraProblem("camera.starting"))
        self._thread = threading.Thread(target=self._run, name="camera-supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the camera. Returns when its process has ended, by force if necessary."""
        self._stopping.set()
        self._dispatcher.close(CameraProblem("camera.stopped"))
        self._wakeup.wake()
        if self._thread is None:
            self._wakeup.close()
        elif self._thread is not threading.current_thread():
            self._thread.join()

    def newest(self, after: int = 0) -> Frame | None:
        """Return a copy of the newest frame; None if none is newer than number `after` or the camera is not live.

        Numbers keep increasing when the camera comes back.
        """
        frame_buffer = self._reports.frame_buffer
        return frame_buffer.newest(after) if frame_buffer is not None else None

    def frame_before(self, taken_at: float, min_age: float = 0.1, max_age: float = 0.4) -> Frame | None:
        """Return a copy of a frame taken `min_age` to `max_age` seconds before `taken_at`; see
        FrameBuffer.frame_before."""
        frame_buffer = self._reports.frame_buffer
        return frame_buffer.frame_before(taken_at, min_age, max_age) if frame_buffer is not None else None

    def shoot(self, deadline: float | None = None) -> Future[Shot]:
        """Request one shot within `deadline` seconds. The Future always ends, with a Shot or a CameraProblem."""
        timeout = self._timeouts.shot if deadline is None else deadline
        future = self._dispatcher.request_shot(timeout, self._clock())
        self._wakeup.wake()
        return future

    def send_command(self, command: str) -> None:
        """Send a command to the driver; it is kept until the camera is live."""
        self._dispatcher.send_command(command)
        self._wakeup.wake()

    def recheck(self) -> None:
        """Check again whether the camera is assigned to this station."""
        self._reports.request_recheck()
        self._wakeup.wake()

    def _run(self) -> None:
        problem: CameraProblem | None = CameraProblem("camera.crashed")  # if this thread itself fails
        try:
            self._publisher.set("starting", None)
            while not self._stopping.is_set():
                ended = self._run_process()
                if ended is not None and ended.reason in CONFIGURATION_REASONS:
                    problem = ended
                    return
                self._backoff()
            problem = None
        finally:
            self._dispatcher.close(problem or CameraProblem("camera.stopped"))
            self._dispatcher.fail_pending(problem or CameraProblem("camera.stopped"))
            self._publisher.set("stopped", problem)
            self._wakeup.close()

    def _run_process(self) -> CameraProblem | None:
        """Run one camera process from its start to its end; return why it ended, None if it was stopped."""
        try:
            process = CameraProcess.launch(self._driver, self._spec, self._last_frame_number + 1, self._timeouts.retry)
        except OSError:
            log.exception("The camera process could not be started.")
            self._on_lost(CameraProblem("camera.crashed"))
            return self._publisher.state.problem
        log.info("The camera process %d is started for %s.", process.pid, self._spec.partition(":")[0])
        self._watchdog.on_open_attempt(self._clock())
        try:
            problem = self._supervise(process)
        except Exception:
            log.exception("A message of the camera process could not be read.")
            problem = CameraProblem("camera.crashed")
        self._reports.on_process_ended()
        self._on_lost(problem)
        self._terminate(process, problem)
        return problem

    def _supervise(self, process: CameraProcess) -> CameraProblem | None:
        while not self._stopping.is_set():
            wait([process.pipe, self._wakeup.fd], self._wait_time())
            self._wakeup.clear()
            try:
                for report in process.reports():
                    if isinstance(report, Ended):
                        return report.problem
                    self._reports.handle(report, process)
            except EOFError:
                return CameraProblem("camera.crashed")
            self._reports.recheck(process)
            for command in self._dispatcher.take_commands():
                process.send(command)
            self._dispatcher.extend_deadline(process.cpu_starvation())
            if self._dispatcher.check_deadline(self._clock()) or self._is_hung(process):
                return CameraProblem("camera.hung")
        return None

    def _wait_time(self) -> float:
        due = self._dispatcher.seconds_until_due(self._clock())
        return self._watchdog.check_interval if due is None else min(self._watchdog.check_interval, due)

    def _is_hung(self, process: CameraProcess) -> bool:
        return self._watchdog.is_hung(*process.heartbeat_age(self._clock()))

    def _on_lost(self, problem: CameraProblem | None) -> None:
        """Reject shots because the camera is gone, and pause longer if this happens often."""
        if problem is None:
            return
        was_stable = (
            self._publisher.state.kind == "live" and self._clock() - self._reports.live_since >= self._timeouts.stable
        )
        self._failures = 1 if was_stable else self._failures + 1
        self._dispatcher.close(problem)
        log.warning("The camera is gone (%s): %s", problem.reason, problem)
        if problem.reason not in CONFIGURATION_REASONS:
            kinds: dict[str, Kind] = {"hung": "hung", "crashed": "crashed"}
            self._publisher.set(kinds.get(problem.reason, "lost"), problem)

    def _terminate(self, process: CameraProcess, problem: CameraProblem | None) -> None:
        """Terminate the process and drain its remaining messages."""
        code = process.end(self._timeouts.stop if problem is None else 0.0)
        log.info("The camera process %d ended with code %s.", process.pid, code)
        try:
            self._reports.drain(process)
        except EOFError:
            log.debug("The camera process has sent its last message.")
        self._dispatcher.fail_pending(problem or CameraProblem("camera.stopped"))
        self._reports.forget_exposure()
        self._last_frame_number = max(self._last_frame_number, process.frame_buffer.last_number)
        process.close()

    def _backoff(self) -> None:
        """Wait before the next process; return early when the supervisor is stopped."""
        until = self._clock() + self._timeouts.restart_delay(self._failures)
        while not self._stopping.is_set() and (remaining := until - self._clock()) > 0:
            wait([self._wakeup.fd], remaining)
            self._wakeup.clear()
