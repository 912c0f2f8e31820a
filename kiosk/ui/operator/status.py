"""The state of the station, as the operator page shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from config.i18n import Message
from kiosk.upload.sheets import SheetClass, SheetKind, SheetStudent


class Health(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class QueueItem:
    """One submission that has not been sent yet: its id, the sitter (masked, with last four), and why it waits."""

    id: str
    sitter: str
    rejected: bool
    reason: Message | None
    taken_at: datetime


@dataclass(frozen=True)
class StudioStatus:
    """The state of the studio: `message` in one line, `findings` of the last check, `checked_at` is None without one.

    `drifts` are the changes since then, `problems` the reasons why a check failed. `picture` is the marked picture.
    `lamp_offer` is the proposal for the dimmer; `two_cameras`: the framing of live view and shot can be registered.
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
    """One outage of a device: its name, start, message and end. `is_ongoing`: it has not ended."""

    device: str
    started_at: datetime
    message: Message
    resolution: Message
    is_ongoing: bool


@dataclass(frozen=True)
class DeviceStatus:
    """Outages of the devices, newest first, and decisions for the operator.

    `other_camera`: the connected camera is not the one of this station. `unassigned`: photos that belong to no visit.
    `unsaved`: shots that are not on disk yet. `warning`: warnings of the camera, and settings that it refused.
    `startup_findings`: findings of the checks at the start.
    """

    outages: tuple[Outage, ...] = ()
    other_camera: Message | None = None
    unassigned: Message | None = None
    unsaved: Message | None = None
    warning: Message | None = None
    startup_findings: tuple[Message, ...] = ()
    storage_warnings: tuple[Message, ...] = ()


@dataclass(frozen=True)
class SheetStatus:
    """The printing of sheets of photos. `is_configured`: the station has a server and a print queue for a sheet.
    `sheets` are those that it can print; `students` are the students of the class `students_of`. `activity`: "",
    "loading", "fetching" or "printing". `message` is the result of the last step."""

    is_configured: bool = False
    sheets: tuple[SheetKind, ...] = ()
    classes: tuple[SheetClass, ...] = ()
    students_of: SheetClass | None = None
    students: tuple[SheetStudent, ...] = ()
    activity: str = ""
    message: Message | None = None
    is_problem: bool = False


@dataclass(frozen=True)
class StationStatus:
    """The state of the station at the time `at`.

    `camera_kind` is the driver and model as they name themselves. `waiting` and `rejected` count the outbox;
    `queue_items` are its oldest entries. `server_reachable` is None before the first response. `disk_free` is in bytes.
    `operator_notes` are message keys of problems that only the operator can correct. `camera_message` is the camera's
    battery and card. `help_reason`: why a student needs help. `printer_configured`: the station has a printer;
    `printer_works`: it responded without a problem. `slow_message` is the rate of the analysis if it is too low.
    `sheets`: the printing of sheets of photos.
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
    sheets: SheetStatus = field(default_factory=SheetStatus)
