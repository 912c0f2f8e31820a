"""The driver of two cameras: the live view of one, in the framing of the other's shots."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeVar

from config.arrays import Pixels
from config.i18n import Message
from hardware.cameras.api import (
    Camera,
    CameraHealth,
    CameraInfo,
    CameraProblem,
    EmitsEvents,
    ReportsProgress,
    Shot,
    ShotProgress,
)
from hardware.cameras.dual.calibration import DriftMonitor, capture_views
from hardware.cameras.dual.framing import Framing, read_framing, write_framing
from hardware.cameras.dual.matching import FramingProblem
from hardware.cameras.dual.settings import dual_camera_settings
from hardware.cameras.folder import MAX_FRAME_SIZE, fit_within

T = TypeVar("T")

_PROBE_INTERVAL_S: Final = 2.0
"""Seconds between two checks whether a shot camera without events is still connected."""

_MIN_BORDER_SHARE: Final = 0.005
"""From this uncovered share of the shot on, the operator is warned about the grey border."""

log = logging.getLogger("camera")


class DualCameraProblem(CameraProblem):
    """A problem of one of the two cameras: camera.dual_live or camera.dual_shot, with that camera's message as a value.
    `reason` is that camera's too, so that losing one of the two counts as a lost camera."""

    @classmethod
    def wrap(cls, which: Literal["live", "shot"], problem: CameraProblem) -> DualCameraProblem:
        return cls(_PROBLEM_KEYS[which], problem=Message(problem.key, problem.values))

    @property
    def reason(self) -> str:
        message = self.values["problem"]
        assert isinstance(message, Message)
        return message.key.removeprefix("camera.")


_PROBLEM_KEYS: Final = {"live": "camera.dual_live", "shot": "camera.dual_shot"}
_UNAVAILABLE_REASONS: Final = frozenset({"absent", "lost", "hung", "taken", "not_allowed", "asleep"})
"""Reasons whose message must name the camera; other problems of the shot camera are as with a single camera."""


