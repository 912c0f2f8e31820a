"""The one shot that may be under way: its Future, its deadline, and what becomes of it when it is late."""

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
    log.warning("The shot %s (%d bytes) came after its deadline and nobody keeps it.", shot.name, len(shot.data))


def log_unsolicited(shot: Shot, taken_after: float) -> None:
    log.warning("The shot %s (%d bytes) was taken on the camera's body; nobody keeps it.", shot.name, len(shot.data))


def _new_future() -> Future[Shot]:
    future: Future[Shot] = Future()
    future.set_running_or_notify_cancel()  # cannot be cancelled: a shutter does not open backwards
    return future


@dataclass
class PendingShot:
    """One shot asked for: `deadline` is when it counts as slow, `hung_at` when the camera counts as hung. They are the
    same for a shot of which the camera tells how far it is: as long as it moves, nobody is sent to take another. Only a
    transfer may last beyond `max_hung_at`."""

    number: int
    deadline: float
    hung_at: float
    max_hung_at: float
    last_progress: ShotProgress | None = None
    future: Future[Shot] = field(default_factory=_new_future)


class ShotDispatcher:
    """Takes orders for the camera from any thread; the supervisor's thread carries them and brings the answers.

    One shot at a time. A shot stays under way until the camera has answered or is gone, also when its Future has
    failed as slow; what is delivered then goes to `on_late`, for it is an original all the same. So is what was taken
    on the camera's body: that goes to `on_unsolicited`.
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
        """From now on shots are taken."""
        with self._lock:
            self._refusal = None

    def close(self, problem: CameraProblem) -> None:
        """From now on shots are refused with `problem`."""
        with self._lock:
            self._refusal = problem

    def request_shot(self, timeout: float, now: float) -> Future[Shot]:
        """One shot within `timeout` seconds; the Future fails at once where it cannot be."""
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
        """A word to a simulator; while no camera is live the last few are kept."""
        with self._lock:
            self._commands.append(DriverCommand(command))
            if self._refusal is not None and len(self._commands) > _MAX_QUEUED_COMMANDS:
                self._commands.popleft()

    def take_commands(self) -> list[Command]:
        """What is to be carried to the camera now; nothing while the desk is closed."""
        with self._lock:
            if self._refusal is not None:
                return []
            commands = list(self._commands)
            self._commands.clear()
            return commands

    def seconds_until_due(self, now: float) -> float | None:
        """Seconds until the next moment at which `check_deadline` has something to do, None where nothing is under
        way."""
        request = self._pending
        if request is None:
            return None
        return max(0.0, (request.hung_at if request.future.done() else request.deadline) - now)

    def on_progress(self, progress: ShotProgress, now: float) -> None:
        """The shot under way has come so far. Only what has moved gets more time: a new phase, or more bytes."""
        request = self._pending
        if request is None:
            return
        before, request.last_progress = request.last_progress, progress
        if progress.phase == "transfer" and (
            before is None or progress.done > before.done or before.phase != "transfer"
        ):
            request.deadline = request.hung_at = now + progress.timeout
        elif before is None or before.phase != progress.phase:  # a camera that begins again and again comes to no end
            request.deadline = request.hung_at = min(request.max_hung_at, now + progress.timeout)

    def extend_deadline(self, seconds: float) -> None:
        """The camera's process has had no processor for so long, which is not the camera's fault."""
        request = self._pending
        if request is not None:
            request.deadline += seconds
            request.hung_at += seconds
            request.max_hung_at += seconds

    def check_deadline(self, now: float) -> bool:
        """Fails a shot that is past its deadline. True: the camera has had all the time there is, and hangs."""
        request = self._pending
        if request is None or now < request.deadline:
            return False
        if request.deadline < request.hung_at and not request.future.done():
            request.future.set_exception(CameraProblem("camera.slow"))
        return now >= request.hung_at

    def deliver(self, number: int, shot: Shot) -> None:
        """Brings the shot of that number to who waits for it."""
        request = self._finish(number)
        if request is not None and not request.future.done():
            request.future.set_result(shot)
        else:
            self._call_safely(shot, lambda: self._on_late(shot))

    def deliver_unsolicited(self, shot: Shot, taken_after: float) -> None:
        """A shot that was taken on the camera's body, after that moment."""
        self._call_safely(shot, lambda: self._on_unsolicited(shot, taken_after))

    def fail(self, number: int, problem: CameraProblem) -> None:
        """The shot of that number will not come."""
        request = self._finish(number)
        if request is not None and not request.future.done():
            request.future.set_exception(problem)

    def fail_pending(self, problem: CameraProblem) -> None:
        """The camera is gone: whatever is still under way fails with `problem`, and its order is forgotten."""
        with self._lock:
            request = self._pending
            self._commands = deque(order for order in self._commands if isinstance(order, DriverCommand))
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
            log.exception("The shot %s (%d bytes) could not be handed over.", shot.name, len(shot.data))
