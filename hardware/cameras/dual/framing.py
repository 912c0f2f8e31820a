"""The framing of two cameras: calibrated once, stored in a file, and used to show the live view in the shot's
framing."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from config.arrays import Pixels
from config.atomic_file import write_atomic
from config.opencv import cv2
from config.similarity import Similarity
from hardware.cameras.api import CameraInfo
from hardware.cameras.dual.matching import FramingProblem
from hardware.cameras.dual.settings import DualCameraSettings
from hardware.cameras.dual.similarity import Size, pixel_matrix
from hardware.cameras.folder import MAX_FRAME_SIZE, fit_within

_GREY_LEVEL: Final = 128  # pixels outside the live camera's picture
_FILE_HEADER: Final = """\
# Position of the live camera's picture in the shot, found {made}. Written by the station; calibrate to replace it.
# scale, x and y are in widths of the pictures, roll in degrees; error is in the worst corner, in widths of the shot.

"""


@dataclass(frozen=True)
class Framing:
    """The position of the live frame of one camera in the shot of another.

    `shot_size` is the shot's (width, height) upright; `live_size` the live frame's, of which only the shape matters.
    `live` and `shot` identify the two cameras. `error` is a share of the shot's width, in its worst corner;
    `missed` the share of the shot outside the live camera's picture. `made` is an ISO 8601 time.
    """

    scale: float
    roll: float
    x: float
    y: float
    error: float
    matches: int
    missed: float
    live: str
    shot: str
    live_size: Size
    shot_size: Size
    made: str

    @property
    def similarity(self) -> Similarity:
        return Similarity(self.scale, self.roll, self.x, self.y)

    @property
    def view_size(self) -> Size:
        """(width, height) of the live view in the shot's framing."""
        return fit_within(self.shot_size, MAX_FRAME_SIZE)

    def is_for(self, live: CameraInfo, shot: CameraInfo) -> bool:
        """Return whether it was found for these two cameras, and the live one still sends pictures of the same shape.

        The shot's shape is not known before the first shot with every camera; `DriftMonitor` checks it.
        """
        return (self.live, self.shot) == (camera_label(live), camera_label(shot)) and same_aspect(
            self.live_size, live.frame_size
        )

    def render(self, live: Pixels) -> Pixels:
        """Return the live frame in the shot's framing; grey outside the live camera's picture."""
        size = (live.shape[1], live.shape[0])
        matrix = pixel_matrix(self.similarity, size, self.view_size)
        interpolation = cv2.INTER_LINEAR if np.linalg.norm(matrix[:, 0]) > 0.6 else cv2.INTER_AREA
        warped = cv2.warpAffine(live, matrix, self.view_size, flags=interpolation, borderValue=(_GREY_LEVEL,) * 3)
        return np.asarray(warped, np.uint8)


def camera_label(camera: CameraInfo) -> str:
    """Identify a camera by its serial number; by its model if it reports none."""
    return f"{camera.driver} {camera.serial or camera.model}"


def uncovered_share(similarity: Similarity, live_size: Size, shot_size: Size, part: float = 1.0) -> float:
    """Return the share of the shot's middle `part` (of width and height) outside the live camera's picture."""
    height = shot_size[1] / shot_size[0]
    across = (np.arange(64) + 0.5) / 64 * part + (1 - part) / 2
    points = np.array([(x, y * height) for y in across for x in across])
    back = similarity.inverse().transform(points)
    live_height = live_size[1] / live_size[0]
    covered = (back >= 0).all(axis=1) & (back[:, 0] <= 1) & (back[:, 1] <= live_height)
    return float(1 - covered.mean())


def check_usable(similarity: Similarity, live_size: Size, shot_size: Size, settings: DualCameraSettings) -> None:
    """Raise FramingProblem if a live view made by `similarity` shows too little of the shot, or too coarsely."""
    if uncovered_share(similarity, live_size, shot_size, settings.centre_share) > 0:
        raise FramingProblem("camera.warning.framing_outside")
    if uncovered_share(similarity, live_size, shot_size) > settings.max_uncovered:
        raise FramingProblem("camera.warning.framing_outside")
    if similarity.scale > settings.max_magnification:
        raise FramingProblem("camera.warning.framing_too_wide")


def write_framing(path: Path, framing: Framing) -> None:
    """Replace the file atomically. Raises OSError."""
    lines = [f"{name} = {_toml(value)}" for name, value in asdict(framing).items()]
    write_atomic(path, (_FILE_HEADER.format(made=framing.made) + "\n".join(lines) + "\n").encode())


def read_framing(path: Path) -> Framing | None:
    """Return the stored framing; None if there is none. Raises FramingProblem if it cannot be read."""
    try:
        return TypeAdapter(Framing).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise FramingProblem("camera.warning.framing_unreadable") from error


def _toml(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(list(value)) if isinstance(value, tuple) else repr(value)


def same_aspect(one: Size, other: Size) -> bool:
    """Return whether two sizes have the same aspect ratio."""
    return abs(one[0] / one[1] - other[0] / other[1]) < 0.01
