"""The camera assigned to this station: stored when it is first opened, to detect a swapped one."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from config.atomic_file import write_atomic
from hardware.cameras.api import CameraInfo, CameraProblem

DEVICELESS_DRIVERS: Final = frozenset({"studio", "folder", "scripted"})
"""Drivers without a device: their serial numbers identify nothing."""

log = logging.getLogger("camera")


@dataclass(frozen=True)
class CameraIdentity:
    """Identity reported by the camera; `spec` is the setting under which it was opened."""

    spec: str
    model: str
    serial: str


class AssignedCamera:
    """The assigned camera, and the small file that stores it. `rejects` is called on the supervisor's thread, `assign`
    also from the operator page.

    If the cables of two stations are swapped, the pictures of one sitter arrive at the other station. So a camera with
    a different serial number is not used until a person confirms it. Cameras without a serial number and simulated ones
    cannot be distinguished and are used; a changed setting is an intended change.
    """

    def __init__(self, path: Path, spec: str) -> None:
        self._path, self._spec = path, spec
        self._known = _read(path)

    def rejects(self, info: CameraInfo) -> CameraProblem | None:
        """Return why this camera must not be used (camera.not_assigned), or None. The first camera is assigned
        automatically."""
        if info.driver in DEVICELESS_DRIVERS or not info.serial:
            return None
        known = self._known
        if known is None or known.spec != self._spec or not known.serial:
            self.assign(info)
            return None
        if known.serial == info.serial:
            return None
        return CameraProblem(
            "camera.not_assigned", found=_label(info.model, info.serial), own=_label(known.model, known.serial)
        )

    def assign(self, info: CameraInfo) -> None:
        """Assign this camera to the station."""
        self._known = CameraIdentity(self._spec, info.model, info.serial)
        try:
            write_atomic(self._path, json.dumps(asdict(self._known), ensure_ascii=False).encode())
        except OSError as error:  # it is assigned only until the station is switched off
            log.warning("The assigned camera could not be stored: %s", error)


def _read(path: Path) -> CameraIdentity | None:
    try:
        return CameraIdentity(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        log.warning("The assigned camera cannot be read; the next one is assigned: %s", error)
        return None


def _label(model: str, serial: str) -> str:
    """Describe a camera in a message: its model and the end of its serial number, which is printed on its underside."""
    return f"{model} …{serial[-4:]}" if len(serial) > 4 else f"{model} {serial}"
