"""Shared by the camera tests: a supervisor whose states can be waited for, and generated pictures."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from hardware.cameras.api import Camera, CameraProblem, Frame, Shot
from hardware.cameras.isolation.state import CameraState
from hardware.cameras.isolation.supervisor import CameraSupervisor
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Timeouts
from tests.waiting import eventually, scale_timeout

TIMEOUT_S = 60.0
"""Seconds after which a wait of a test fails; no operation takes that long."""

SHORT_TIMEOUTS = Timeouts(
    heartbeat=2.0, open=30.0, shot=20.0, late_shot=2.0, retry=0.05, restart=0.05, max_restart=0.2, stop=2.0
)
"""Short, yet longer than a busy machine takes for one frame or one small shot."""


class SupervisedCamera:
    """A supervisor, its states, and the late and unsolicited shots."""

    def __init__(
        self, spec: str, timeouts: Timeouts = SHORT_TIMEOUTS, driver: Callable[[str], Camera] = open_driver
    ) -> None:
        self._change = threading.Condition()
        self.states: list[CameraState] = []
        self.late: list[Shot] = []
        self.unsolicited: list[tuple[Shot, float]] = []
        self.rejection: CameraProblem | None = None
        self.supervisor = CameraSupervisor(
            spec,
            self._on_state,
            timeouts=timeouts,
            driver=driver,
            on_late=self._on_late,
            on_unsolicited=self._on_unsolicited,
            rejects=lambda info: self.rejection,
        )

    def _on_state(self, state: CameraState) -> None:
        with self._change:
            self.states.append(state)
            self._change.notify_all()

    def _on_late(self, shot: Shot) -> None:
        with self._change:
            self.late.append(shot)
            self._change.notify_all()

    def _on_unsolicited(self, shot: Shot, taken_after: float) -> None:
        with self._change:
            self.unsolicited.append((shot, taken_after))
            self._change.notify_all()

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition is true; the check may be slow."""
        eventually(condition, timeout=TIMEOUT_S)

    def wait_for(self, *kinds: str) -> None:
        """Wait until these kinds of state were published in this order, possibly with others between them."""

        def reported() -> bool:
            published: Iterator[str] = (state.kind for state in self.states)
            return all(kind in published for kind in kinds)  # each search continues where the previous one ended

        with self._change:
            arrived = self._change.wait_for(reported, TIMEOUT_S)
        assert arrived, f"waited for {kinds}, received {[(s.kind, s.problem and s.problem.key) for s in self.states]}"

    def wait_for_late(self, count: int) -> None:
        with self._change:
            assert self._change.wait_for(lambda: len(self.late) >= count, TIMEOUT_S), "no late shot arrived"

    def state_of_kind(self, kind: str) -> CameraState:
        return next(state for state in self.states if state.kind == kind)

    def frame(self, after: int = 0) -> Frame:
        """Return the next frame with a number above `after`."""
        tick = threading.Event()
        for _ in range(round(TIMEOUT_S / 0.01)):
            frame = self.supervisor.newest(after)
            if frame is not None:
                return frame
            tick.wait(0.01)
        raise AssertionError(f"no frame after number {after}")

    def shot(self) -> Shot:
        return self.supervisor.shoot().result(scale_timeout(TIMEOUT_S))


@contextmanager
def supervise(
    spec: str,
    timeouts: Timeouts = SHORT_TIMEOUTS,
    driver: Callable[[str], Camera] = open_driver,
    rejection: CameraProblem | None = None,
) -> Iterator[SupervisedCamera]:
    camera = SupervisedCamera(spec, timeouts, driver)
    camera.rejection = rejection
    camera.supervisor.start()
    try:
        yield camera
    finally:
        camera.supervisor.stop()


def jpeg(width: int, height: int, seed: int = 1) -> bytes:
    """Return a soft random picture as a JPEG file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=92)
    return file.getvalue()


def script(folder: Path, *lines: str) -> str:
    """Return the setting of a scripted camera that executes `lines`, one in each run."""
    path = folder / "script.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"scripted:{path}"


def saved_shots(folder: Path) -> dict[str, bytes]:
    """Return every shot that the scripted camera of `folder` took, by name."""
    return {file.name: file.read_bytes() for file in (folder / "script.txt.card").glob("*")}
