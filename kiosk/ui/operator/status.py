"""What the operator page knows of the station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from config.i18n import Message


class Health(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class QueueItem:
    """One submission that has not left yet: its id, who (masked, with last four), why it waits or was refused."""

    id: str
    sitter: str
    rejected: bool
    reason: Message | None
    taken_at: datetime


@dataclass(frozen=True)
class StudioStatus:
    """How the studio was found: `message` in one line, `findings` of the last check, `at` when it was (None: never).

    `drifts` are what has changed since, `problems` why a check could not be made. `picture` is the marked one.
    `lamp_offer` is what the dimmer could do about it; `two_cameras`: how live view and shot fit together can be found.
    """

    message: Message = field(default_factory=lambda: Message("studio.never"))
    checked_at: datetime | None = None
    fault_count: int = 0
    findings: tuple[Message, ...] = ()
    drifts: tuple[Message, ...] = ()
    problems: tuple[Message, ...] = ()
    busy: bool = False
    lamp_offer: Message | None = None
    two_cameras: bool = False
    picture: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Outage:
    """One outage of a device: its name, when it began, what it said, and how it ended. `is_ongoing`: it has not."""

    device: str
    started_at: datetime
    message: Message
    resolution: Message
    is_ongoing: bool


@dataclass(frozen=True)
class DeviceStatus:
    """What befell the devices, newest first, and what waits for the operator.

    `other_camera`: a camera that is not this station's. `unassigned`: photos that belong to no visit. `unsaved`: shots
    that the disk has not taken. `warning`: what the camera says of itself or did not take of its settings.
    `startup_findings`: what is to be seen to, as the look at the kiosk's start has found.
    """

    outages: tuple[Outage, ...] = ()
    other_camera: Message | None = None
    unassigned: Message | None = None
    unsaved: Message | None = None
    warning: Message | None = None
    startup_findings: tuple[Message, ...] = ()
    storage_warnings: tuple[Message, ...] = ()


@dataclass(frozen=True)
class StationStatus:
    """The state of the station at the moment `at`.

    `camera_kind` is the driver and model as they name themselves. `waiting` and `rejected` count the outbox;
    `queue_items` are its oldest entries. `server_reachable` is None while nobody has asked yet. `disk_free` is in
    bytes. `operator_notes` are word keys of what only the operator can mend. `camera_message` is what the camera tells
    of its battery and card. `help_reason`: why a student needs
    help. `printer_configured`: there is to be a printer; `printer_works`: it has been found to print. `slow_message` is
    how often the sitter is analysed, where that is too seldom.
    """

    at: datetime
    camera: Message
    camera_health: Health
    camera_kind: str
    simulated: bool
    reader: Message
    reader_health: Health
    waiting: int
    rejected: int
    last_error: Message | None
    server_reachable: bool | None
    disk_free: int
    started_at: datetime
    roster_generated_at: datetime | None
    operator_notes: tuple[str, ...] = ()
    queue_items: tuple[QueueItem, ...] = ()
    uploading: Message | None = None
    studio: StudioStatus = field(default_factory=StudioStatus)
    devices: DeviceStatus = field(default_factory=DeviceStatus)
    camera_message: Message | None = None
    printer: Message = field(default_factory=lambda: Message("printer.none_set"))
    printer_health: Health = Health.GOOD
    printer_configured: bool = False
    printer_works: bool = False
    document_reading: Message = field(default_factory=lambda: Message("document.ready"))
    document_reading_health: Health = Health.GOOD
    help_reason: Message | None = None
    slow_message: Message | None = None
