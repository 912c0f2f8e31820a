"""What every camera can do, whatever it is: the Protocol that the drivers keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from config.arrays import Pixels
from config.errors import DeviceProblem


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
    """An original exactly as the camera delivered it: the bytes of its file, and the name the camera gave it.

    `exposed_by` (time.monotonic() seconds) is when its exposure was over at the latest, as far as the camera told:
    whoever sits there later is not in it. The supervisor fills it in.
    """

    data: bytes = field(repr=False)
    name: str
    camera: CameraInfo
    exposed_by: float | None = None


@dataclass(frozen=True)
class CameraHealth:
    """How a camera says it is. None: it does not say.

    `battery` is percent, `card_free` the pictures that its card still takes (0: full). `warnings` are ids of sentences
    for the operator, camera.warning.<id>.
    """

    battery: int | None = None
    card_free: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShotProgress:
    """What a camera is about while it shoots: `phase` is "focus", "expose" or "transfer".

    `timeout` is the seconds after which this phase counts as hung, so that a long transfer that moves is not taken
    for a hang. `done` and `size` are bytes of a transfer, 0 where not known.
    """

    phase: str
    timeout: float
    done: int = 0
    size: int = 0


class CameraProblem(DeviceProblem):
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
    "asleep",  # it sleeps, and does not wake when called
    "taken",  # another programme holds it
    "not_allowed",  # this user may not open the device
    "not_assigned",  # another camera than the one that belongs to this station
    "battery_empty",
    "no_card",
    "card_unusable",  # locked, damaged or not formatted
    "raw_only",  # it is set to deliver RAW files alone
    "heif_only",  # or HEIF
    "video_only",  # or films
    "other_format",  # or something else that is no JPEG
    "profile",  # the station's settings of its camera cannot be read
    "not_installed",  # the library that drives it is missing
    "framing_unknown",  # of two cameras: how the live view of one lies in the shot of the other is not known
    "refused",  # it says no, and why is not among the reasons we know
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

    def send_command(self, command: str) -> None:
        """A command to a simulator ("scene right", "play"), which others ignore; or "stored SHA256": the kiosk has the
        picture with this hash on its own disk, so that a camera may delete its copy."""

    def close(self) -> None: ...


@runtime_checkable
class EmitsEvents(Protocol):
    """What a driver has beside Camera when its camera speaks unasked."""

    def poll_events(self) -> Iterable[CameraHealth | Shot]:
        """What it said since: how it is, where that changed; a picture taken with the shutter on its body.

        Called between two frames; never waits.
        """


@runtime_checkable
class ReportsProgress(Protocol):
    """What a driver has beside Camera when it tells how far a shot is. The camera process sets `on_progress`."""

    on_progress: Callable[[ShotProgress], None]
