"""V4L2 queries that OpenCV does not offer: the capabilities of a device, its sizes, and the ranges of its controls.

After <linux/videodev2.h>. Several programs can open a node; only one of them can stream, the others can still query it
and set controls. So this works in parallel with OpenCV's handle and does not affect the stream.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from hardware.cameras.api import CameraProblem

MJPG: Final = int.from_bytes(b"MJPG", "little")
YUYV: Final = int.from_bytes(b"YUYV", "little")

POWER_LINE: Final = 0x00980918  # V4L2_CID_POWER_LINE_FREQUENCY
AUTO_WHITE_BALANCE: Final = 0x0098090C
WHITE_BALANCE: Final = 0x0098091A
GAIN: Final = 0x00980913
EXPOSURE_AUTO: Final = 0x009A0901
EXPOSURE: Final = 0x009A0902
EXPOSURE_PRIORITY: Final = 0x009A0903  # whether low light may reduce the frame rate
FOCUS: Final = 0x009A090A
FOCUS_AUTO: Final = 0x009A090C

_CAPTURE, _DEVICE_CAPS = 0x00000001, 0x80000000
_DISABLED, _READ_ONLY = 0x0001, 0x0004
_VIDEO_CAPTURE, _MMAP, _DISCRETE = 1, 1, 1
_MAX_ENTRIES: Final = 256  # of sizes or rates; a driver with an endless list is broken


class _Capability(ctypes.Structure):
    _fields_ = [
        ("driver", ctypes.c_char * 16),
        ("card", ctypes.c_char * 32),
        ("bus", ctypes.c_char * 32),
        ("version", ctypes.c_uint32),
        ("capabilities", ctypes.c_uint32),
        ("device_caps", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 3),
    ]


class _ControlRange(ctypes.Structure):
    _fields_ = [
        ("id", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("name", ctypes.c_char * 32),
        ("minimum", ctypes.c_int32),
        ("maximum", ctypes.c_int32),
        ("step", ctypes.c_int32),
        ("default", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 2),
    ]


class _ControlValue(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint32), ("value", ctypes.c_int32)]


class _Size(ctypes.Structure):  # the discrete member of the union; the stepwise one is larger, hence `rest`
    _fields_ = [
        ("index", ctypes.c_uint32),
        ("format", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("rest", ctypes.c_uint32 * 6),
    ]


class _Interval(ctypes.Structure):
    _fields_ = [
        ("index", ctypes.c_uint32),
        ("format", ctypes.c_uint32),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("numerator", ctypes.c_uint32),
        ("denominator", ctypes.c_uint32),
        ("rest", ctypes.c_uint32 * 6),
    ]


_Entry = TypeVar("_Entry", _Size, _Interval)


class _Buffers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("count", "type", "memory", "capabilities", "reserved")]


def _request(number: int, structure: type[ctypes.Structure], direction: int = 3) -> int:
    """Return the ioctl's number, as <asm-generic/ioctl.h> builds it; direction 2 reads, 3 writes and reads."""
    return direction << 30 | ctypes.sizeof(structure) << 16 | ord("V") << 8 | number


_QUERYCAP = _request(0, _Capability, direction=2)
_REQBUFS = _request(8, _Buffers)
_G_CTRL, _S_CTRL = _request(27, _ControlValue), _request(28, _ControlValue)
_QUERYCTRL = _request(36, _ControlRange)
_ENUM_SIZES, _ENUM_INTERVALS = _request(74, _Size), _request(75, _Interval)


@dataclass(frozen=True)
class ControlRange:
    """The range of a control. `step` counts from `minimum`."""

    minimum: int
    maximum: int
    step: int

    def nearest(self, value: int) -> int:
        step = max(1, self.step)
        steps = round((value - self.minimum) / step)
        return self.minimum + min(max(steps, 0), (self.maximum - self.minimum) // step) * step


@dataclass(frozen=True)
class Mode:
    """A size that the camera lists, and its highest frame rate there (0: not listed)."""

    width: int
    height: int
    rate: float


class VideoNode:
    """One /dev/videoN, open for queries. Raises OSError if the camera has been unplugged meanwhile."""

    def __init__(self, path: str) -> None:
        """Raises CameraProblem absent, not_allowed or taken."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            reasons = {errno.EACCES: "not_allowed", errno.EPERM: "not_allowed", errno.EBUSY: "taken"}
            raise CameraProblem(f"camera.{reasons.get(error.errno or 0, 'absent')}", device=path) from error

    def __enter__(self) -> VideoNode:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def is_capture_device(self) -> bool:
        """Return whether the node delivers pictures: the second node of a UVC camera has only metadata (Linux 4.16)."""
        capability = _Capability()
        if not self._query(_QUERYCAP, capability):
            return False
        capabilities = capability.device_caps if capability.capabilities & _DEVICE_CAPS else capability.capabilities
        return bool(capabilities & _CAPTURE)

    def is_busy(self) -> bool:
        """Return whether another program has the stream, by releasing buffers that this program does not have."""
        try:
            fcntl.ioctl(self._fd, _REQBUFS, _Buffers(0, _VIDEO_CAPTURE, _MMAP))
        except OSError as error:
            return error.errno == errno.EBUSY
        return False

    def modes(self) -> list[Mode]:
        """Return the sizes of Motion-JPEG that the camera lists, or, if it has none, those of raw pixels.

        Empty for cameras that list a range instead.
        """
        return self._modes(MJPG) or self._modes(YUYV)

    def control_range(self, control: int) -> ControlRange | None:
        """Return the range of a control; None if the camera does not have it, or only as read-only."""
        query = _ControlRange(control)
        if not self._query(_QUERYCTRL, query) or query.flags & (_DISABLED | _READ_ONLY):
            return None
        return ControlRange(query.minimum, query.maximum, query.step)

    def control_value(self, control: int) -> int | None:
        query = _ControlValue(control)
        return int(query.value) if self._query(_G_CTRL, query) else None

    def set_control(self, control: int, value: int) -> bool:
        """Set a control. Return True only if reading it back returns the value: cameras confirm values that they do not
        use."""
        return self._query(_S_CTRL, _ControlValue(control, value)) and self.control_value(control) == value

    def _modes(self, format_: int) -> list[Mode]:
        sizes = self._enumerate(_ENUM_SIZES, lambda index: _Size(index, format_))
        sides = [(size.width, size.height) for size in sizes if size.type == _DISCRETE]
        return [Mode(width, height, self._rate(format_, width, height)) for width, height in sides]

    def _rate(self, format_: int, width: int, height: int) -> float:
        intervals = self._enumerate(_ENUM_INTERVALS, lambda index: _Interval(index, format_, width, height))
        return max((i.denominator / i.numerator for i in intervals if i.type == _DISCRETE and i.numerator), default=0.0)

    def _enumerate(self, request: int, make_query: Callable[[int], _Entry]) -> Iterator[_Entry]:
        for index in range(_MAX_ENTRIES):
            query = make_query(index)
            if not self._query(request, query):
                return
            yield query

    def _query(self, request: int, query: ctypes.Structure) -> bool:
        """Execute an ioctl; return False if the camera does not support or refuses it. Raises OSError if it is gone."""
        try:
            fcntl.ioctl(self._fd, request, query)
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise
            return False
        return True
