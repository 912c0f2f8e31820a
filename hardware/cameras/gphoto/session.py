"""One open camera: its live view, its shots, and what it says unasked."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from hardware.cameras.api import CameraHealth, CameraInfo, CameraProblem, Pixels, Shot, ShotProgress
from hardware.cameras.gphoto.apply_config import grant
from hardware.cameras.gphoto.camera_handle import Stored, Tether
from hardware.cameras.gphoto.capture import Shutter
from hardware.cameras.gphoto.card_storage import Keeping
from hardware.cameras.gphoto.discovery import Identity
from hardware.cameras.gphoto.download import fetch, size_of_picture
from hardware.cameras.gphoto.file_choice import choose
from hardware.cameras.gphoto.file_events import Arrivals
from hardware.cameras.gphoto.other_formats import problem_of_files
from hardware.cameras.gphoto.preview import LiveView
from hardware.cameras.gphoto.profile import Profile
from hardware.cameras.gphoto.status import battery, health

BURST: Final = 3
_SHOT_SIZE: Final = (6000, 4000)
"""Promised by a camera that does not say how large its pictures are, until the first one is there."""

_WHILE_IT_CANNOT_SHOOT: Final = 2.0
"""Seconds between two looks at battery and card while one of them keeps it from shooting."""

_UNEXPLAINED: Final = frozenset({"refused", "busy", "no_live_view"})
_PIXELS: Final = re.compile(r"(\d{3,5})x(\d{3,5})")

Progress = Callable[[ShotProgress], None]

log = logging.getLogger("camera")


class Session:
    """From a camera that is open to its end. Every method may raise CameraProblem."""

    def __init__(
        self,
        tether: Tether,
        identity: Identity,
        profile: Profile,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        progress: Progress,
    ) -> None:
        self._tether, self._profile, self._clock, self._progress = tether, profile, clock, progress
        self._whole = any(maker.casefold() in identity.manufacturer.casefold() for maker in profile.files.whole)
        self._live = LiveView(tether, profile, clock, sleep)
        self._arrivals = Arrivals(tether, clock, sleep)
        self._shutter = Shutter(tether, profile, self._arrivals, clock, sleep, self._phase)
        self._keeping = Keeping(tether, profile.files, self._fetch)
        self._unasked: list[Stored] = []
        self._health: CameraHealth | None = None
        self._look_at = -math.inf
        self.info = self._set_up(identity)

    def frame(self) -> Pixels:
        try:
            return self._live.frame()
        except CameraProblem as problem:
            raise self._for_want_of_power(problem) from problem

    def shoot(self) -> Shot:
        self._unasked += self._arrivals.waiting()  # what was taken before is not this shot
        self._look_at = -math.inf
        self._live.pause()
        grant(self._tether, self._profile.shot)
        try:
            files = self._shutter.press(self._keeping.wants_raw)
        except CameraProblem as problem:
            raise self._for_want_of_power(problem) from problem
        chosen = choose(files)
        self._keeping.companions(chosen.raw)
        self._unasked += chosen.more
        if chosen.picture is None:
            raise problem_of_files(files)
        return self._shot(chosen.picture)

    def stored(self, sha256: str) -> None:
        """The kiosk has the picture with this hash on its own disk."""
        self._keeping.stored(sha256)

    def heard(self) -> Iterator[CameraHealth | Shot]:
        self._unasked += self._arrivals.waiting()
        if self._unasked:
            yield from self._shots_unasked()
        else:
            self._keeping.tidy()
        if self._clock() >= self._look_at:
            before, self._health = self._health, health(self._tether, self._profile.low, self._warnings())
            self._look_at = self._clock() + self._until_next_look()
            if self._health != before:
                yield self._health

    def _until_next_look(self) -> float:
        """Seconds. Somebody waits for a camera that cannot shoot: what was changed in it is to be seen soon."""
        waits, now = self._profile.waits, self._health
        empty = now is not None and now.battery is not None and now.battery <= self._profile.low.empty
        full = now is not None and now.card_free == 0
        return min(waits.health, _WHILE_IT_CANNOT_SHOOT) if empty or full else waits.health

    def close(self) -> None:
        """The mirror down, where the camera still answers."""
        if not self._tether.dead:
            try:
                self._live.end()
            except CameraProblem as problem:
                log.info("The camera went while it was closed: %s", problem)

    def _set_up(self, identity: Identity) -> CameraInfo:
        refused = (*grant(self._tether, self._profile.always), *grant(self._tether, self._profile.shot))
        self._live.open()
        said = _PIXELS.search(self._tether.text("imagesize", "5003"))  # 5003: the same by its PTP number
        return CameraInfo(
            driver="dslr",
            model=" ".join(filter(None, (_maker(identity), identity.model, identity.firmware))),
            serial=identity.serial,
            simulated=identity.simulated,
            frame_size=self._live.size,
            shot_size=(int(said[1]), int(said[2])) if said else _SHOT_SIZE,
            refused=(*refused, *self._live.refused),
            burst=BURST,
        )

    def _shot(self, picture: Stored) -> Shot:
        data = self._fetch(picture)
        self.info = replace(self.info, shot_size=size_of_picture(data))
        self._keeping.delivered(picture, data)
        return Shot(data, picture.name, self.info)

    def _shots_unasked(self) -> Iterator[Shot]:
        """The pictures that somebody took with the shutter on the body. One that cannot be read stays in the camera."""
        files, self._unasked = self._unasked, []
        chosen = choose(files)
        self._keeping.companions(chosen.raw)
        for picture in (chosen.picture, *chosen.more):
            if picture is not None:
                try:
                    yield self._shot(picture)
                except CameraProblem as problem:
                    if self._tether.dead:
                        raise
                    log.warning("%s, taken on the camera's body, was not fetched: %s", picture.name, problem)

    def _fetch(self, stored: Stored) -> bytes:
        waits = self._profile.waits

        def told(done: int, size: int, whole: bool) -> None:
            self._progress(ShotProgress("transfer", waits.whole if whole else waits.transfer, done, size))

        return fetch(self._tether, stored, 0 if self._whole else self._profile.files.chunk, told)

    def _phase(self, phase: str, patience: float) -> None:
        self._progress(ShotProgress(phase, patience))

    def _for_want_of_power(self, problem: CameraProblem) -> CameraProblem:
        """A camera with an empty battery refuses without saying why, or is busy for ever."""
        if problem.reason not in _UNEXPLAINED:
            return problem
        power = battery(self._tether)
        return (
            CameraProblem("camera.battery_empty") if power is not None and power <= self._profile.low.empty else problem
        )

    def _warnings(self) -> tuple[str, ...]:
        return tuple(
            warning
            for warning, holds in (("settings_refused", self.info.refused), ("raw_not_kept", self._keeping.raw_failed))
            if holds
        )


def _maker(identity: Identity) -> str:
    """The maker, where the model does not begin with it."""
    maker = identity.manufacturer.split()[0] if identity.manufacturer else ""
    return "" if identity.model.casefold().startswith(maker.casefold()) else maker
