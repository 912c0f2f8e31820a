"""A camera for the soak: a real process, real pictures, and a memory card that keeps every picture; see `Scene`."""

from __future__ import annotations

import io
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from config.arrays import Pixels
from hardware.cameras.api import Camera, CameraHealth, CameraInfo, CameraProblem, Shot, ShotProgress

SIZE: Final = (64, 48)
_COMMENT: Final = b"\xff\xfe"  # the JPEG comment segment
FAULT_POINTS: Final = ("open", "frame", "shot", "transfer", "event")


@dataclass(frozen=True)
class Scene:
    """The folder that the soak and its camera share.

    sitter: the id of the present sitter. faults/: the armed faults ("shot lost"), in order. unplugged, asleep, full:
    the state of the camera while the file exists. body: the shutter on the body is pressed once. card/: every exposed
    picture; a .new file next to it marks one that the kiosk may not have received yet.
    """

    folder: Path

    def put(self, name: str, text: str = "") -> None:
        part = self.folder / f".{name}.{uuid.uuid4().hex}"
        part.write_text(text)
        os.replace(part, self.folder / name)

    def clear(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def take(self, name: str) -> str | None:
        """Remove the file and return its content; None where there is no file."""
        try:
            text = (self.folder / name).read_text()
            (self.folder / name).unlink()
        except FileNotFoundError:
            return None
        return text

    def arm(self, fault: str) -> None:
        """Let the fault occur at its fault point."""
        (self.folder / "faults").mkdir(exist_ok=True)
        (self.folder / "faults" / f"{time.monotonic_ns():020d} {fault}").touch()

    def armed(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "faults").glob("*"))

    def disarm(self, fault: str) -> bool:
        """Remove the fault; return whether it was armed, so that it occurs once."""
        try:
            (self.folder / "faults" / fault).unlink()
        except FileNotFoundError:
            return False
        return True

    @property
    def sitter(self) -> str:
        return (self.folder / "sitter").read_text()

    @property
    def card(self) -> Path:
        return self.folder / "card"

    def exposed(self) -> dict[str, bytes]:
        return {path.stem: path.read_bytes() for path in self.card.glob("*.jpg")}

    def undelivered(self) -> list[str]:
        return sorted(path.stem for path in self.card.glob("*.new"))


class SoakCamera:
    """A camera that implements Camera, EmitsEvents and ReportsProgress."""

    def __init__(self, folder: str) -> None:
        self._scene = Scene(Path(folder))
        self._pending: list[str] = []  # returned by this object, but possibly not received yet
        self._undelivered: list[str] = []
        self._full: bool | None = None
        self._info = CameraInfo("soak", "Soak", "1", True, SIZE, SIZE, burst=2)
        self.on_progress: Callable[[ShotProgress], None] = _ignore_progress

    def open(self) -> CameraInfo:
        self._trigger_fault("open")
        if self._scene.has("unplugged"):
            raise CameraProblem("camera.absent")
        self._undelivered = self._scene.undelivered()
        return self._info

    def frame(self) -> Pixels:
        self._mark_delivered()
        self._trigger_fault("frame")
        self._require_connected()
        if self._scene.has("asleep"):
            raise CameraProblem("camera.asleep")
        time.sleep(0.02)
        return np.zeros((SIZE[1], SIZE[0], 3), np.uint8)

    def shoot(self) -> Shot:
        self._mark_delivered()
        self._trigger_fault("shot")
        if self._scene.has("full"):
            raise CameraProblem("camera.card_full")
        shot = self._expose()
        self.on_progress(ShotProgress("transfer", 1.0, 1, len(shot.data)))
        self._trigger_fault("transfer")
        return shot

    def poll_events(self) -> Iterable[CameraHealth | Shot]:
        self._mark_delivered()
        self._trigger_fault("event")
        full = self._scene.has("full")
        if full != self._full:
            self._full = full
            yield CameraHealth(card_free=0 if full else 99)
        while self._undelivered:
            name = self._undelivered.pop(0)
            self._pending.append(name)
            yield Shot((self._scene.card / f"{name}.jpg").read_bytes(), f"{name}.jpg", self._info)
        if self._scene.take("body") is not None:
            yield self._expose()

    def send_command(self, command: str) -> None:
        """Ignore the command: the files of the scene control this camera."""

    def close(self) -> None:
        self._pending.clear()

    def _require_connected(self) -> None:
        if self._scene.has("unplugged"):
            raise CameraProblem("camera.lost")

    def _expose(self) -> Shot:
        self._require_connected()
        name = uuid.uuid4().hex
        data = labelled_jpeg(f"{self._scene.sitter} {name}")
        self._scene.card.mkdir(exist_ok=True)
        (self._scene.card / f"{name}.new").touch()
        part = self._scene.card / f"{name}.part"
        part.write_bytes(data)
        part.rename(self._scene.card / f"{name}.jpg")
        self._pending.append(name)
        return Shot(data, f"{name}.jpg", self._info)

    def _mark_delivered(self) -> None:
        """The next call shows that the previous shot is in the buffer and was reported."""
        for name in self._pending:
            (self._scene.card / f"{name}.new").unlink(missing_ok=True)
        self._pending.clear()

    def _trigger_fault(self, fault_point: str) -> None:
        """Cause the first fault that is armed for this point, once."""
        for fault in self._scene.armed():
            _, point, *what = fault.split()
            if point == fault_point and self._scene.disarm(fault):
                cause_fault(*what)
                return


def cause_fault(what: str, seconds: str = "0") -> None:
    if what == "crash":
        os.abort()
    elif what == "hang":
        threading.Event().wait()
    elif what == "slow":
        time.sleep(float(seconds))
    else:
        raise CameraProblem(f"camera.{what}")


def _ignore_progress(progress: ShotProgress) -> None:
    """No callback is set yet."""


def labelled_jpeg(text: str) -> bytes:
    """Return a picture with `text` as its comment."""
    file = io.BytesIO()
    Image.new("RGB", SIZE, (90, 120, 150)).save(file, "JPEG")
    data, comment = file.getvalue(), text.encode()
    return data[:2] + _COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]


def sitter_in(data: bytes) -> str:
    """Return the sitter at the time of the exposure."""
    with Image.open(io.BytesIO(data)) as picture:
        return bytes(picture.info["comment"]).decode().split()[0]


def open_soak_camera(spec: str) -> Camera:
    return SoakCamera(spec.removeprefix("soak:"))