class DualCamera:
    """One Camera made of two; it also emits events and reports progress. If one is lost, both are opened again.

    Without a framing for these two there is no live view (camera.framing_unknown), but shots are possible. The framing
    is stored in `framing_file`, if there is one. The command "calibrate" finds the framing with the next shot, and
    `poll_events` returns a warning if it fails; "live ..." and "shot ..." go to one camera, other commands to both.
    """

    def __init__(
        self,
        live: Camera,
        shot: Camera,
        framing_file: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live, self._shot, self._framing_file, self._clock = live, shot, framing_file, clock
        self._infos: tuple[CameraInfo, CameraInfo] | None = None
        self._framing: Framing | None = None
        self._drift_monitor: DriftMonitor | None = None
        self._last_live_frame: Pixels | None = None  # the last live frame as it arrived
        self._calibrate_next = False
        self._frame_size = (0, 0)  # size of the frames as reported at opening
        self._pending_comparison: tuple[Pixels, bytes] | None = None
        self._probed_at = 0.0
        self._shot_health = CameraHealth()
        self._warning = ""
        self._last_health = CameraHealth()

    @property
    def on_progress(self) -> Callable[[ShotProgress], None]:
        return self._shot.on_progress if isinstance(self._shot, ReportsProgress) else _ignore_progress

    @on_progress.setter
    def on_progress(self, callback: Callable[[ShotProgress], None]) -> None:
        if isinstance(self._shot, ReportsProgress):
            self._shot.on_progress = callback

    @property
    def health(self) -> CameraHealth:
        """The last status that `poll_events` returned."""
        return self._last_health

    def open(self) -> CameraInfo:
        shot = _call_camera("shot", self._shot.open)
        try:
            live = _call_camera("live", self._live.open)
        except CameraProblem:
            self._shot.close()
            raise
        self._infos = (live, shot)
        self._probed_at = self._clock()
        self._set_framing(self._load_framing(live, shot))
        self._frame_size = self._framing.view_size if self._framing else fit_within(shot.shot_size, MAX_FRAME_SIZE)
        return self._info(live, shot)

    def frame(self) -> Pixels:
        self._require_open()
        if self._clock() - self._probed_at > _PROBE_INTERVAL_S and not isinstance(self._shot, EmitsEvents):
            _call_camera("shot", self._shot.frame)
            self._probed_at = self._clock()
        self._last_live_frame = self._live_frame()
        if self._framing is None:
            raise CameraProblem("camera.framing_unknown")
        if self._framing.view_size != self._frame_size:
            raise DualCameraProblem.wrap(
                "shot", CameraProblem("camera.lost")
            )  # frames of another size need another frame buffer
        return self._framing.render(self._last_live_frame)

    def shoot(self) -> Shot:
        live_info, shot_info = self._require_open()
        if self._calibrate_next:
            shot = self._calibrate(live_info, shot_info)
        else:
            shot = self._take_shot()
            self._pending_comparison = None if self._last_live_frame is None else (self._last_live_frame, shot.data)
        self._probed_at = self._clock()
        return replace(shot, camera=replace(self._info(live_info, shot_info), shot_size=shot.camera.shot_size))

    def poll_events(self) -> Iterable[CameraHealth | Shot]:
        """Return the events of the shot camera, and after a shot whether the framing is still valid. That check takes a
        tenth of a second between two frames and does not delay the shot."""
        self._require_open()
        source = self._shot
        if isinstance(source, EmitsEvents):
            yield from self._shots_among(_call_camera("shot", lambda: list(source.poll_events())))
        if self._pending_comparison is not None and self._drift_monitor is not None:
            compared, self._pending_comparison = self._pending_comparison, None
            self._warning = self._drift_monitor.check(*compared)
        border = self._framing is not None and self._framing.missed > _MIN_BORDER_SHARE
        framing_warnings = filter(None, (self._warning, "framing_border" if border else ""))
        warnings = (*self._shot_health.warnings, *framing_warnings)
        health = replace(self._shot_health, warnings=warnings)
        if health != self._last_health:
            self._last_health = health
            yield health

    def send_command(self, command: str) -> None:
        self._require_open()
        target, _, subcommand = command.partition(" ")
        if command == "calibrate":
            self._calibrate_next = True
        elif target in ("live", "shot"):
            (self._live if target == "live" else self._shot).send_command(subcommand)
        else:
            self._live.send_command(command)
            self._shot.send_command(command)

    def close(self) -> None:
        self._infos = self._last_live_frame = self._pending_comparison = None
        self._live.close()
        self._shot.close()

    def _calibrate(self, live_info: CameraInfo, shot_info: CameraInfo) -> Shot:
        """Take a shot and find the framing from it; if none is found, the old one stays."""
        self._calibrate_next = False
        views = capture_views(self._live_frame, self._take_shot)
        try:
            framing = views.find_framing(live_info, shot_info)
        except FramingProblem as problem:
            self._warning = problem.warning
            log.warning("No framing was found: %s", problem)
        else:
            if self._framing_file is not None:
                write_framing(self._framing_file, framing)
            self._set_framing(framing)
        return views.shot

    def _set_framing(self, framing: Framing | None) -> None:
        self._framing, self._warning = framing, ""
        self._drift_monitor = None if framing is None else DriftMonitor(framing, dual_camera_settings())

    def _load_framing(self, live: CameraInfo, shot: CameraInfo) -> Framing | None:
        try:
            framing = read_framing(self._framing_file) if self._framing_file is not None else None
        except FramingProblem as problem:
            log.warning("%s", problem)
            return None
        return framing if framing is not None and framing.is_for(live, shot) else None

    def _info(self, live: CameraInfo, shot: CameraInfo) -> CameraInfo:
        return replace(
            shot,
            driver="pair",
            model=f"{shot.model} + {live.model}",
            simulated=live.simulated or shot.simulated,
            frame_size=self._frame_size,
            refused=(*shot.refused, *(name for name in live.refused if name not in shot.refused)),
        )

    def _live_frame(self) -> Pixels:
        return _call_camera("live", self._live.frame)

    def _take_shot(self) -> Shot:
        return _call_camera("shot", self._shot.shoot)

    def _shots_among(self, events: Iterable[CameraHealth | Shot]) -> Iterator[Shot]:
        """Return the shots among the events; reported health is stored."""
        for event in events:
            if isinstance(event, Shot):
                yield replace(event, camera=replace(event.camera, driver="pair"))
            else:
                self._shot_health = event

    def _require_open(self) -> tuple[CameraInfo, CameraInfo]:
        if self._infos is None:
            raise CameraProblem("camera.lost")
        return self._infos


def _ignore_progress(progress: ShotProgress) -> None:
    """Ignore the progress of a shot until a listener is set."""


def _call_camera(which: Literal["live", "shot"], call: Callable[[], T]) -> T:
    """Return the result of `call` on one of the two cameras; its problems name the camera."""
    try:
        return call()
    except CameraProblem as problem:
        if which == "shot" and problem.reason not in _UNAVAILABLE_REASONS:
            raise
        raise DualCameraProblem.wrap(which, problem) from problem
