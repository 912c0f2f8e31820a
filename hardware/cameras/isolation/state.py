"""The camera's state as its supervisor publishes it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, ShotProgress

Kind = Literal["starting", "live", "lost", "hung", "crashed", "stopped"]

log = logging.getLogger("camera")


@dataclass(frozen=True)
class CameraState:
    """The camera's state. `since` is on the supervisor's clock; `info` is the last known camera, also while it is lost.

    lost: absent, the supervisor keeps trying. hung, crashed: its process was terminated or crashed; a new one is
    starting. live with a problem: live view fails, shots may still arrive. stopped with a problem: a setting is wrong.
    `health` is the last status reported since the camera became live. `progress` is that of the current shot; changes
    of it are not published, callers poll it.
    """

    kind: Kind
    info: CameraInfo | None
    problem: CameraProblem | None
    since: float
    health: CameraHealth | None = None
    progress: ShotProgress | None = None


class StatePublisher:
    """Holds the present state. Changed from the supervisor's thread only, read from any."""

    def __init__(self, on_state: Callable[[CameraState], None], clock: Callable[[], float]) -> None:
        self._on_state, self._clock = on_state, clock
        self.state = CameraState("stopped", None, None, clock())

    def set(self, kind: Kind, problem: CameraProblem | None, **changes: Any) -> None:
        """Publish the state if it changed. `changes` are those of `info` and `health`; a camera that connects or
        disconnects has reported no status yet."""
        before = self.state
        base = before if before.kind == kind else replace(before, since=self._clock(), health=None, progress=None)
        state = replace(base, kind=kind, problem=problem, **changes)
        if _published_fields(state) == _published_fields(before):
            return
        self.state = state
        try:
            self._on_state(state)
        except Exception:
            log.exception("The camera is %s, but a listener failed.", kind)

    def set_progress(self, progress: ShotProgress | None) -> None:
        self.state = replace(self.state, progress=progress)


def _published_fields(state: CameraState) -> tuple[object, ...]:
    return state.kind, state.info, state.problem and state.problem.key, state.health
