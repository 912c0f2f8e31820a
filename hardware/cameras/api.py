"""The camera API: the Protocols that drivers implement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from config.arrays import Pixels
from config.errors import DeviceProblem


@dataclass(frozen=True)
class CameraInfo:
    """Identity of the camera. Sizes are (width, height) in pixels; `simulated` is shown on screen and in the recipe.

    `refused` names the settings that the camera rejected: a warning for the operator, never an error. `burst` is how
    many shots the camera can take in a row without a noticeable pause: 1 if there are seconds between two shots.
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
    """An original exactly as the camera delivered it: the bytes of its file, and the file name given by the camera.

    `exposed_by` (time.monotonic() seconds) is the latest possible end of the exposure, as far as the camera reported
    it. A person who sat down later is not in the picture. The supervisor sets it.
    """

    data: bytes = field(repr=False)
    name: str
    camera: CameraInfo
    exposed_by: float | None = None


@dataclass(frozen=True)
class CameraHealth:
    """Status reported by the camera. None: not reported.

    `battery` is in percent, `card_free` the number of pictures that still fit on the card (0: full). `warnings` are
    names of operator messages, camera.warning.<name>.
    """

    battery: int | None = None
    card_free: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShotProgress:
    """Progress of a shot: `phase` is "focus", "expose" or "transfer".

    `timeout` is the seconds after which this phase counts as hung, so that a long transfer that progresses is not
    treated as a hang. `done` and `size` are bytes of a transfer, 0 if unknown.
    """

    phase: str
    timeout: float
    done: int = 0
    size: int = 0


class CameraProblem(DeviceProblem):
    """A camera failed to carry out a request. Keys: `camera.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("camera.")


# Every reason that a camera can report; each has a message in the catalogues as camera.<reason>.
REASONS = (
    "absent",  # no device to open
    "lost",  # was connected, and no longer answers
    "hung",  # neither succeeds nor fails
    "crashed",  # its driver process ended unexpectedly
    "slow",  # the shot did not arrive before its deadline
    "busy",
    "out_of_focus",
    "card_full",
    "no_live_view",
    "unreadable",  # delivered something that is not a picture
    "starting",  # a shot was requested before the camera was open
    "stopped",  # the station itself has closed the camera
    "folder",  # a folder camera without pictures
    "spec",  # the setting does not name a known camera
    "script",  # a fault script that cannot be read
    "asleep",  # it is in standby and cannot be woken
    "taken",  # another program uses it
    "not_allowed",  # this user may not open the device
    "not_assigned",  # not the camera that is assigned to this station
    "battery_empty",
    "no_card",
    "card_unusable",  # locked, damaged or not formatted
    "raw_only",  # it is set to RAW only
    "heif_only",  # or HEIF only
    "video_only",  # or video
    "other_format",  # or another format than JPEG
    "profile",  # the station's camera settings file cannot be read
    "not_installed",  # the driver library is missing
    "framing_unknown",  # the relation of the two cameras' pictures is unknown
    "refused",  # it rejects the request for another reason
)


class Camera(Protocol):
    """A driver. It runs in the camera process and is called from one thread only.

    Every method may raise CameraProblem. After "lost" the object is dropped and never reused: a stale handle returns
    wrong results.
    """

    def open(self) -> CameraInfo: ...

    def frame(self) -> Pixels:
        """Return the next live-view picture, RGB; wait at most about a second for it."""

    def shoot(self) -> Shot:
        """Take one picture at full size. Live view may pause meanwhile."""

    def send_command(self, command: str) -> None:
        """Execute a command; a driver ignores commands that it does not support.

        "prepare": a shot will be requested within seconds. "stored SHA256": the kiosk has stored the picture with this
        hash, so the camera may delete its copy. Others are for simulators ("scene right", "play").
        """

    def close(self) -> None: ...


@runtime_checkable
class EmitsEvents(Protocol):
    """Optional interface of drivers whose camera reports events."""

    def poll_events(self) -> Iterable[CameraHealth | Shot]:
        """Return the events since the last call: a changed status, or a picture taken with the shutter on the camera's
        body.

        Called between two frames; never blocks.
        """


@runtime_checkable
class ReportsProgress(Protocol):
    """Optional interface of drivers that report the progress of a shot. The camera process sets `on_progress`."""

    on_progress: Callable[[ShotProgress], None]
