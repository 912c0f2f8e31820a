"""The one place that calls a gp.Camera: each call says what it is for, and fails with a reason in words."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import gphoto2 as gp

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.errors import UNKNOWN, default_reason, reason_of
from hardware.cameras.gphoto.library_log import LibraryLog

_UNSUPPORTED: Final = -6
_CHOICE_WIDGETS: Final = (gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU)
_STORE_FULL: Final = "PTP Event 400a"  # as libgphoto2 passes on what it does not translate
_NIKON_INVALID_STATUS: Final = 0xA004  # Nikon's: it cannot shoot as it is
_MAX_RETRIES: Final = 200  # so often libgphoto2 asks again (camera_trigger_capture), and then says that all is well
_FAILURE_LOG: Final = "The camera failed (%s): %s; libgphoto2 says\n%s"
_DEAD_REASONS: Final = frozenset({"lost", "hung"})

Value = str | int | float

log = logging.getLogger("camera")


@dataclass(frozen=True)
class CameraFile:
    """A file in the camera."""

    folder: str
    name: str


@dataclass(frozen=True)
class CameraEvent:
    """`gp_file`: a picture was stored. `capture_complete`: the camera says that a shot is over. `card_full`: that its
    card is."""

    file: CameraFile | None = None
    capture_complete: bool = False
    card_full: bool = False


class ConfigWidget:
    """One setting of the camera, as it stood when it was read."""

    def __init__(self, name: str, gp_widget: Any) -> None:
        self.name = name
        self.gp_widget = gp_widget
        self.kind: int = gp_widget.get_type()
        self.value: Value | None = gp_widget.get_value()
        self.choices: list[str] = [str(one) for one in gp_widget.get_choices()] if self.kind in _CHOICE_WIDGETS else []
        self.read_only = bool(gp_widget.get_readonly())

    def cast(self, value: Value) -> Value | None:
        """`wished` as this kind of setting takes it, None where it does not.

        A choice that is not among the camera's own must never reach libgphoto2: its virtual camera dies of it.
        """
        if self.kind in _CHOICE_WIDGETS:
            return next((choice for choice in self.choices if choice.casefold() == str(value).casefold()), None)
        if self.kind == gp.GP_WIDGET_RANGE:
            low, high, _ = self.gp_widget.get_range()
            return float(value) if _is_number(value) and low <= float(value) <= high else None
        if self.kind == gp.GP_WIDGET_TOGGLE:
            return int(value) if str(value) in ("0", "1") else None
        return str(value) if self.kind == gp.GP_WIDGET_TEXT else None

    def accepts_any(self, values: Iterable[Value]) -> bool:
        """False: another thing of the same name. Sony's `autofocus` is a button, Nikon's has a choice of On and Off."""
        return self.kind != gp.GP_WIDGET_TOGGLE or any(self.cast(value) is not None for value in values)


def _is_number(value: Value) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


class CameraHandle:
    """An open gp.Camera. After a problem of reason lost or hung it is dead, and says so at every call.

    `has_live_view` becomes False where libgphoto2 has none for this camera, whatever it announced.
    """

    def __init__(self, camera: Any, library_log: LibraryLog) -> None:
        self._camera = camera
        self._log = library_log
        self.dead = False
        self.has_live_view = True

    @contextmanager
    def operation(self, phase: str) -> Iterator[Any]:
        """Lends the gp.Camera for `phase`; its errors become CameraProblem."""
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
        """Whether there is still a camera behind the handle. Some settings are told from memory; the card is not."""
        try:
            self._camera.get_storageinfo()
        except gp.GPhoto2Error as error:
            return bool(error.code == _UNSUPPORTED)
        return True

    def get_widget(self, name: str) -> ConfigWidget | None:
        """The setting of that name, None where this camera has none or does not say."""
        try:
            with self.operation("setting") as camera:
                gp_widget = camera.get_single_config(name)
                return (
                    ConfigWidget(name, gp_widget) if gp_widget is not None else None
                )  # Canon's, for a setting it has no value of
        except CameraProblem:
            if self.dead:
                raise
            return None

    def get_text(self, *names: str) -> str:
        """The first of these settings that says anything."""
        widgets = (node for name in names if (node := self.get_widget(name)) is not None)
        return next((str(node.value).strip() for node in widgets if str(node.value or "").strip()), "")

    def set_widget(self, widget: ConfigWidget, value: Value, phase: str = "setting") -> None:
        widget.gp_widget.set_value(value)
        with self.operation(phase) as camera:
            camera.set_single_config(widget.name, widget.gp_widget)

    def capture_preview(self) -> bytes:
        """The newest live-view picture, a JPEG file."""
        with self.operation("view") as camera:
            file = camera.capture_preview()
            return bytes(file.get_data_and_size())  # `gp_file` must be held: its bytes do not hold it

    def trigger_capture(self) -> CameraFile | None:
        """The shutter. What is stored comes by `wait_for_event`; or is returned, from a camera that knows no other
        way."""
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
        """What the camera has to say; None: nothing, or not just now. May return before the time is over."""
        try:
            with self.operation("listen") as camera:
                kind, data = camera.wait_for_event(milliseconds)
        except CameraProblem:
            if self.dead:
                raise
            return None  # some are too busy to say anything while they expose
        if kind == gp.GP_EVENT_TIMEOUT:
            return None
        if kind == gp.GP_EVENT_FILE_ADDED:
            return CameraEvent(file=CameraFile(data.folder, data.name))
        full = kind == gp.GP_EVENT_UNKNOWN and str(data).startswith(_STORE_FULL)
        return CameraEvent(capture_complete=kind == gp.GP_EVENT_CAPTURE_COMPLETE, card_full=full)

    def file_size(self, file: CameraFile) -> int:
        """Bytes of a file, 0 where the camera does not say."""
        with self.operation("transfer") as camera:
            info = camera.file_get_info(file.folder, file.name)  # must be held, for `info.gp_file` points into it
            return int(info.file.size) if info.file.fields & gp.GP_FILE_INFO_SIZE else 0

    def read_part(self, file: CameraFile, offset: int, buffer: memoryview) -> int | None:
        """Reads a part of a file, returns how many bytes came; None: this camera gives files only whole."""
        with self.operation("transfer") as camera:
            try:
                return int(camera.file_read(file.folder, file.name, gp.GP_FILE_TYPE_NORMAL, offset, buffer))
            except gp.GPhoto2Error as error:
                if offset == 0 and error.code in (_UNSUPPORTED, -2):  # -2: it is in libgphoto2's memory already
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
        """What the card still takes; 0 also where there is no card; None: the camera does not say."""
        with self.operation("setting") as camera:
            try:
                cards = camera.get_storageinfo()
            except gp.GPhoto2Error as error:
                if error.code == _UNSUPPORTED:
                    return None
                raise
        known = [card.freeimages for card in cards if card.fields & gp.GP_STORAGEINFO_FREESPACEIMAGES]
        counted = [left for left in known if 0 <= left < 0xFFFFFFFF]
        return max(counted) if counted else (None if cards else 0)

    def close(self) -> None:
        """Ends the session; a dead one is only let go of."""
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
    """Fills file descriptor 0 where it is free.

    Leaving a PTP/IP camera closes it (ptpip.c never set the descriptor of the live view's own socket); the next
    camera's socket would be given that number, and be closed by the next one that leaves.
    """
    try:
        os.fstat(0)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # the lowest free number
