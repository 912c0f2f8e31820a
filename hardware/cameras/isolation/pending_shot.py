"""The one shot that may be under way: its Future, its deadline, and what becomes of it when it is late."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from hardware.cameras.api import CameraProblem, Shot, ShotProgress
from hardware.cameras.isolation.messages import Order, Shoot, Tell

_TOLD_BEFORE_LIVE = 16

log = logging.getLogger("camera")


def log_late(shot: Shot) -> None:
    log.warning("The shot %s (%d bytes) came after its deadline and nobody keeps it.", shot.name, len(shot.data))


def log_unasked(shot: Shot, after: float) -> None:
    log.warning("The shot %s (%d bytes) was taken on the camera's body; nobody keeps it.", shot.name, len(shot.data))


def _new_future() -> Future[Shot]:
    future: Future[Shot] = Future()
    future.set_running_or_notify_cancel()  # cannot be cancelled: a shutter does not open backwards
    return future


@dataclass
class Request:
    """One shot asked for: `deadline` is when it counts as slow, `last` when the camera counts as hung. They are the
    same for a shot of which the camera tells how far it is: as long as it moves, nobody is sent to take another. Only a
    transfer may last beyond `longest`."""

    number: int
    deadline: float
    last: float
    longest: float
    moved: ShotProgress | None = None
    future: Future[Shot] = field(default_factory=_new_future)


class ShotDesk:
    """Takes orders for the camera from any thread; the supervisor's thread carries them and brings the answers.

    One shot at a time. A shot stays under way until the camera has answered or is gone, also when its Future has
    failed as slow; what is delivered then goes to `on_late`, for it is an original all the same. So is what was taken
    on the camera's body: that goes to `on_unasked`.
    """

    def __init__(
        self, late: float, on_late: Callable[[Shot], None], on_unasked: Callable[[Shot, float], None] = log_unasked
    ) -> None:
        self._late = late
        self._on_late, self._on_unasked = on_late, on_unasked
        self._lock = threading.Lock()
        self._closed: CameraProblem | None = CameraProblem("camera.stopped")
        self._orders: deque[Order] = deque()
        self._request: Request | None = None
        self._count = 0

    def open(self) -> None:
        """From now on shots are taken."""
        with self._lock:
            self._closed = None

    def close(self, problem: CameraProblem) -> None:
        """From now on shots are refused with `problem`."""
        with self._lock:
            self._closed = problem

    def ask(self, allowed: float, now: float) -> Future[Shot]:
        """One shot within `allowed` seconds; the Future fails at once where it cannot be."""
        with self._lock:
            refusal = self._closed or (CameraProblem("camera.busy") if self._request else None)
            if refusal is None:
                self._count += 1
                deadline = now + allowed
                self._request = Request(self._count, deadline, deadline + self._late, deadline + self._late)
                self._orders.append(Shoot(self._count))
                return self._request.future
        future = _new_future()
        future.set_exception(refusal)
        return future

    def tell(self, command: str) -> None:
        """A word to a simulator; while no camera is live the last few are kept."""
        with self._lock:
            self._orders.append(Tell(command))
            if self._closed is not None and len(self._orders) > _TOLD_BEFORE_LIVE:
                self._orders.popleft()

    def orders(self) -> list[Order]:
        """What is to be carried to the camera now; nothing while the desk is closed."""
        with self._lock:
            if self._closed is not None:
                return []
            taken = list(self._orders)
            self._orders.clear()
            return taken

    def until_due(self, now: float) -> float | None:
        """Seconds until the next moment at which `look_at` has something to do, None where nothing is under way."""
        request = self._request
        if request is None:
            return None
        return max(0.0, (request.last if request.future.done() else request.deadline) - now)

    def moves(self, progress: ShotProgress, now: float) -> None:
        """The shot under way has come so far. Only what has moved gets more time: a new phase, or more bytes."""
        request = self._request
        if request is None:
            return
        before, request.moved = request.moved, progress
        if progress.phase == "transfer" and (
            before is None or progress.done > before.done or before.phase != "transfer"
        ):
            request.deadline = request.last = now + progress.patience
        elif before is None or before.phase != progress.phase:  # a camera that begins again and again comes to no end
            request.deadline = request.last = min(request.longest, now + progress.patience)

    def give(self, seconds: float) -> None:
        """The camera's process has had no processor for so long, which is not the camera's fault."""
        request = self._request
        if request is not None:
            request.deadline += seconds
            request.last += seconds
            request.longest += seconds

    def look_at(self, now: float) -> bool:
        """Fails a shot that is past its deadline. True: the camera has had all the time there is, and hangs."""
        request = self._request
        if request is None or now < request.deadline:
            return False
        if request.deadline < request.last and not request.future.done():
            request.future.set_exception(CameraProblem("camera.slow"))
        return now >= request.last

    def deliver(self, number: int, shot: Shot) -> None:
        """Brings the shot of that number to who waits for it."""
        request = self._over(number)
        if request is not None and not request.future.done():
            request.future.set_result(shot)
        else:
            self._hand_over(shot, lambda: self._on_late(shot))

    def unasked(self, shot: Shot, after: float) -> None:
        """A shot that was taken on the camera's body, after that moment."""
        self._hand_over(shot, lambda: self._on_unasked(shot, after))

    def fail(self, number: int, problem: CameraProblem) -> None:
        """The shot of that number will not come."""
        request = self._over(number)
        if request is not None and not request.future.done():
            request.future.set_exception(problem)

    def settle(self, problem: CameraProblem) -> None:
        """The camera is gone: whatever is still under way fails with `problem`, and its order is forgotten."""
        with self._lock:
            request = self._request
            self._orders = deque(order for order in self._orders if isinstance(order, Tell))
        if request is not None:
            self.fail(request.number, problem)

    def _over(self, number: int) -> Request | None:
        with self._lock:
            request = self._request
            if request is None or request.number != number:
                return None
            self._request = None
            return request

    def _hand_over(self, shot: Shot, how: Callable[[], None]) -> None:
        try:
            how()
        except Exception:
            log.exception("The shot %s (%d bytes) could not be handed over.", shot.name, len(shot.data))
