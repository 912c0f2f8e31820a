"""The driver of two cameras: the live view of one, in the framing of the other's shots."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeVar

from config.i18n import Message
from hardware.cameras.api import (
    Camera,
    CameraHealth,
    CameraInfo,
    CameraProblem,
    Pixels,
    ReportingCamera,
    Shot,
    ShotProgress,
    TalkingCamera,
)
from hardware.cameras.dual.calibration import DriftWatch, take_views
from hardware.cameras.dual.framing import Framing, read_framing, write_framing
from hardware.cameras.dual.matching import FramingProblem
from hardware.cameras.dual.settings import pair_settings
from hardware.cameras.folder import LARGEST_FRAME, fitted

T = TypeVar("T")

_PROBE: Final = 2.0
"""Seconds between two looks whether a shot camera that does not speak by itself is still there."""

_BORDER: Final = 0.005
"""From this share of the shot on that the live camera does not see, the operator is told of the grey border."""

log = logging.getLogger("camera")


class OneOfTwo(CameraProblem):
    """What is wrong with one of the two cameras: camera.pair_live or camera.pair_shot, with its own sentence in
    `said`. Its reason is that camera's, so that a lost one of two is a lost camera."""

    @classmethod
    def of(cls, which: Literal["live", "shot"], problem: CameraProblem) -> OneOfTwo:
        return cls(_SAID_OF[which], said=Message(problem.key, problem.values))

    @property
    def reason(self) -> str:
        said = self.values["said"]
        assert isinstance(said, Message)
        return said.key.removeprefix("camera.")


_SAID_OF: Final = {"live": "camera.pair_live", "shot": "camera.pair_shot"}
_AWAY: Final = frozenset({"absent", "lost", "hung", "taken", "not_allowed", "asleep"})
"""Of these the sentence must say which camera it is; others of the shot camera are as with a single one."""


