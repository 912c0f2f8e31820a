"""The one shot that may be pending: its Future, its deadline, and what happens if it is late."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from hardware.cameras.api import CameraProblem, Shot, ShotProgress
from hardware.cameras.isolation.messages import Command, DriverCommand, Shoot

_MAX_QUEUED_COMMANDS = 16

log = logging.getLogger("camera")


def log_late(shot: Shot) -> None:
    log.warning("The shot %s (%d bytes) arrived after its deadline and is not stored.", shot.name, len(shot.data))


def log_unsolicited(shot: Shot, taken_after: float) -> None:
    log.warning("The shot %s (%d bytes) was taken on the camera's body and is not stored.", shot.name, len(shot.data))


def _new_future() -> Future[Shot]:
    future: Future[Shot] = Future()
    future.set_running_or_notify_cancel()  # cannot be cancelled: an exposure cannot be undone
    return future


@dataclass
class PendingShot:
    """One requested shot: `deadline` is when it counts as slow, `hung_at` when the camera counts as hung. They are
    equal for a camera that reports the progress of the shot: as long as it progresses, no second shot is taken. Only a
    transfer may continue beyond `max_hung_at`."""

    number: int
    deadline: float
    hung_at: float
    max_hung_at: float
    last_progress: ShotProgress | None = None
    future: Future[Shot] = field(default_factory=_new_future)


class ShotDispatcher:
    """Accepts requests for the camera from any thread; the supervisor's thread sends them and delivers the results.

    One shot at a time. A shot stays pending until the camera has answered or is gone, even if its Future has failed as
    slow; if it is delivered later, it goes to `on_late`, because it is still an original. A shot taken on the camera's
    body goes to `on_unsolicited`.
    """

    def __init__(
        self,
        late_timeout: float,
        on_late: Callable[[Shot], None],
        on_unsolicited: Callable[[Shot, float], None] = log_unsolicited,
    ) -> None:
        self._late_timeout = late_timeout
        self._on_late, self._on_unsolicited = on_late, on_unsolicited
        self._lock = threading.Lock()
        self._refusal: CameraProblem | None = CameraProblem("camera.stopped")
        self._commands: deque[Command] = deque()
        self._pending: PendingShot | None = None
        self._last_number = 0

    def open(self) -> None:
        """Accept shots from now on."""
        with self._lock:
            self._refusal = None

    def close(self, problem: CameraProblem) -> None:
        """Reject shots with `problem` from now on."""
        with self._lock:
            self._refusal = problem

    def request_shot(self, timeout: float, now: float) -> Future[Shot]:
        """Request one shot within `timeout` seconds; the Future fails at once if that is impossible."""
        with self._lock:
            refusal = self._refusal or (CameraProblem("camera.busy") if self._pending else None)
            if refusal is None:
                self._last_number += 1
                deadline = now + timeout
                self._pending = PendingShot(
                    self._last_number, deadline, deadline + self._late_timeout, deadline + self._late_timeout
                )
                self._commands.append(Shoot(self._last_number))
                return self._pending.future
        future = _new_future()
        future.set_exception(refusal)
        return future

    def send_command(self, command: str) -> None:
        """Queue a command for the driver; while no camera is live, the last few are kept."""
        with self._lock:
            self._commands.append(DriverCommand(command))
            if self._refusal is not None and len(self._commands) > _MAX_QUEUED_COMMANDS:
                self._commands.popleft()

    def take_commands(self) -> list[Command]:
        """Return the commands to send now; none while no camera is live."""
        with self._lock:
            if self._refusal is not None:
                return []
            commands = list(self._commands)
            self._commands.clear()
            return commands

    def seconds_until_due(self, now: float) -> float | None:
        """Return the seconds until `check_deadline` has something to do, None if no shot is pending."""
        request = self._pending
        if request is None:
            return None
        return max(0.0, (request.hung_at if request.future.done() else request.deadline) - now)

    def on_progress(self, progress: ShotProgress, now: float) -> None:
        """Record the progress of the pending shot. Only real progress extends the deadline: a new phase, or more
        bytes."""
        request = self._pending
        if request is None:
            return
        before, request.last_progress = request.last_progress, progress
        if progress.phase == "transfer" and (
            before is None or progress.done > before.done or before.phase != "transfer"
        ):
            request.deadline = request.hung_at = now + progress.timeout
        elif before is None or before.phase != progress.phase:  # restarting a phase is no progress
            request.deadline = request.hung_at = min(request.max_hung_at, now + progress.timeout)

    def extend_deadline(self, seconds: float) -> None:
        """Extend the deadlines by the time that the camera's process waited for a processor."""
        request = self._pending
        if request is not None:
            request.deadline += seconds
            request.hung_at += seconds
            request.max_hung_at += seconds

    def check_deadline(self, now: float) -> bool:
        """Fail a shot that is past its deadline. Return True if the camera has used all its time and counts as hung."""
        request = self._pending
        if request is None or now < request.deadline:
            return False
        if request.deadline < request.hung_at and not request.future.done():
            request.future.set_exception(CameraProblem("camera.slow"))
        return now >= request.hung_at

    def deliver(self, number: int, shot: Shot) -> None:
        """Deliver the shot with that number."""
        request = self._finish(number)
        if request is not None and not request.future.done():
            request.future.set_result(shot)
        else:
            self._call_safely(shot, lambda: self._on_late(shot))

    def deliver_unsolicited(self, shot: Shot, taken_after: float) -> None:
        """Deliver a shot that was taken on the camera's body after that time."""
        self._call_safely(shot, lambda: self._on_unsolicited(shot, taken_after))

    def fail(self, number: int, problem: CameraProblem) -> None:
        """Fail the shot with that number."""
        request = self._finish(number)
        if request is not None and not request.future.done():
            request.future.set_exception(problem)

    def fail_pending(self, problem: CameraProblem) -> None:
        """Fail the pending shot with `problem` and drop its request, because the camera is gone."""
        with self._lock:
            request = self._pending
            self._commands = deque(command for command in self._commands if isinstance(command, DriverCommand))
        if request is not None:
            self.fail(request.number, problem)

    def _finish(self, number: int) -> PendingShot | None:
        with self._lock:
            request = self._pending
            if request is None or request.number != number:
                return None
            self._pending = None
            return request

    def _call_safely(self, shot: Shot, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:
            log.exception("The shot %s (%d bytes) could not be delivered.", shot.name, len(shot.data))
