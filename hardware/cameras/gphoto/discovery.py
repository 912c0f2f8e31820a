"""Finds the camera that is meant and opens it: always a new gp.Camera, never one that was open before."""

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
from hardware.cameras.gphoto.address import Where
from hardware.cameras.gphoto.camera_handle import Tether, keep_standard_input
from hardware.cameras.gphoto.errors import UNKNOWN, reason_of, unexplained
from hardware.cameras.gphoto.library_log import LibraryLog

_TRIES: Final = 2  # the first call wakes a sleeping camera, which answers the second one
_SIMULATED: Final = ("Zhengguan", "GP")  # makers of ours over PTP/IP, and of libgphoto2's own virtual camera

_WAKING: Final = frozenset({"asleep", "taken"})  # what may be over at the second call
_OPEN: Final = "/proc/self/fd"
_INIT_FAIL: Final = "bad type returned 5"  # libgphoto2's words (ptpip.c) for a packet of that type
_NOT_THERE: Final = "Failed to connect."  # and those (library.c) where nothing listens at an address

log = logging.getLogger("camera")


@dataclass(frozen=True)
class Found:
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
        return self.manufacturer in _SIMULATED


Listed = Callable[[], Iterable[Found]]


def detected() -> list[Found]:
    """The cameras on USB."""
    cameras = gp.Camera.autodetect()
    return [Found(cameras.get_name(number), cameras.get_value(number)) for number in range(cameras.count())]


def connect(where: Where, library_log: LibraryLog, listed: Listed = detected) -> tuple[Tether, Identity]:
    """The camera that `where` means, open. Raises CameraProblem: absent, other, taken, not_allowed, asleep, ..."""
    if where.network:
        return _identified(Found(where.network_model, where.network), library_log)
    cameras = list(listed())
    if not cameras:
        raise CameraProblem("camera.absent")
    if where.usb:
        cameras = [camera for camera in cameras if camera.port == where.usb]
        if not cameras:
            raise CameraProblem("camera.absent")
    if not where.serial and not where.model:
        return _identified(cameras[0], library_log)
    return _that_very_one(cameras, where, library_log)


def _that_very_one(cameras: list[Found], where: Where, library_log: LibraryLog) -> tuple[Tether, Identity]:
    """Opens one camera after the other until one is meant."""
    problem: CameraProblem | None = None
    for found in cameras:
        try:
            tether, identity = _identified(found, library_log)
        except CameraProblem as failed:  # it may be in use by another programme and not be ours at all
            problem = failed
            continue
        if _is_meant(identity, found, where):
            return tether, identity
        tether.close()
    raise problem or CameraProblem("camera.other")


def _is_meant(identity: Identity, found: Found, where: Where) -> bool:
    if where.serial:
        return identity.serial == _without_zeros(where.serial)
    return where.model.casefold() in (identity.model.casefold(), found.name.casefold())


def _identified(found: Found, library_log: LibraryLog) -> tuple[Tether, Identity]:
    tether = Tether(_woken(found, library_log), library_log)
    try:
        return tether, _identify(tether, found)
    except CameraProblem:
        tether.close()
        raise


def _identify(tether: Tether, found: Found) -> Identity:
    return Identity(
        manufacturer=tether.text("manufacturer"),
        model=tether.text("cameramodel") or found.name,
        serial=_without_zeros(tether.text("eosserialnumber", "serialnumber")),
        firmware=tether.text("deviceversion"),
    )


def _without_zeros(serial: str) -> str:
    """Nikon fills serial numbers up with zeros; the one on the body has none."""
    return re.sub(r"^0+(?=\w)", "", serial)


def _woken(found: Found, library_log: LibraryLog) -> Any:
    """The gp.Camera of `found`; a camera that is there and does not answer is called once more."""
    for attempt in range(1, _TRIES + 1):
        library_log.forget()
        try:
            return _opened(found)
        except gp.GPhoto2Error as error:
            reason = _reason(error.code, found, library_log)
            log.info("Opening %s at %s failed: %s\n%s", found.name, found.port, error, library_log.text)
            if reason not in _WAKING or attempt == _TRIES:
                raise CameraProblem(f"camera.{reason}") from error
    raise AssertionError("every attempt ends above")


def _opened(found: Found) -> Any:
    keep_standard_input()
    camera = gp.Camera()
    ports, abilities = gp.PortInfoList(), gp.CameraAbilitiesList()
    ports.load()
    camera.set_port_info(ports[ports.lookup_path(found.port)])
    abilities.load()
    camera.set_abilities(abilities[abilities.lookup_model(found.name)])
    before = _sockets()
    try:
        camera.init()
    except gp.GPhoto2Error:
        for left in _sockets() - before:  # libgphoto2 leaves them open, and the camera takes us for its initiator
            os.close(left)
        raise
    return camera


def _sockets() -> set[int]:
    """The sockets that this process has open; none where the system does not say."""
    if not os.path.isdir(_OPEN):
        return set()
    return {int(name) for name in os.listdir(_OPEN) if _is_socket(int(name))}


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False  # that of the listing itself


def _reason(code: int, found: Found, library_log: LibraryLog) -> str:
    if _INIT_FAIL in library_log.text:
        return "taken"  # a camera on the network that serves another initiator, or is just waking
    if found.port.startswith("ptpip:") and _NOT_THERE in library_log.text:
        return "absent"
    if _forbidden(found.port):
        return "not_allowed"
    reason = reason_of(code, "open", library_log)
    return unexplained("open") if reason == UNKNOWN else reason


def _forbidden(port: str) -> bool:
    """Whether this user may not open the device behind a USB port; libgphoto2 has the same code for a dead one."""
    usb = re.fullmatch(r"usb:(\d+),(\d+)", port)
    device = Path("/dev/bus/usb", *usb.groups()) if usb else None
    return device is not None and device.exists() and not os.access(device, os.R_OK | os.W_OK)
