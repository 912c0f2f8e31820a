"""What every camera can do, whatever it is: the Protocol that the drivers keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from config.problem import Problem

Pixels = NDArray[np.uint8]
"""A picture: height x width x 3, uint8, RGB. RGB everywhere in this project; OpenCV's BGR ends at the driver."""


@dataclass(frozen=True)
class CameraInfo:
    """Who the camera is. Sizes are (width, height) in pixels; `simulated` is shown on screen and in the recipe.

    `refused` names the settings that the camera did not take: a warning for the operator, never an error. `burst`
    is how many shots it takes in a row without a sitter having to wait: 1 for what needs seconds between two.
    """

    driver: str
    model: str
    serial: str
    simulated: bool
    frame_size: tuple[int, int]
    shot_size: tuple[int, int]
    refused: tuple[str, ...] = ()
    burst: int = 1


@dataclass(frozen=True)
class Frame:
    """One live-view picture; `number` counts up, `taken_at` is time.monotonic() seconds."""

    pixels: Pixels = field(repr=False)
    number: int
    taken_at: float


@dataclass(frozen=True)
class Shot:
    """An original exactly as the camera delivered it: the bytes of its file, and the name the camera gave it."""

    data: bytes = field(repr=False)
    name: str
    camera: CameraInfo


class CameraProblem(Problem):
    """A camera could not do what was asked. Keys: `camera.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("camera.")


# Every reason a camera can give; each has a sentence in the catalogues as camera.<reason>.
REASONS = (
    "absent",  # nothing there to open
    "lost",  # was there, answers no more
    "hung",  # answers neither yes nor no
    "crashed",  # its driver process died
    "slow",  # the shot did not come before its deadline
    "busy",
    "out_of_focus",
    "card_full",
    "no_live_view",
    "unreadable",  # delivered something that is no picture
    "starting",  # asked for a shot before it was opened
    "stopped",  # the station itself has put the camera down
    "folder",  # a folder camera without pictures to play
    "spec",  # the setting names no camera that we know
    "script",  # a fault script that cannot be read
)


class Camera(Protocol):
    """A driver. Lives in the camera process and is called from one thread only.

    Every method may raise CameraProblem. After "lost" the object is dropped, never reused: a dead handle lies.
    """

    def open(self) -> CameraInfo: ...

    def frame(self) -> Pixels:
        """The next live-view picture, RGB; waits at most about a second for it."""

    def shoot(self) -> Shot:
        """Takes one picture at full size. Live view may pause meanwhile."""

    def tell(self, command: str) -> None:
        """A word to a simulator ("scene right", "play"); real cameras ignore it."""

    def close(self) -> None: ...
