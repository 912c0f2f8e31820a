"""Checks of USB devices: what is plugged in, whether this user may open it, and which program holds it (/sys,
/proc)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.diagnostics.report import CheckResult, Level, check_result

SYS: Final = Path("/sys/bus/usb/devices")
DEV: Final = Path("/dev/bus/usb")
PROC: Final = Path("/proc")
_CAMERA: Final = ("06", "01", "01")  # still image, PTP
_VIDEO: Final = ("0e", "01")
_PRINTER: Final = ("07", "01")
_READER: Final = ("0400", "c35a")  # the card module of GA 450 on USB
_HUB: Final = "09"


@dataclass(frozen=True)
class UsbDevice:
    """`kind` is camera, webcam, printer, reader or other. `node` is its file under /dev/bus/usb."""

    name: str
    kind: str
    usb_id: str
    node: Path


@dataclass(frozen=True)
class Holder:
    pid: int
    program: str


def devices(sys_root: Path = SYS, dev_root: Path = DEV) -> list[UsbDevice]:
    """Return every device that is not a hub, in the order of the ports."""
    usb_devices = []
    for folder in sorted(sys_root.glob("[0-9]*-[0-9]*")) if sys_root.is_dir() else []:
        if ":" in folder.name or not (folder / "idVendor").is_file():
            continue
        if _text(folder / "bDeviceClass") == _HUB:
            continue
        usb_devices.append(_device(folder, sys_root, dev_root))
    return usb_devices


def _device(folder: Path, sys_root: Path, dev_root: Path) -> UsbDevice:
    vendor, product = _text(folder / "idVendor"), _text(folder / "idProduct")
    name = " ".join(filter(None, (_text(folder / "manufacturer"), _text(folder / "product"))))
    bus, number = _text(folder / "busnum") or "0", _text(folder / "devnum") or "0"
    interfaces = [_interface(one) for one in sorted(sys_root.glob(f"{folder.name}:*"))]
    kind = _kind((vendor, product), interfaces)
    return UsbDevice(
        name or f"{vendor}:{product}", kind, f"{vendor}:{product}", dev_root / f"{int(bus):03}" / f"{int(number):03}"
    )


def _interface(folder: Path) -> tuple[str, str, str]:
    return (
        _text(folder / "bInterfaceClass"),
        _text(folder / "bInterfaceSubClass"),
        _text(folder / "bInterfaceProtocol"),
    )


def _kind(usb_id: tuple[str, str], interfaces: list[tuple[str, str, str]]) -> str:
    if usb_id == _READER:
        return "reader"
    if _CAMERA in interfaces:
        return "camera"
    if any(one[:2] == _VIDEO for one in interfaces):
        return "webcam"
    if any(one[:2] == _PRINTER for one in interfaces):
        return "printer"
    return "other"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def holders(node: Path, proc_root: Path = PROC, own: int | None = None) -> list[Holder]:
    """Return the other programs that have `node` open, except those that this user may not see."""
    own = os.getpid() if own is None else own
    programs = []
    for process in proc_root.glob("[0-9]*"):
        if int(process.name) != own and _has_open(process, node):
            programs.append(Holder(int(process.name), _text(process / "comm") or "?"))
    return sorted(programs, key=lambda holder: holder.pid)


def _has_open(process: Path, node: Path) -> bool:
    try:
        return any(os.readlink(descriptor) == str(node) for descriptor in (process / "fd").iterdir())
    except OSError:  # another user's, or it has just ended
        return False


def connected_devices(
    sys_root: Path = SYS, dev_root: Path = DEV, proc_root: Path = PROC, check_holders: bool = True
) -> Iterator[CheckResult]:
    """Yield a result for each device that a station may use; the details of the first list the others.

    A problem is a warning, because the camera has a separate check. `check_holders` adds a result for each
    program that holds a camera; set it to False if the kiosk itself holds the camera.
    """
    all_devices = devices(sys_root, dev_root)
    supported = [device for device in all_devices if device.kind != "other"]
    details = tuple(
        f"{device.node.parent.name}:{device.node.name} {device.usb_id} {device.name}" for device in all_devices
    )
    yield check_result("usb", Level.OK, "ok" if all_devices else "none", details, count=len(all_devices))
    for device in supported:
        yield from _permission(device)
        for holder in holders(device.node, proc_root) if check_holders and device.kind == "camera" else ():
            # A webcam or printer is held through its driver, not through this file; for a camera it means error -53.
            yield check_result(
                "usb", Level.WARNING, "held", device=device.name, program=holder.program, process=holder.pid
            )


def _permission(device: UsbDevice) -> Iterator[CheckResult]:
    if device.kind == "webcam":
        return  # opened as /dev/video; the check of the camera reports it
    is_supported = device.kind != "reader"  # such a module does not use the serial protocol
    allowed = os.access(device.node, os.R_OK | os.W_OK)
    outcome = device.kind if allowed or not is_supported else "not_allowed"
    yield check_result(
        "usb",
        Level.OK if allowed and is_supported else Level.WARNING,
        outcome,
        device=device.name,
        port=f"{device.node.parent.name},{device.node.name}",
    )
