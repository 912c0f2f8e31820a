"""The only module that calls a gp.Camera: each call has a phase, and fails with a reason."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import gphoto2 as gp

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.config_widget import ConfigWidget, Value
from hardware.cameras.gphoto.errors import UNKNOWN, default_reason, reason_of
from hardware.cameras.gphoto.library_log import LibraryLog

_UNSUPPORTED: Final = -6
_STORE_FULL: Final = "PTP Event 400a"  # libgphoto2's text for an event that it does not translate
_NIKON_INVALID_STATUS: Final = 0xA004  # Nikon: it cannot shoot in its present state
_MAX_RETRIES: Final = 200  # of libgphoto2 (camera_trigger_capture), which then reports success
_FAILURE_LOG: Final = "The camera failed (%s): %s; libgphoto2 log:\n%s"
_DEAD_REASONS: Final = frozenset({"lost", "hung"})

log = logging.getLogger("camera")


@dataclass(frozen=True)
class CameraFile:
    """A file in the camera."""

    folder: str
    name: str


@dataclass(frozen=True)
class CameraEvent:
    """`file`: a picture was stored. `capture_complete`: the camera reports the end of a shot. `card_full`: its card
    is full."""

    file: CameraFile | None = None
    capture_complete: bool = False
    card_full: bool = False


class CameraHandle:
    """An open gp.Camera. After a problem with reason lost or hung `dead` is True, and every call raises camera.lost.

    `has_live_view` becomes False if libgphoto2 reports that it supports none for this camera.
    """

    def __init__(self, camera: Any, library_log: LibraryLog) -> None:
        self._camera = camera
        self._log = library_log
        self.dead = False
        self.has_live_view = True

    @contextmanager
    def operation(self, phase: str) -> Iterator[Any]:
        """Provide the gp.Camera for `phase`; its errors become CameraProblem."""
        if self.dead:
            raise CameraProblem("camera.lost")
        self._log.clear()
        try:
            yield self._camera
        except gp.GPhoto2Error as error:
            raise self._problem(error, phase) from error

    def _problem(self, error: Any, phase: str) -> CameraProblem:
        reason = reason_of(error.code, phase, self._log)
        log.log(logging.DEBUG if phase == "setting" else logging.INFO, _FAILURE_LOG, phase, error, self._log.tail)
        if reason == UNKNOWN:
            reason = default_reason(phase) if self.is_responding() else "lost"
        self.dead = self.dead or reason in _DEAD_REASONS
        self.has_live_view = self.has_live_view and not (phase == "view" and error.code == _UNSUPPORTED)
        return CameraProblem(f"camera.{reason}")

    def is_responding(self) -> bool:
        """Return whether the camera still answers, by a query of its card, which libgphoto2 does not cache."""
        try:
            self._camera.get_storageinfo()
        except gp.GPhoto2Error as error:
            return bool(error.code == _UNSUPPORTED)
        return True

    def get_widget(self, name: str) -> ConfigWidget | None:
        """Return the setting of that name, None if this camera has none or does not report it."""
        try:
            with self.operation("setting") as camera:
                gp_widget = camera.get_single_config(name)
                return (
                    ConfigWidget(name, gp_widget) if gp_widget is not None else None
                )  # Canon: a setting without a value
        except CameraProblem:
            if self.dead:
                raise
            return None

    def get_text(self, *names: str) -> str:
        """Return the text of the first of these settings that has one."""
        widgets = (node for name in names if (node := self.get_widget(name)) is not None)
        return next((str(node.value).strip() for node in widgets if str(node.value or "").strip()), "")

    def set_widget(self, widget: ConfigWidget, value: Value, phase: str = "setting") -> None:
        widget.gp_widget.set_value(value)
        with self.operation(phase) as camera:
            camera.set_single_config(widget.name, widget.gp_widget)

    def capture_preview(self) -> bytes:
        """Return the newest live-view picture, a JPEG file."""
        with self.operation("view") as camera:
            file = camera.capture_preview()
            return bytes(file.get_data_and_size())  # `file` must stay referenced: its bytes do not reference it

    def trigger_capture(self) -> CameraFile | None:
        """Release the shutter. The files arrive by `wait_for_event`, or are returned by cameras that support nothing
        else."""
        with self._log.debug_level(), self.operation("expose") as camera:
            try:
                camera.trigger_capture()
            except gp.GPhoto2Error as error:
                if error.code != _UNSUPPORTED:
                    raise
                path = camera.capture(gp.GP_CAPTURE_IMAGE)
                return CameraFile(path.folder, path.name)
            if self._log.responses.count(_NIKON_INVALID_STATUS) >= _MAX_RETRIES:
                raise CameraProblem("camera.refused")
        return None

    def drive_focus(self, widget: ConfigWidget) -> None:
        with self._log.debug_level():
            self.set_widget(widget, 1, "focus")

    def wait_for_event(self, milliseconds: int) -> CameraEvent | None:
        """Return the next event; None if there is none now. May return before the timeout."""
        try:
            with self.operation("listen") as camera:
                kind, data = camera.wait_for_event(milliseconds)
        except CameraProblem:
            if self.dead:
                raise
            return None  # some cameras are too busy to report anything while they expose
        if kind == gp.GP_EVENT_TIMEOUT:
            return None
        if kind == gp.GP_EVENT_FILE_ADDED:
            return CameraEvent(file=CameraFile(data.folder, data.name))
        full = kind == gp.GP_EVENT_UNKNOWN and str(data).startswith(_STORE_FULL)
        return CameraEvent(capture_complete=kind == gp.GP_EVENT_CAPTURE_COMPLETE, card_full=full)

    def file_size(self, file: CameraFile) -> int:
        """Return the bytes of a file, 0 if the camera does not report them."""
        with self.operation("transfer") as camera:
            info = camera.file_get_info(file.folder, file.name)  # keep `info`: `info.file` points into it
            return int(info.file.size) if info.file.fields & gp.GP_FILE_INFO_SIZE else 0

    def read_part(self, file: CameraFile, offset: int, buffer: memoryview) -> int | None:
        """Read a part of a file and return the number of bytes; None if this camera only transfers complete files."""
        with self.operation("transfer") as camera:
            try:
                return int(camera.file_read(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL, offset, buffer))
            except gp.GPhoto2Error as error:
                if offset == 0 and error.code in (_UNSUPPORTED, -2):  # -2: libgphoto2 has it in memory already
                    return None
                raise

    def read_file(self, file: CameraFile) -> bytes:
        with self.operation("transfer") as camera:
            gp_file = camera.file_get(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL)
            return bytes(gp_file.get_data_and_size())

    def delete_file(self, file: CameraFile) -> None:
        with self.operation("setting") as camera:
            camera.file_delete(file.folder, file.name)

    def free_pictures(self) -> int | None:
        """Return how many pictures fit on the card; 0 also without a card; None if the camera does not report it."""
        with self.operation("setting") as camera:
            try:
                cards = camera.get_storageinfo()
            except gp.GPhoto2Error as error:
                if error.code == _UNSUPPORTED:
                    return None
                raise
        counts = [card.freeimages for card in cards if card.fields & gp.GP_STORAGEINFO_FREESPACEIMAGES]
        valid_counts = [count for count in counts if 0 <= count < 0xFFFFFFFF]
        return max(valid_counts) if valid_counts else (None if cards else 0)

    def close(self) -> None:
        """End the session; if the camera is dead, only release it."""
        camera, self._camera = self._camera, None
        if camera is None or self.dead:
            return
        self.dead = True
        try:
            camera.exit()
        except gp.GPhoto2Error as error:
            log.info("The camera did not end its session: %s", error)
        reserve_stdin_fd()


def reserve_stdin_fd() -> None:
    """Occupy file descriptor 0 if it is free.

    Closing a PTP/IP camera closes descriptor 0 (ptpip.c never sets the descriptor of the live view's own socket);
    otherwise the next camera's socket would get that number and be closed with the next camera.
    """
    try:
        os.fstat(0)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # the lowest free number
