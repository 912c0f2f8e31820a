"""What the camera tests share: a supervisor whose states can be waited for, and pictures made on the spot."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from hardware.cameras.api import Camera, CameraProblem, Frame, Shot
from hardware.cameras.isolation.supervisor import CameraState, CameraSupervisor
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Patience
from tests.waiting import eventually, stretched

AT_LAST = 60.0
"""Seconds after which a test gives up waiting; never how long anything takes."""

SHORT = Patience(heartbeat=2.0, open=30.0, shot=20.0, late=2.0, again=0.05, restart=0.05, restart_most=0.2, stop=2.0)
"""Short, yet longer than a busy machine takes for one frame or one small shot."""


class Watched:
    """A supervisor, every state that it told, and every shot that nobody waited for."""

    def __init__(self, spec: str, patience: Patience = SHORT, driver: Callable[[str], Camera] = open_driver) -> None:
        self._change = threading.Condition()
        self.states: list[CameraState] = []
        self.late: list[Shot] = []
        self.unasked: list[tuple[Shot, float]] = []
        self.strange: CameraProblem | None = None
        self.supervisor = CameraSupervisor(
            spec,
            self._on_state,
            patience=patience,
            driver=driver,
            on_late=self._on_late,
            on_unasked=self._on_unasked,
            stranger=lambda info: self.strange,
        )

    def _on_state(self, state: CameraState) -> None:
        with self._change:
            self.states.append(state)
            self._change.notify_all()

    def _on_late(self, shot: Shot) -> None:
        with self._change:
            self.late.append(shot)
            self._change.notify_all()

    def _on_unasked(self, shot: Shot, after: float) -> None:
        with self._change:
            self.unasked.append((shot, after))
            self._change.notify_all()

    def wait_until(self, happened: Callable[[], object]) -> None:
        """Until that is so; what is asked may be slow, the camera need not say it."""
        eventually(happened, patience=AT_LAST)

    def wait_for(self, *kinds: str) -> None:
        """Until these kinds of state were told in this order, others between them or not."""

        def told() -> bool:
            said = iter(state.kind for state in self.states)
            return all(kind in said for kind in kinds)

        with self._change:
            arrived = self._change.wait_for(told, AT_LAST)
        assert arrived, f"waited for {kinds}, saw {[(s.kind, s.problem and s.problem.key) for s in self.states]}"

    def wait_for_late(self, count: int) -> None:
        with self._change:
            assert self._change.wait_for(lambda: len(self.late) >= count, AT_LAST), "no late shot came"

    def told(self, kind: str) -> CameraState:
        return next(state for state in self.states if state.kind == kind)

    def frame(self, after: int = 0) -> Frame:
        """The next frame with a number above `after`."""
        tick = threading.Event()
        for _ in range(round(AT_LAST / 0.01)):
            frame = self.supervisor.newest(after)
            if frame is not None:
                return frame
            tick.wait(0.01)
        raise AssertionError(f"no frame after number {after}")

    def shot(self) -> Shot:
        return self.supervisor.shoot().result(stretched(AT_LAST))


@contextmanager
def watched(
    spec: str,
    patience: Patience = SHORT,
    driver: Callable[[str], Camera] = open_driver,
    strange: CameraProblem | None = None,
) -> Iterator[Watched]:
    seen = Watched(spec, patience, driver)
    seen.strange = strange
    seen.supervisor.start()
    try:
        yield seen
    finally:
        seen.supervisor.stop()


def jpeg(width: int, height: int, seed: int = 1) -> bytes:
    """A soft random picture as a JPEG file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC).save(file, "JPEG", quality=92)
    return file.getvalue()


def script(folder: Path, *lines: str) -> str:
    """The setting of a scripted camera that plays `lines`, one life each."""
    path = folder / "script.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"scripted:{path}"


def card(folder: Path) -> dict[str, bytes]:
    """Every shot that the scripted camera of `folder` took, by name."""
    return {file.name: file.read_bytes() for file in (folder / "script.txt.card").glob("*")}
