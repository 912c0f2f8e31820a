"""Checks of the computer: program versions, memory, disk, clock and screen."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import psutil

from config.settings.station import StationSettings
from kiosk.diagnostics.report import CheckResult, Level, check_result
from kiosk.station.single_instance import has_screen

PACKAGES: Final = (
    "zhengguan",
    "opencv-python",
    "mediapipe",
    "numpy",
    "PyQt5",
    "gphoto2",
    "zxing-cpp",
    "rapidocr",
    "onnxruntime",
    "python-escpos",
    "pyserial",
)
MIN_MEMORY_BYTES: Final = 3.5e9  # bytes: a "4 GB" computer; kiosk, camera and photo engine together take 1.5 GB
SLOW_DISK_S: Final = 0.25  # seconds to write and sync 16 MB; the sitter waits this long for every original
_PROBE_BYTES: Final = 16_000_000  # bytes, a large original
_STA_UNSYNC: Final = 0x40  # sys/timex.h
_ADJTIMEX_WORDS: Final = 52  # struct timex is 208 bytes


def versions() -> Iterator[CheckResult]:
    package_versions = tuple(f"{name} {_version(name)}" for name in PACKAGES)
    yield check_result(
        "software",
        Level.OK,
        "ok",
        (*package_versions, f"Python {sys.version.split()[0]}", platform.platform()),
        version=_version("zhengguan"),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def resources(memory: int | None = None, cores: int | None = None) -> Iterator[CheckResult]:
    """Check memory and processor cores."""
    memory = psutil.virtual_memory().total if memory is None else memory
    cores = (os.cpu_count() or 1) if cores is None else cores
    values: dict[str, Any] = {"memory": f"{memory / 1e9:.1f}", "cores": cores}
    enough = memory >= MIN_MEMORY_BYTES and cores >= 2
    yield check_result("computer", Level.OK if enough else Level.WARNING, "ok" if enough else "weak", **values)


def disk(
    folder: Path, settings: StationSettings, clock: Callable[[], float] = time.perf_counter
) -> Iterator[CheckResult]:
    """Check the free space for photos, and how long it takes to write one safely."""
    try:
        seconds = _seconds_to_write(folder, clock)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield check_result("disk", Level.FAILURE, "unwritable", folder=str(folder), why=error.strerror or str(error))
        return
    warning_bytes, critical_bytes = settings.operator.disk_warning_gb * 1e9, settings.operator.disk_critical_gb * 1e9
    values: dict[str, Any] = {"free": f"{free / 1e9:.1f}", "folder": str(folder)}
    if free < warning_bytes:
        yield check_result("disk", Level.FAILURE if free < critical_bytes else Level.WARNING, "full", **values)
    elif seconds > SLOW_DISK_S:
        yield check_result("disk", Level.WARNING, "slow", seconds=f"{seconds:.2f}", folder=str(folder))
    else:
        yield check_result("disk", Level.OK, "ok", **values)


def _seconds_to_write(folder: Path, clock: Callable[[], float]) -> float:
    with tempfile.TemporaryFile(dir=folder) as probe:
        began = clock()
        probe.write(bytes(_PROBE_BYTES))
        probe.flush()
        os.fsync(probe.fileno())
        return clock() - began


def clock_sync(synchronized: Callable[[], bool | None] | None = None) -> Iterator[CheckResult]:
    """Check that a time server sets the clock of this computer: the time of consent and of each shot is evidence."""
    is_synchronized = (synchronized or clock_is_synchronized)()
    now = time.strftime("%Y-%m-%d %H:%M %Z")
    if is_synchronized is None:
        yield check_result("clock", Level.WARNING, "unknown", now=now)
    else:
        yield check_result(
            "clock", Level.OK if is_synchronized else Level.WARNING, "ok" if is_synchronized else "alone", now=now
        )


def clock_is_synchronized() -> bool | None:
    """Return whether the clock is synchronized, as the Linux kernel reports (adjtimex(2)); None if that is unknown."""
    if not sys.platform.startswith("linux"):
        return None
    timex = (ctypes.c_int * _ADJTIMEX_WORDS)()
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        return None
    status = timex[10]  # modes, padding, offset, freq, maxerror, esterror (8 bytes each), then status
    return not status & _STA_UNSYNC


def screen(
    has: Callable[[], bool] = has_screen, chinese_fonts: Callable[[], bool] | None = None
) -> Iterator[CheckResult]:
    """Check that there is a screen, and fonts for it."""
    yield check_result("screen", Level.OK if has() else Level.WARNING, "ok" if has() else "none")
    from kiosk.ui.theme import has_chinese_font  # only this check loads Qt

    has_font = (chinese_fonts or has_chinese_font)()
    yield check_result("fonts", Level.OK if has_font else Level.FAILURE, "ok" if has_font else "none")
