"""Keeps a camera alive from the kiosk: starts its process, watches it, starts it anew, and answers for every shot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Literal

from hardware.cameras.camera import Camera, CameraInfo, CameraProblem, Frame, Shot
from hardware.cameras.drivers import open_driver
from hardware.cameras.launch import CameraProcess
from hardware.cameras.mailbox import Mailbox, Phase
from hardware.cameras.messages import Absent, Ailing, Delivered, Ended, Failed, Opened, Report
from hardware.cameras.patience import Patience
from hardware.cameras.process import WRONG
from hardware.cameras.shots import ShotDesk
from hardware.cameras.waker import Waker

__all__ = ["CameraState", "CameraSupervisor", "Patience"]

Kind = Literal["starting", "live", "lost", "hung", "crashed", "stopped"]
_LONGEST_NAP = 0.5  # seconds between two looks at the pulse

log = logging.getLogger("camera")


@dataclass(frozen=True)
class CameraState:
    """What the camera is now. `since` is the supervisor's clock; `info` the last camera known, also while it is lost.

    lost: not there, the supervisor keeps trying. hung, crashed: its process was ended or died; a new one is started.
    live with a problem: live view fails, shots may still come. stopped with a problem: a setting is wrong.
    """

    kind: Kind
    info: CameraInfo | None
    problem: CameraProblem | None
    since: float


def _log_late(shot: Shot) -> None:
    log.warning("The shot %s (%d bytes) came after its deadline and nobody keeps it.", shot.name, len(shot.data))


class CameraSupervisor:
    """One camera for the kiosk. Every method may be called from any thread, and none of them waits for the camera
    (`stop` waits a bounded time for its process). `on_state` and `on_late` are called from the supervisor's thread.

    `on_late` gets the shots that came after their Future had failed as slow: originals that must be kept.
    """

    def __init__(
        self,
        spec: str,
        on_state: Callable[[CameraState], None],
        *,
        patience: Patience = Patience(),  # noqa: B008  it is frozen
        driver: Callable[[str], Camera] = open_driver,
        clock: Callable[[], float] = time.monotonic,
        on_late: Callable[[Shot], None] = _log_late,
    ) -> None:
        self._spec, self._driver = spec, driver
        self._patience, self._clock, self._on_state = patience, clock, on_state
        self._state = CameraState("stopped", None, None, clock())
        self._desk = ShotDesk(patience.late, on_late)
        self._mailbox: Mailbox | None = None
        self._last_frame = 0
        self._failures = 0
        self._live_since = 0.0
        self._stopping = threading.Event()
        self._waker = Waker()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> CameraState:
        return self._state

    def start(self) -> None:
        """Starts looking after the camera; once per supervisor."""
        if self._thread is not None:
            raise RuntimeError("A camera supervisor is started once.")
        self._desk.close(CameraProblem("camera.starting"))
        self._thread = threading.Thread(target=self._run, name="camera-supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Puts the camera down. Returns when its process has ended, by force if need be."""
        self._stopping.set()
        self._desk.close(CameraProblem("camera.stopped"))
        self._waker.wake()
        if self._thread is None:
            self._waker.close()
        elif self._thread is not threading.current_thread():
            self._thread.join()

    def newest(self, after: int = 0) -> Frame | None:
        """The newest frame, copied; None where none is newer than number `after` or the camera is not live.

        Numbers go on growing when the camera comes back.
        """
        mailbox = self._mailbox
        return mailbox.newest(after) if mailbox is not None else None

    def shoot(self, deadline: float | None = None) -> Future[Shot]:
        """Asks for one shot within `deadline` seconds. The Future always ends, in a Shot or in a CameraProblem."""
        allowed = self._patience.shot if deadline is None else deadline
        future = self._desk.ask(allowed, self._clock())
        self._waker.wake()
        return future

    def tell(self, command: str) -> None:
        """A word to a simulator; kept until the camera is live."""
        self._desk.tell(command)
        self._waker.wake()

    def _run(self) -> None:
        problem: CameraProblem | None = CameraProblem("camera.crashed")  # should this thread itself fail
        try:
            self._become("starting", None)
            while not self._stopping.is_set():
                ended = self._one_life()
                if ended is not None and ended.reason in WRONG:
                    problem = ended
                    return
                self._rest()
            problem = None
        finally:
            self._desk.close(problem or CameraProblem("camera.stopped"))
            self._desk.settle(problem or CameraProblem("camera.stopped"))
            self._become("stopped", problem)
            self._waker.close()

    def _one_life(self) -> CameraProblem | None:
        """One camera process from its launch to its end, and why it ended; None: it was told to stop."""
        try:
            process = CameraProcess.launch(self._driver, self._spec, self._last_frame + 1, self._patience.again)
        except OSError:
            log.exception("The camera process could not be started.")
            self._fall(CameraProblem("camera.crashed"))
            return self._state.problem
        log.info("The camera process %d is started for %s.", process.pid, self._spec.partition(":")[0])
        try:
            problem = self._watch(process)
        except Exception:
            log.exception("What the camera process said could not be made out.")
            problem = CameraProblem("camera.crashed")
        self._mailbox = None
        self._fall(problem)
        self._bury(process, problem)
        return problem

    def _watch(self, process: CameraProcess) -> CameraProblem | None:
        while not self._stopping.is_set():
            wait([process.pipe, self._waker.fd], self._nap())
            self._waker.quiet()
            try:
                for report in process.reports():
                    if isinstance(report, Ended):
                        return report.problem
                    self._take(report, process)
            except EOFError:
                return CameraProblem("camera.crashed")
            for order in self._desk.orders():
                process.send(order)
            if self._desk.look_at(self._clock()) or self._silent(process):
                return CameraProblem("camera.hung")
        return None

    def _nap(self) -> float:
        due = self._desk.until_due(self._clock())
        nap = min(_LONGEST_NAP, self._patience.heartbeat / 4)
        return nap if due is None else min(nap, due)

    def _silent(self, process: CameraProcess) -> bool:
        silence, phase = process.silence(self._clock())
        if phase is Phase.SHOOTING:
            return False  # the shot's own deadline decides
        return silence > (self._patience.open if phase is Phase.OPENING else self._patience.heartbeat)

    def _take(self, report: Report, process: CameraProcess) -> None:
        if isinstance(report, Absent):
            self._desk.close(report.problem)
            self._become("lost", report.problem)
        elif isinstance(report, Opened):
            process.mailbox.fit(report.info.frame_size)
            self._mailbox = process.mailbox
            self._live_since = self._clock()
            self._desk.open()
            self._become("live", None, report.info)
        elif isinstance(report, Ailing):
            self._become("live", report.problem)
        elif isinstance(report, Failed):
            self._desk.fail(report.number, report.problem)
        elif isinstance(report, Delivered):
            shot = Shot(process.tray.take(report.size), report.name, report.camera)
            self._desk.deliver(report.number, shot)

    def _fall(self, problem: CameraProblem | None) -> None:
        """The camera is gone: no more shots, and a longer pause where that happens often."""
        if problem is None:
            return
        settled = self._state.kind == "live" and self._clock() - self._live_since >= self._patience.settled
        self._failures = 1 if settled else self._failures + 1
        self._desk.close(problem)
        log.warning("The camera is gone (%s): %s", problem.reason, problem)
        if problem.reason not in WRONG:
            kinds: dict[str, Kind] = {"hung": "hung", "crashed": "crashed"}
            self._become(kinds.get(problem.reason, "lost"), problem)

    def _bury(self, process: CameraProcess, problem: CameraProblem | None) -> None:
        """Ends the process, and brings to its place what it delivered with its last breath."""
        code = process.end(self._patience.stop if problem is None else 0.0)
        log.info("The camera process %d ended with code %s.", process.pid, code)
        try:
            for report in process.reports():
                if isinstance(report, Delivered | Failed):
                    self._take(report, process)
        except EOFError:
            log.debug("The camera process has said its last word.")
        self._desk.settle(problem or CameraProblem("camera.stopped"))
        self._last_frame = max(self._last_frame, process.mailbox.last_number)
        process.close()

    def _rest(self) -> None:
        """The pause before the next process; ends early when the supervisor is stopped."""
        until = self._clock() + self._patience.before_restart(self._failures)
        while not self._stopping.is_set() and (left := until - self._clock()) > 0:
            wait([self._waker.fd], left)
            self._waker.quiet()

    def _become(self, kind: Kind, problem: CameraProblem | None, info: CameraInfo | None = None) -> None:
        was = self._state
        since = was.since if was.kind == kind else self._clock()
        state = CameraState(kind, info or was.info, problem, since)
        if (was.kind, was.info, was.problem and was.problem.key) == (kind, state.info, problem and problem.key):
            return
        self._state = state
        try:
            self._on_state(state)
        except Exception:
            log.exception("The camera is %s, but who should be told could not hear it.", kind)
