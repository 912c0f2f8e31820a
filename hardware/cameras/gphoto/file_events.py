"""Wait for a camera's file events: after a shot, and when somebody presses the shutter on its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import CameraEvent, CameraFile, CameraHandle
from hardware.cameras.gphoto.file_choice import classify_files

_EVENT_WAIT_MS: Final = 50  # milliseconds that a call may wait inside libgphoto2
_POLL_PAUSE_S: Final = 0.01  # over PTP/IP and on the virtual camera the call does not wait: the loop would spin
_NO_WAIT_MS: Final = 1  # millisecond; 0 means no limit to libusb
_MAX_EVENTS: Final = 200  # events per call; a camera that never stops reporting must not block the live view


class FileEvents:
    """The camera's events, one shot at a time."""

    def __init__(self, handle: CameraHandle, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._handle, self._clock, self._sleep = handle, clock, sleep

    def poll(self) -> list[CameraFile]:
        """Return the files reported since the last call; never waits."""
        files = []
        for _ in range(_MAX_EVENTS):
            event = self._handle.wait_for_event(_NO_WAIT_MS)
            if event is None:
                break
            if event.file is not None:
                files.append(event.file)
        return files

    def wait_for_shot(
        self, files: list[CameraFile], timeout: float, quiet_time: float, with_raw: bool
    ) -> list[CameraFile]:
        """Wait for all files of the shot that was just released; `files` are those known already.

        Returns as soon as the JPEG is there; `with_raw`: when a RAW file is there too, or after `quiet_time` seconds
        without an event. Without a JPEG, it returns when the camera has reported the end of the capture and then no
        event for `quiet_time` seconds. Raises camera.slow if there is no file after `timeout` seconds, camera.card_full
        if the camera reports it.
        """
        until, last_event_at, complete = self._clock() + timeout, self._clock(), False
        while not self._is_complete(files, with_raw, complete, self._clock() - last_event_at > quiet_time):
            now = self._clock()
            if now >= until:
                break
            event = self._next_event()
            if event is None:
                continue
            last_event_at, complete = self._clock(), complete or event.capture_complete
            if event.file is not None:
                files.append(event.file)
            elif event.card_full and not files:
                raise CameraProblem("camera.card_full")
        if not files:
            raise CameraProblem("camera.slow")
        return files

    def _is_complete(self, files: list[CameraFile], with_raw: bool, complete: bool, is_quiet: bool) -> bool:
        shot_files = classify_files(files)
        if shot_files.picture is None:
            return bool(files) and complete and is_quiet  # RAW only: no JPEG follows
        return not with_raw or bool(shot_files.raw) or is_quiet

    def _next_event(self) -> CameraEvent | None:
        """Return the next event; wait a moment if there is none."""
        began = self._clock()
        event = self._handle.wait_for_event(_EVENT_WAIT_MS)
        if event is None and self._clock() - began < _POLL_PAUSE_S:
            self._sleep(_POLL_PAUSE_S)
        return event
