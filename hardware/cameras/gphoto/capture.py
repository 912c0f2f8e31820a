"""Focus and shutter: patient with a camera that is busy, once more with one that could not focus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import Node, Stored, Tether
from hardware.cameras.gphoto.file_events import Arrivals
from hardware.cameras.gphoto.profile import Profile

_BETWEEN: Final = 0.1  # seconds between two tries on a busy camera
_MANUAL: Final = ("manual", "mf")

Result = TypeVar("Result")
Told = Callable[[str, float], None]
"""Called with a phase that begins and the seconds after which it counts as hung."""

log = logging.getLogger("camera")


class Shutter:
    """Takes one picture, and returns when its files are in the camera."""

    def __init__(
        self,
        tether: Tether,
        profile: Profile,
        arrivals: Arrivals,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        told: Told,
    ) -> None:
        self._tether, self._profile, self._arrivals = tether, profile, arrivals
        self._clock, self._sleep, self._told = clock, sleep, told
        self._drives_focus = True

    def press(self, with_raw: bool) -> list[Stored]:
        """The files of one shot. Raises CameraProblem: out_of_focus, busy, card_full, no_card, slow, ..."""
        waits = self._profile.waits
        first = self._focused_and_released()
        return self._arrivals.of_shot([first] if first else [], waits.expose, waits.quiet, with_raw)

    def _focused_and_released(self) -> Stored | None:
        waits = self._profile.waits
        for left in reversed(range(self._profile.focus.tries)):
            try:
                self._focus()
                self._told("expose", waits.expose + waits.hung)
                return self._patiently(self._tether.release)
            except CameraProblem as problem:
                if problem.reason != "out_of_focus" or not left:
                    raise
                log.info("The camera could not focus; once more.")
        raise AssertionError("every try ends above")

    def _focus(self) -> None:
        node = self._focus_node() if self._drives_focus else None
        if node is None:
            return
        waits = self._profile.waits
        self._told("focus", waits.focus + waits.hung)
        try:
            self._patiently(lambda: self._tether.drive_focus(node))
        except CameraProblem as problem:
            if problem.reason != "refused":
                raise
            self._drives_focus = False
            log.info("The camera does not focus when told to; it does so at the shot, or not at all.")

    def _focus_node(self) -> Node | None:
        """The setting that drives the focus; None where there is none, or nothing to be driven."""
        focus = self._profile.focus
        if any(self._tether.node(name) for name in focus.unless):
            self._drives_focus = False
            return None
        if self._tether.text("focusmode", "focusmode2").casefold().startswith(_MANUAL):
            return None
        nodes = (self._tether.node(name) for name in focus.drive)
        found = next((node for node in nodes if node is not None), None)
        self._drives_focus = found is not None
        return found

    def _patiently(self, call: Callable[[], Result]) -> Result:
        """Asks a busy camera again, for so long as a camera may be busy with its last picture."""
        until = self._clock() + self._profile.waits.busy
        while True:
            try:
                return call()
            except CameraProblem as problem:
                if problem.reason != "busy" or self._clock() >= until:
                    raise
                self._sleep(_BETWEEN)
