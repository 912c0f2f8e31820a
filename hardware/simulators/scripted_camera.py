"""A camera that fails by script: `scripted:FILE`. For fault tests, and to try how the kiosk handles a fault.

Each line of the file describes one run of the camera, from open to its end; after the last line it has no faults. A
line contains faults separated by semicolons, or nothing; # begins a comment:

    shot 1 out_of_focus; shot 3 lost     # in its first run
    open absent                          # absent at the second attempt
    frame 20 hang; shot 2 slow 1.5

A fault is any of camera.REASONS, which is raised, or one of
    hang                never returns
    hang_holding_gil    the same, and no thread of the process continues
    crash               the process aborts
    slow SECONDS        returns late
    unreadable          (shot) delivers bytes that are not a picture
    deliver_then_crash  (shot) delivers, then the process aborts

The state is stored next to the file: FILE.runs counts the runs, FILE.card/ is the memory card with every shot.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import numpy as np
from PIL import Image

from config.arrays import Pixels
from hardware.cameras.api import REASONS, CameraInfo, CameraProblem, Shot

FRAME_SIZE: Final = (320, 240)
SHOT_SIZE: Final = (640, 480)
FRAMES_PER_SECOND: Final = 50.0
_SCRIPTED_ACTIONS: Final = frozenset({"hang", "hang_holding_gil", "crash", "slow", "deliver_then_crash"})


@dataclass(frozen=True)
class Fault:
    """`action` happens at the `number`-th `event` ("open", "frame", "shot") of a run; `seconds` for slow."""

    event: str
    number: int
    action: str
    seconds: float = 0.0


class ScriptedCamera:
    """Frames are filled with their number modulo 251; shots are small JPEGs, each different."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._faults: tuple[Fault, ...] = ()
        self._run = 0
        self._count = {"open": 0, "frame": 0, "shot": 0}
        self._info: CameraInfo | None = None
        self._crashes_after_shot = False
        self._next_frame = 0.0

    def open(self) -> CameraInfo:
        runs = self._path.with_name(self._path.name + ".runs")
        self._run = int(runs.read_text()) + 1 if runs.exists() else 1
        runs.write_text(str(self._run))
        self._faults = read_script(self._path).get(self._run, ())
        self._trigger_fault("open")
        self._info = CameraInfo("scripted", "Scripted", str(self._run), True, FRAME_SIZE, SHOT_SIZE)
        return self._info

    def frame(self) -> Pixels:
        self._require_open()
        if self._crashes_after_shot:
            os.abort()
        self._trigger_fault("frame")
        time.sleep(max(0.0, self._next_frame - time.monotonic()))
        self._next_frame = time.monotonic() + 1 / FRAMES_PER_SECOND
        return np.full((FRAME_SIZE[1], FRAME_SIZE[0], 3), self._count["frame"] % 251, np.uint8)

    def shoot(self) -> Shot:
        info = self._require_open()
        action = self._trigger_fault("shot")
        data = b"no picture " * 100 if action == "unreadable" else _noise(self._run, self._count["shot"])
        name = f"run{self._run}-shot{self._count['shot']}.jpg"
        card = self._path.with_name(self._path.name + ".card")
        card.mkdir(exist_ok=True)
        (card / name).write_bytes(data)
        self._crashes_after_shot = action == "deliver_then_crash"
        return Shot(data, name, info)

    def send_command(self, command: str) -> None:
        """Ignore all commands; the script is in the file."""

    def close(self) -> None:
        self._info = None

    def _require_open(self) -> CameraInfo:
        if self._info is None:
            raise CameraProblem("camera.lost")
        return self._info

    def _trigger_fault(self, event: str) -> str:
        """Count one more `event` and trigger its fault; return the fault's action if the call continues."""
        self._count[event] += 1
        for fault in self._faults:
            if (fault.event, fault.number) == (event, self._count[event]):
                _perform(fault)
                return fault.action
        return ""


def _perform(fault: Fault) -> None:
    if fault.action == "crash":
        os.abort()
    elif fault.action == "hang":
        threading.Event().wait()
    elif fault.action == "hang_holding_gil":
        _hold_gil()
    elif fault.action == "slow":
        time.sleep(fault.seconds)
    elif fault.action in REASONS and (fault.action, fault.event) != ("unreadable", "shot"):
        raise CameraProblem(f"camera.{fault.action}")


def _hold_gil() -> NoReturn:
    while True:
        ctypes.PyDLL(None).pause()  # PyDLL, unlike CDLL, keeps the interpreter's lock


def _noise(run: int, number: int) -> bytes:
    seed = int.from_bytes(hashlib.sha256(f"{run}/{number}".encode()).digest()[:8], "big")
    pixels = np.random.default_rng(seed).integers(0, 256, (SHOT_SIZE[1] // 8, SHOT_SIZE[0] // 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize(SHOT_SIZE).save(file, "JPEG", quality=90)
    return file.getvalue()


def read_script(path: Path) -> dict[int, tuple[Fault, ...]]:
    """Return the faults of each run, counted from 1. Raises CameraProblem camera.script with the invalid line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CameraProblem("camera.script", file=path.name, line="-", why=str(error)) from error
    runs: dict[int, tuple[Fault, ...]] = {}
    for number, line in enumerate(lines, 1):
        steps = [step.split() for step in line.partition("#")[0].split(";")]
        try:
            runs[number] = tuple(_fault(tokens) for tokens in steps if tokens)
        except ValueError as error:
            raise CameraProblem("camera.script", file=path.name, line=number, why=str(error)) from error
    return runs


def _fault(tokens: list[str]) -> Fault:
    if tokens[0] == "open":
        tokens = ["open", "1", *tokens[1:]]
    if len(tokens) not in (3, 4) or tokens[0] not in ("open", "frame", "shot"):
        raise ValueError(f"{' '.join(tokens)!r} is not of the form 'shot 2 lost'")
    event, number, action, *seconds = tokens
    if action not in _SCRIPTED_ACTIONS and action not in REASONS:
        raise ValueError(f"{action!r} is not a fault")
    if (action == "slow") != bool(seconds):
        raise ValueError("slow, and only slow, takes seconds")
    return Fault(event, int(number), action, float(seconds[0]) if seconds else 0.0)
