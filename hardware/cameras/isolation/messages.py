"""Messages between the kiosk and the camera process over their pipe. Each is small: shots travel through the
ShotBuffer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.cameras.api import Camera, CameraHealth, CameraInfo, CameraProblem, ShotProgress


@dataclass(frozen=True)
class Start:
    """First message to the process: the driver, and the number of its first frame."""

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
    """The camera could not be opened; the process keeps trying."""

    problem: CameraProblem


@dataclass(frozen=True)
class Opened:
    info: CameraInfo


@dataclass(frozen=True)
class Degraded:
    """Live view fails, but the camera still answers; None: it works again."""

    problem: CameraProblem | None


@dataclass(frozen=True)
class ShotFailed:
    """The shot with that number failed for this reason."""

    number: int
    problem: CameraProblem


@dataclass(frozen=True)
class ShotDelivered:
    """The shot with that number is in the ShotBuffer at `offset`, `size` bytes long."""

    number: int
    size: int
    name: str
    camera: CameraInfo
    offset: int = 0


@dataclass(frozen=True)
class UnsolicitedShot:
    """A shot without a request is in the ShotBuffer: somebody pressed the shutter on the camera's body.

    `taken_after` (seconds of Frame.taken_at) is the last poll before the camera reported it: a person who left before
    that time is not in the picture.
    """

    size: int
    name: str
    camera: CameraInfo
    offset: int
    taken_after: float


@dataclass(frozen=True)
class HealthReport:
    """The camera's status has changed."""

    health: CameraHealth


@dataclass(frozen=True)
class Progress:
    """Progress of the current shot."""

    progress: ShotProgress


@dataclass(frozen=True)
class Ended:
    """Last message of the process: its camera is gone."""

    problem: CameraProblem


Command = Start | Shoot | DriverCommand | Stop
Report = OpenFailed | Opened | Degraded | ShotFailed | ShotDelivered | UnsolicitedShot | HealthReport | Progress | Ended
