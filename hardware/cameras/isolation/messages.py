"""What the kiosk and the camera process say to each other over their pipe. Each is small: shots travel by the
ShotBuffer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.cameras.api import Camera, CameraHealth, CameraInfo, CameraProblem, ShotProgress


@dataclass(frozen=True)
class Start:
    """First word to the process: which driver, and the number of its first frame."""

    driver: Callable[[str], Camera]
    spec: str
    first_number: int
    retry_interval: float


@dataclass(frozen=True)
class Shoot:
    number: int


@dataclass(frozen=True)
class DriverCommand:
    command: str


@dataclass(frozen=True)
class Stop:
    pass


@dataclass(frozen=True)
class OpenFailed:
    """The camera could not be opened; the process goes on trying."""

    problem: CameraProblem


@dataclass(frozen=True)
class Opened:
    info: CameraInfo


@dataclass(frozen=True)
class Degraded:
    """Live view fails, the camera still answers; None: it is well again."""

    problem: CameraProblem | None


@dataclass(frozen=True)
class ShotFailed:
    """The shot of that number did not come, and why."""

    number: int
    problem: CameraProblem


@dataclass(frozen=True)
class ShotDelivered:
    """The shot of that number lies in the ShotBuffer at `offset`, `size` bytes long."""

    number: int
    size: int
    name: str
    camera: CameraInfo
    offset: int = 0


@dataclass(frozen=True)
class UnsolicitedShot:
    """A shot that nobody ordered lies in the ShotBuffer: somebody pressed the shutter on the camera's body.

    `taken_after` (seconds of Frame.taken_at) is when the camera was last listened to and had nothing to say of it: who
    sat there before that moment need not be who is in the picture.
    """

    size: int
    name: str
    camera: CameraInfo
    offset: int
    taken_after: float


@dataclass(frozen=True)
class HealthReport:
    """What the camera says of its own state has changed."""

    health: CameraHealth


@dataclass(frozen=True)
class Progress:
    """How far the shot under way is."""

    progress: ShotProgress


@dataclass(frozen=True)
class Ended:
    """Last word of the process: this camera is gone for it."""

    problem: CameraProblem


Command = Start | Shoot | DriverCommand | Stop
Report = OpenFailed | Opened | Degraded | ShotFailed | ShotDelivered | UnsolicitedShot | HealthReport | Progress | Ended