class PairCamera:
    """Keeps Camera, TalkingCamera and ReportingCamera. Losing either camera is losing the pair: both are opened anew.

    Without a framing for these two it shows nothing (camera.unframed) and still shoots. `framing_file` is where it is
    kept; None: nowhere. Told "calibrate", it finds the framing with its next shot, and `heard` gives the warning where
    it found none; told "live ..." or "shot ...", it passes that on to the one, other words to both.
    """

    def __init__(
        self,
        live: Camera,
        shot: Camera,
        framing_file: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live, self._shot, self._file, self._clock = live, shot, framing_file, clock
        self._infos: tuple[CameraInfo, CameraInfo] | None = None
        self._framing: Framing | None = None
        self._watch: DriftWatch | None = None
        self._seen: Pixels | None = None  # the last live frame as it came
        self._calibrates = False
        self._promised = (0, 0)  # the frames' size as it was told when it was opened
        self._to_compare: tuple[Pixels, bytes] | None = None
        self._probed = 0.0
        self._shot_health = CameraHealth()
        self._warning = ""
        self._told = CameraHealth()

    @property
    def on_progress(self) -> Callable[[ShotProgress], None]:
        return self._shot.on_progress if isinstance(self._shot, ReportingCamera) else _untold

    @on_progress.setter
    def on_progress(self, told: Callable[[ShotProgress], None]) -> None:
        if isinstance(self._shot, ReportingCamera):
            self._shot.on_progress = told

    @property
    def health(self) -> CameraHealth:
        """What `heard` has told last."""
        return self._told

    def open(self) -> CameraInfo:
        shot = _of("shot", self._shot.open)
        try:
            live = _of("live", self._live.open)
        except CameraProblem:
            self._shot.close()
            raise
        self._infos = (live, shot)
        self._probed = self._clock()
        self._use(self._kept(live, shot))
        self._promised = self._framing.view_size if self._framing else fitted(shot.shot_size, LARGEST_FRAME)
        return self._info(live, shot)

    def frame(self) -> Pixels:
        self._opened()
        if self._clock() - self._probed > _PROBE and not isinstance(self._shot, TalkingCamera):
            _of("shot", self._shot.frame)
            self._probed = self._clock()
        self._seen = self._live_frame()
        if self._framing is None:
            raise CameraProblem("camera.unframed")
        if self._framing.view_size != self._promised:
            raise OneOfTwo.of("shot", CameraProblem("camera.lost"))  # frames of another size need another mailbox
        return self._framing.view(self._seen)

    def shoot(self) -> Shot:
        live_info, shot_info = self._opened()
        if self._calibrates:
            shot = self._calibrate(live_info, shot_info)
        else:
            shot = self._take()
            self._to_compare = None if self._seen is None else (self._seen, shot.data)
        self._probed = self._clock()
        return replace(shot, camera=replace(self._info(live_info, shot_info), shot_size=shot.camera.shot_size))

    def heard(self) -> Iterable[CameraHealth | Shot]:
        """What the shot camera says; and, after a shot, whether the framing still holds, which takes a tenth of a
        second between two frames and none of the shot's."""
        self._opened()
        talking = self._shot
        if isinstance(talking, TalkingCamera):
            yield from self._shots_of(_of("shot", lambda: list(talking.heard())))
        if self._to_compare is not None and self._watch is not None:
            compared, self._to_compare = self._to_compare, None
            self._warning = self._watch.look(*compared)
        border = self._framing is not None and self._framing.missed > _BORDER
        own = filter(None, (self._warning, "framing_border" if border else ""))
        warnings = (*self._shot_health.warnings, *own)
        health = replace(self._shot_health, warnings=warnings)
        if health != self._told:
            self._told = health
            yield health

    def tell(self, command: str) -> None:
        self._opened()
        whom, _, words = command.partition(" ")
        if command == "calibrate":
            self._calibrates = True
        elif whom in ("live", "shot"):
            (self._live if whom == "live" else self._shot).tell(words)
        else:
            self._live.tell(command)
            self._shot.tell(command)

    def close(self) -> None:
        self._infos = self._seen = self._to_compare = None
        self._live.close()
        self._shot.close()

    def _calibrate(self, live_info: CameraInfo, shot_info: CameraInfo) -> Shot:
        """A shot from which the framing is found; where none is, the one before stays."""
        self._calibrates = False
        views = take_views(self._live_frame, self._take)
        try:
            framing = views.framing(live_info, shot_info)
        except FramingProblem as problem:
            self._warning = problem.warning
            log.warning("No framing was found: %s", problem)
        else:
            if self._file is not None:
                write_framing(self._file, framing)
            self._use(framing)
        return views.shot

    def _use(self, framing: Framing | None) -> None:
        self._framing, self._warning = framing, ""
        self._watch = None if framing is None else DriftWatch(framing, pair_settings())

    def _kept(self, live: CameraInfo, shot: CameraInfo) -> Framing | None:
        try:
            framing = read_framing(self._file) if self._file is not None else None
        except FramingProblem as problem:
            log.warning("%s", problem)
            return None
        return framing if framing is not None and framing.fits(live, shot) else None

    def _info(self, live: CameraInfo, shot: CameraInfo) -> CameraInfo:
        return replace(
            shot,
            driver="pair",
            model=f"{shot.model} + {live.model}",
            simulated=live.simulated or shot.simulated,
            frame_size=self._promised,
            refused=(*shot.refused, *(name for name in live.refused if name not in shot.refused)),
        )

    def _live_frame(self) -> Pixels:
        return _of("live", self._live.frame)

    def _take(self) -> Shot:
        return _of("shot", self._shot.shoot)

    def _shots_of(self, words: Iterable[CameraHealth | Shot]) -> Iterator[Shot]:
        """The shots among them; what they say of the camera's health is kept."""
        for word in words:
            if isinstance(word, Shot):
                yield replace(word, camera=replace(word.camera, driver="pair"))
            else:
                self._shot_health = word

    def _opened(self) -> tuple[CameraInfo, CameraInfo]:
        if self._infos is None:
            raise CameraProblem("camera.lost")
        return self._infos


def _untold(progress: ShotProgress) -> None:
    """Nobody has asked how far a shot is."""


def _of(which: Literal["live", "shot"], use: Callable[[], T]) -> T:
    """What `use` of one of the two cameras gives; of its problems it is said whose they are."""
    try:
        return use()
    except CameraProblem as problem:
        if which == "shot" and problem.reason not in _AWAY:
            raise
        raise OneOfTwo.of(which, problem) from problem
