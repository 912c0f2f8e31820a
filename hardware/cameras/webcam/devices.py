"""Find the video device that a setting names, among the cameras of Linux.

    webcam                      the first camera
    webcam:1                    the second camera; a UVC camera has two nodes and counts once
    webcam:name:LOGITECH        the camera whose name contains this, in upper or lower case
    webcam:/dev/v4l/by-id/...   the camera with this make and serial number (udev's link)
    webcam:/dev/video0          the camera at this node, whichever it is
    webcam:http://...           a camera on the network

A webcam that was unplugged often returns as /dev/video2. All forms but the fifth find it there, because nothing is
stored between two connections. If there is a second camera for documents, use a name: the count depends on the order in
which Linux finds the cameras.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hardware.cameras.api import CameraProblem
from hardware.cameras.webcam.v4l2 import VideoNode

_SYS: Final = Path("sys/class/video4linux")
_BY_ID: Final = Path("dev/v4l/by-id")


@dataclass(frozen=True)
class VideoDevice:
    """A camera as Linux reports it; unknown fields are empty. Vendor and product are USB's, four hex digits.

    `by_id` is the path that stays the same in every port, for the setting.
    """

    path: str
    name: str
    vendor: str = ""
    product: str = ""
    serial: str = ""
    by_id: str = ""


def video_devices(root: Path = Path("/")) -> list[VideoDevice]:
    """Return every node that may deliver pictures, by number; also those without permission."""
    nodes = sorted((node for node in _names(root / _SYS) if _number(node) >= 0), key=_number)
    devices = [_describe(node, root) for node in nodes]
    return [device for device in devices if _is_capture_node(device.path)]


def find_device(source: str, root: Path = Path("/")) -> VideoDevice:
    """Return the camera that `source` (the part after `webcam:`) names. Raises CameraProblem absent, not_allowed,
    taken."""
    if source.startswith("/"):
        return _device_at(source, root)
    devices = video_devices(root)
    if source.startswith("name:"):
        name_part = source.removeprefix("name:").strip().casefold()
        devices = [device for device in devices if name_part in f"{device.name} {device.by_id}".casefold()]
    index = int(source) if source.isdecimal() else 0
    if index >= len(devices):
        raise CameraProblem("camera.absent", device=source)
    return devices[index]


def is_unambiguous(source: str) -> bool:
    """Return whether `source` still means the same camera after a second one was plugged in."""
    return source.startswith(("name:", "/"))


def processes_using(path: str, proc: Path = Path("/proc")) -> list[str]:
    """Return the programs that have `path` open, as "name (pid)"; those of other users only if this user may see
    them."""
    real, me = os.path.realpath(path), str(os.getpid())
    programs = []
    for process in sorted((name for name in _names(proc) if name.isdecimal() and name != me), key=int):
        descriptors = proc / process / "fd"
        if any(_link(descriptors / fd) == real for fd in _names(descriptors)):
            programs.append(f"{_text(proc / process / 'comm')} ({process})")
    return programs


def _device_at(path: str, root: Path) -> VideoDevice:
    link = _link(Path(path))
    name = os.path.basename(link or path)
    device = _describe(name, root) if _number(name) >= 0 else VideoDevice(path, name)
    with VideoNode(path) as node:
        if not node.is_capture_device():
            raise CameraProblem("camera.absent", device=path)
    return VideoDevice(path, device.name, device.vendor, device.product, device.serial, device.by_id)


def _describe(node: str, root: Path) -> VideoDevice:
    entry = root / _SYS / node
    usb = entry / "device" / ".."  # the camera; `device` is its interface for video
    links = (root / _BY_ID / name for name in _names(root / _BY_ID))
    return VideoDevice(
        path=str(root / "dev" / node),
        name=_shorten_name(_text(entry / "name")) or node,
        vendor=_text(usb / "idVendor"),
        product=_text(usb / "idProduct"),
        serial=_text(usb / "serial"),
        by_id=next((str(link) for link in links if os.path.basename(_link(link)) == node), ""),
    )


def _is_capture_node(path: str) -> bool:
    """Return whether the node delivers pictures. True for a node that cannot be opened now, which must be reported and
    not skipped."""
    try:
        with VideoNode(path) as node:
            return node.is_capture_device()
    except CameraProblem as problem:
        return problem.reason != "absent"
    except OSError:
        return False  # unplugged meanwhile


def _shorten_name(name: str) -> str:
    """Simplify a name that the driver joins from device and interface: "C920: C920"."""
    first, _, second = (part.strip() for part in name.partition(":"))
    return first if first.startswith(second) or second.startswith(first) else name


def _number(node: str) -> int:
    match = re.fullmatch(r"video(\d+)", node)
    return int(match[1]) if match else -1


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
