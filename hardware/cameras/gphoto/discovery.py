"""Find the requested camera and open it: always a new gp.Camera, never one that was open before."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gphoto2 as gp

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.address import CameraAddress
from hardware.cameras.gphoto.camera_handle import CameraHandle, reserve_stdin_fd
from hardware.cameras.gphoto.errors import UNKNOWN, default_reason, reason_of
from hardware.cameras.gphoto.library_log import LibraryLog

_OPEN_ATTEMPTS: Final = 2  # the first call wakes a camera from standby, which answers the second one
_SIMULATED_MAKERS: Final = ("Zhengguan", "GP")  # makers of our PTP/IP simulator, and of libgphoto2's own virtual camera

_RETRYABLE_REASONS: Final = frozenset({"asleep", "taken"})  # reasons for a second attempt
_FD_FOLDER: Final = "/proc/self/fd"
_INIT_FAIL_TEXT: Final = "bad type returned 5"  # libgphoto2's text (ptpip.c) for a packet of that type
_CONNECT_FAIL_TEXT: Final = "Failed to connect."  # and its text (library.c) if nothing listens at an address

log = logging.getLogger("camera")


@dataclass(frozen=True)
class DetectedCamera:
    """A camera that libgphoto2 has found: the name of its driver, and its port."""

    name: str
    port: str


@dataclass(frozen=True)
class Identity:
    manufacturer: str
    model: str
    serial: str
    firmware: str

    @property
    def simulated(self) -> bool:
        return self.manufacturer in _SIMULATED_MAKERS


ListCameras = Callable[[], Iterable[DetectedCamera]]


def detect_cameras() -> list[DetectedCamera]:
    """Return the cameras on USB."""
    cameras = gp.Camera.autodetect()
    return [DetectedCamera(cameras.get_name(number), cameras.get_value(number)) for number in range(cameras.count())]


def connect(
    address: CameraAddress, library_log: LibraryLog, list_cameras: ListCameras = detect_cameras
) -> tuple[CameraHandle, Identity]:
    """Open the camera that `address` names. Raises CameraProblem: absent, not_assigned, taken, not_allowed, asleep,
    ..."""
    if address.network:
        return _open_and_identify(DetectedCamera(address.network_model, address.network), library_log)
    cameras = list(list_cameras())
    if not cameras:
        raise CameraProblem("camera.absent")
    if address.usb:
        cameras = [camera for camera in cameras if camera.port == address.usb]
        if not cameras:
            raise CameraProblem("camera.absent")
    if not address.serial and not address.model:
        return _open_and_identify(cameras[0], library_log)
    return _find_and_open(cameras, address, library_log)


def _find_and_open(
    cameras: list[DetectedCamera], address: CameraAddress, library_log: LibraryLog
) -> tuple[CameraHandle, Identity]:
    """Open one camera after the other until one matches."""
    problem: CameraProblem | None = None
    for camera in cameras:
        try:
            handle, identity = _open_and_identify(camera, library_log)
        except CameraProblem as error:  # another program may use it, and it may not be the requested one
            problem = error
            continue
        if _matches(identity, camera, address):
            return handle, identity
        handle.close()
    raise problem or CameraProblem("camera.not_assigned")


def _matches(identity: Identity, camera: DetectedCamera, address: CameraAddress) -> bool:
    if address.serial:
        return identity.serial == _without_zeros(address.serial)
    return address.model.casefold() in (identity.model.casefold(), camera.name.casefold())


def _open_and_identify(camera: DetectedCamera, library_log: LibraryLog) -> tuple[CameraHandle, Identity]:
    handle = CameraHandle(_open_with_retry(camera, library_log), library_log)
    try:
        return handle, _identify(handle, camera)
    except CameraProblem:
        handle.close()
        raise


def _identify(handle: CameraHandle, camera: DetectedCamera) -> Identity:
    return Identity(
        manufacturer=handle.get_text("manufacturer"),
        model=handle.get_text("cameramodel") or camera.name,
        serial=_without_zeros(handle.get_text("eosserialnumber", "serialnumber")),
        firmware=handle.get_text("deviceversion"),
    )


def _without_zeros(serial: str) -> str:
    """Remove the zeros with which Nikon pads serial numbers; the number printed on the body has none."""
    return re.sub(r"^0+(?=\w)", "", serial)


def _open_with_retry(camera: DetectedCamera, library_log: LibraryLog) -> Any:
    """Open the gp.Camera of `camera`; retry once if it does not answer."""
    for attempt in range(1, _OPEN_ATTEMPTS + 1):
        library_log.clear()
        try:
            return _open_camera(camera)
        except gp.GPhoto2Error as error:
            reason = _reason(error.code, camera, library_log)
            log.info("Opening %s at %s failed: %s\n%s", camera.name, camera.port, error, library_log.text)
            if reason not in _RETRYABLE_REASONS or attempt == _OPEN_ATTEMPTS:
                raise CameraProblem(f"camera.{reason}") from error
    raise AssertionError("every attempt ends above")


def _open_camera(detected: DetectedCamera) -> Any:
    reserve_stdin_fd()
    camera = gp.Camera()
    ports, abilities = gp.PortInfoList(), gp.CameraAbilitiesList()
    ports.load()
    camera.set_port_info(ports[ports.lookup_path(detected.port)])
    abilities.load()
    camera.set_abilities(abilities[abilities.lookup_model(detected.name)])
    before = _sockets()
    try:
        camera.init()
    except gp.GPhoto2Error:
        for descriptor in _sockets() - before:  # leaked by libgphoto2; they would keep the camera busy
            os.close(descriptor)
        raise
    return camera


def _sockets() -> set[int]:
    """Return the sockets of this process; none if the system does not list them."""
    if not os.path.isdir(_FD_FOLDER):
        return set()
    return {int(name) for name in os.listdir(_FD_FOLDER) if _is_socket(int(name))}


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False  # the descriptor of the listing itself


def _reason(code: int, camera: DetectedCamera, library_log: LibraryLog) -> str:
    if _INIT_FAIL_TEXT in library_log.text:
        return "taken"  # a camera on the network that serves another initiator, or is still waking up
    if camera.port.startswith("ptpip:") and _CONNECT_FAIL_TEXT in library_log.text:
        return "absent"
    if _lacks_permission(camera.port):
        return "not_allowed"
    reason = reason_of(code, "open", library_log)
    return default_reason("open") if reason == UNKNOWN else reason


def _lacks_permission(port: str) -> bool:
    """Return whether this user has no permission for a USB device; libgphoto2 has no separate code for it."""
    usb = re.fullmatch(r"usb:(\d+),(\d+)", port)
    device = Path("/dev/bus/usb", *usb.groups()) if usb else None
    return device is not None and device.exists() and not os.access(device, os.R_OK | os.W_OK)
