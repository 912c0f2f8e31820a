"""Waits for what a camera tells of its files: after a shot, and when somebody presses the shutter on its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import Event, Stored, Tether
from hardware.cameras.gphoto.file_choice import choose

_LISTEN: Final = 50  # milliseconds a call may wait inside libgphoto2
_PAUSE: Final = 0.01  # seconds: over PTP/IP and on the virtual camera that call returns at once, and would spin
_AT_ONCE: Final = 1  # millisecond; 0 means for ever to libusb
_MOST: Final = 200  # events told at one go; a camera that talks without end must not stop the live view


class Arrivals:
    """The camera's events, one shot at a time."""

    def __init__(self, tether: Tether, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._tether, self._clock, self._sleep = tether, clock, sleep

    def waiting(self) -> list[Stored]:
        """The files that the camera has told of since; never waits."""
        files = []
        for _ in range(_MOST):
            event = self._tether.event(_AT_ONCE)
            if event is None:
                break
            if event.file is not None:
                files.append(event.file)
        return files

    def of_shot(self, files: list[Stored], allowed: float, quiet: float, with_raw: bool) -> list[Stored]:
        """All files of the shot that was just released; `files` are those known already.

        Returns as soon as the JPEG is there; where the RAW is wanted too, when the camera says that it is done, or
        has been quiet for `quiet` seconds since its last file. Raises camera.slow where after `allowed` seconds there
        is no file at all, camera.card_full where the camera says why.
        """
        until, last, complete = self._clock() + allowed, self._clock(), False
        while not self._enough(files, with_raw, complete, self._clock() - last > quiet):
            now = self._clock()
            if now >= until:
                break
            event = self._next()
            if event is None:
                continue
            last, complete = self._clock(), complete or event.complete
            if event.file is not None:
                files.append(event.file)
            elif event.full and not files:
                raise CameraProblem("camera.card_full")
        if not files:
            raise CameraProblem("camera.slow")
        return files

    def _enough(self, files: list[Stored], with_raw: bool, complete: bool, quiet: bool) -> bool:
        chosen = choose(files)
        if chosen.picture is None:
            return bool(files) and complete and quiet  # RAW alone: no JPEG follows
        return not with_raw or bool(chosen.raw) or quiet

    def _next(self) -> Event | None:
        """The next event; waits a moment where there is none."""
        began = self._clock()
        event = self._tether.event(_LISTEN)
        if event is None and self._clock() - began < _PAUSE:
            self._sleep(_PAUSE)
        return event
