"""Focus and shutter: wait for a busy camera, retry once if it could not focus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraFile, CameraHandle
from hardware.cameras.gphoto.config_widget import ConfigWidget
from hardware.cameras.gphoto.file_events import FileEvents
from hardware.cameras.gphoto.profile import CameraProfile

_BUSY_RETRY_S: Final = 0.1  # seconds between two attempts with a busy camera
_MANUAL_FOCUS_PREFIXES: Final = ("manual", "mf")

Result = TypeVar("Result")
PhaseCallback = Callable[[str, float], None]
"""Called when a phase begins, with the seconds after which it counts as hung."""

log = logging.getLogger("camera")


class CaptureTrigger:
    """Takes one picture, and returns when its files are in the camera."""

    def __init__(
        self,
        handle: CameraHandle,
        profile: CameraProfile,
        file_events: FileEvents,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        on_phase: PhaseCallback,
    ) -> None:
        self._handle, self._profile, self._file_events = handle, profile, file_events
        self._clock, self._sleep, self._on_phase = clock, sleep, on_phase
        self._drives_focus = True

    def capture(self, with_raw: bool) -> list[CameraFile]:
        """Return the files of one shot. Raises CameraProblem: out_of_focus, busy, card_full, no_card, slow, ..."""
        timeouts = self._profile.timeouts
        first = self._focus_and_release()
        return self._file_events.wait_for_shot(
            [first] if first else [], timeouts.expose, timeouts.event_silence, with_raw
        )

    def _focus_and_release(self) -> CameraFile | None:
        timeouts = self._profile.timeouts
        for attempts_left in reversed(range(self._profile.focus.attempts)):
            try:
                self._focus()
                self._on_phase("expose", timeouts.expose + timeouts.hang_margin)
                return self._retry_while_busy(self._handle.trigger_capture)
            except CameraProblem as problem:
                if problem.reason != "out_of_focus" or not attempts_left:
                    raise
                log.info("The camera could not focus; retrying.")
        raise AssertionError("every try ends above")

    def _focus(self) -> None:
        widget = self._focus_widget() if self._drives_focus else None
        if widget is None:
            return
        timeouts = self._profile.timeouts
        self._on_phase("focus", timeouts.focus + timeouts.hang_margin)
        try:
            self._retry_while_busy(lambda: self._handle.drive_focus(widget))
        except CameraProblem as problem:
            if problem.reason != "refused":
                raise
            self._drives_focus = False
            log.info("The camera does not focus on request; it does so at the shot, or not at all.")

    def _focus_widget(self) -> ConfigWidget | None:
        """Return the setting that drives the focus; None if there is none, or focus is not to be driven."""
        focus = self._profile.focus
        if any(self._handle.get_widget(name) for name in focus.skip_if_present):
            self._drives_focus = False
            return None
        if self._handle.get_text("focusmode", "focusmode2").casefold().startswith(_MANUAL_FOCUS_PREFIXES):
            return None
        widgets = (self._handle.get_widget(name) for name in focus.drive_settings)
        widget = next((node for node in widgets if node is not None), None)
        self._drives_focus = widget is not None
        return widget

    def _retry_while_busy(self, call: Callable[[], Result]) -> Result:
        """Retry while the camera may be busy with its last picture."""
        until = self._clock() + self._profile.timeouts.busy_retry
        while True:
            try:
                return call()
            except CameraProblem as problem:
                if problem.reason != "busy" or self._clock() >= until:
                    raise
                self._sleep(_BUSY_RETRY_S)
