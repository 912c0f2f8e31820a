"""Keeps a camera alive from the kiosk: starts its process, watches it, starts it anew, and answers for every shot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from math import inf
from multiprocessing.connection import wait

from hardware.cameras.api import Camera, CameraInfo, CameraProblem, Frame, Shot, ShotProgress
from hardware.cameras.isolation.messages import (
    Absent,
    Ailing,
    Delivered,
    Ended,
    Failed,
    Moving,
    Opened,
    Report,
    Told,
    Unasked,
)
from hardware.cameras.isolation.pending_shot import ShotDesk, log_late, log_unasked
from hardware.cameras.isolation.process_handle import CameraProcess
from hardware.cameras.isolation.shared_memory import Mailbox
from hardware.cameras.isolation.state import CameraState, Kind, StateBoard
from hardware.cameras.isolation.wakeup import Waker
from hardware.cameras.isolation.watchdog import Watchdog
from hardware.cameras.isolation.worker import WRONG
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Patience

__all__ = ["CameraState", "CameraSupervisor", "Patience"]

log = logging.getLogger("camera")


def _no_stranger(info: CameraInfo) -> CameraProblem | None:
    return None


class CameraSupervisor:
    """One camera for the kiosk. Every method may be called from any thread, and none of them waits for the camera
    (`stop` waits a bounded time for its process). What it calls it calls from its own thread.

    `on_late` gets the shots that came after their Future had failed as slow, `on_unasked` those taken on the camera's
    body, with the moment after which that was: originals that must be kept. `stranger` says why an opened camera is not
    to be used (camera.other); it stays open, and is looked at again after `look_again`.
    """

    def __init__(
        self,
        spec: str,
        on_state: Callable[[CameraState], None],
        *,
        patience: Patience = Patience(),  # noqa: B008  it is frozen
        driver: Callable[[str], Camera] = open_driver,
        clock: Callable[[], float] = time.monotonic,
        on_late: Callable[[Shot], None] = log_late,
        on_unasked: Callable[[Shot, float], None] = log_unasked,
        stranger: Callable[[CameraInfo], CameraProblem | None] = _no_stranger,
    ) -> None:
        self._spec, self._driver = spec, driver
        self._patience, self._clock, self._stranger = patience, clock, stranger
        self._board = StateBoard(on_state, clock)
        self._desk = ShotDesk(patience.late, on_late, on_unasked)
        self._watchdog = Watchdog(patience)
        self._mailbox: Mailbox | None = None
        self._kept_off: CameraInfo | None = None  # a camera that is open, but not ours
        self._look_again = threading.Event()
        self._exposed_by: float | None = None
        self._last_frame = 0
        self._failures = 0
        self._live_since = 0.0
        self._stopping = threading.Event()
        self._waker = Waker()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> CameraState:
        return self._board.state

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

    def before(self, taken_at: float, least: float = 0.1, most: float = 0.4) -> Frame | None:
        """A frame taken `least` to `most` seconds before `taken_at`, copied; see Mailbox.before."""
        mailbox = self._mailbox
        return mailbox.before(taken_at, least, most) if mailbox is not None else None

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

    def look_again(self) -> None:
        """What `stranger` says of the camera may have changed."""
        self._look_again.set()
        self._waker.wake()

    def _run(self) -> None:
        problem: CameraProblem | None = CameraProblem("camera.crashed")  # should this thread itself fail
        try:
            self._board.become("starting", None)
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
            self._board.become("stopped", problem)
            self._waker.close()

    def _one_life(self) -> CameraProblem | None:
        """One camera process from its launch to its end, and why it ended; None: it was told to stop."""
        try:
            process = CameraProcess.launch(self._driver, self._spec, self._last_frame + 1, self._patience.again)
        except OSError:
            log.exception("The camera process could not be started.")
            self._fall(CameraProblem("camera.crashed"))
            return self._board.state.problem
        log.info("The camera process %d is started for %s.", process.pid, self._spec.partition(":")[0])
        self._watchdog.tries(self._clock())
        try:
            problem = self._watch(process)
        except Exception:
            log.exception("What the camera process said could not be made out.")
            problem = CameraProblem("camera.crashed")
        self._mailbox = self._kept_off = None
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
            if self._look_again.is_set() and self._kept_off is not None:
                self._admit(self._kept_off, process)
            for order in self._desk.orders():
                process.send(order)
            self._desk.give(process.starved())
            if self._desk.look_at(self._clock()) or self._silent(process):
                return CameraProblem("camera.hung")
        return None

    def _nap(self) -> float:
        due = self._desk.until_due(self._clock())
        return self._watchdog.nap if due is None else min(self._watchdog.nap, due)

    def _silent(self, process: CameraProcess) -> bool:
        return self._watchdog.hangs(*process.silence(self._clock()))

    def _take(self, report: Report, process: CameraProcess) -> None:
        if isinstance(report, Absent):
            self._watchdog.tries(self._clock())
            self._desk.close(report.problem)
            self._board.become("lost", report.problem)
        elif isinstance(report, Opened):
            self._watchdog.opened(self._clock())
            process.mailbox.fit(report.info.frame_size)
            self._admit(report.info, process)
        elif isinstance(report, Ailing):
            if self._kept_off is None:
                self._board.become("live", report.problem)
        elif isinstance(report, Told):
            self._board.become(self._board.state.kind, self._board.state.problem, health=report.health)
        else:
            self._take_of_shot(report, process)

    def _take_of_shot(self, report: Report, process: CameraProcess) -> None:
        if isinstance(report, Moving):
            self._desk.moves(report.progress, self._clock())
            if report.progress.phase == "transfer" and self._exposed_by is None:
                self._exposed_by = self._clock()
            self._show_progress(report.progress)
        elif isinstance(report, Failed):
            self._show_progress(None)
            self._exposed_by = None
            self._desk.fail(report.number, report.problem)
        elif isinstance(report, Delivered | Unasked):
            self._show_progress(None)
            data = process.tray.take(report.size, report.place)
            shot = Shot(data, report.name, report.camera, self._exposed_by)
            self._exposed_by = None
            if isinstance(report, Delivered):
                self._desk.deliver(report.number, shot)
            else:
                # What another station's camera brings along shows nobody who sits here.
                self._desk.unasked(shot, report.after if self._kept_off is None else -inf)

    def _show_progress(self, progress: ShotProgress | None) -> None:
        self._watchdog.moves(progress)
        self._board.show_progress(progress)

    def _admit(self, info: CameraInfo, process: CameraProcess) -> None:
        """The camera is open: it goes live, unless it is another than ours."""
        self._look_again.clear()
        why = self._stranger(info)
        if why is not None:
            self._kept_off = info
            self._desk.close(why)
            self._board.become("lost", why, info=info)
            return
        self._kept_off, self._mailbox, self._live_since = None, process.mailbox, self._clock()
        self._desk.open()
        self._board.become("live", None, info=info)

    def _fall(self, problem: CameraProblem | None) -> None:
        """The camera is gone: no more shots, and a longer pause where that happens often."""
        if problem is None:
            return
        settled = self._board.state.kind == "live" and self._clock() - self._live_since >= self._patience.settled
        self._failures = 1 if settled else self._failures + 1
        self._desk.close(problem)
        log.warning("The camera is gone (%s): %s", problem.reason, problem)
        if problem.reason not in WRONG:
            kinds: dict[str, Kind] = {"hung": "hung", "crashed": "crashed"}
            self._board.become(kinds.get(problem.reason, "lost"), problem)

    def _bury(self, process: CameraProcess, problem: CameraProblem | None) -> None:
        """Ends the process, and brings to its place what it delivered with its last breath."""
        code = process.end(self._patience.stop if problem is None else 0.0)
        log.info("The camera process %d ended with code %s.", process.pid, code)
        try:
            for report in process.reports():
                if isinstance(report, Delivered | Failed | Unasked):
                    self._take(report, process)
        except EOFError:
            log.debug("The camera process has said its last word.")
        self._desk.settle(problem or CameraProblem("camera.stopped"))
        self._exposed_by = None
        self._last_frame = max(self._last_frame, process.mailbox.last_number)
        process.close()

    def _rest(self) -> None:
        """The pause before the next process; ends early when the supervisor is stopped."""
        until = self._clock() + self._patience.before_restart(self._failures)
        while not self._stopping.is_set() and (left := until - self._clock()) > 0:
            wait([self._waker.fd], left)
            self._waker.quiet()
