"""The heartbeat: what a station sends about itself every minute. It names no student."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictBool

from kiosk.capture.proof.keys import PublicKey, Signature
from kiosk.upload.envelope import Payload
from kiosk.upload.wire_types import MAX_CLOCK_AHEAD, Key

MAX_CAMERAS: Final = 4
_MAX_COUNT: Final = 1_000_000
_MAX_BYTES: Final = 1 << 60
MAX_SECONDS: Final = 1e9
_MAX_RATE_HZ: Final = 1000.0

Count = Annotated[int, Field(strict=True, ge=0, le=_MAX_COUNT)]
Rate = Annotated[float, Field(strict=True, ge=0, le=_MAX_RATE_HZ, allow_inf_nan=False)]


class CameraReport(Payload):
    """One camera: its model or driver, its state (`live`, `lost`, ...), and the message id of its problem or ""."""

    name: Key
    state: Key
    problem: Key = ""
    simulated: StrictBool = False
    battery_percent: int | None = Field(default=None, strict=True, ge=0, le=100)


class SigningKeyReport(Payload):
    """The public key with which the station signs its portraits; `possession` is a signature with its private
    part (kiosk.capture.proof.possession). `simulated`: it has no real camera."""

    public_key: PublicKey
    possession: Signature
    simulated: StrictBool


class Heartbeat(Payload):
    """The state of a station. None, or "": unknown.

    `waiting` visits are not on the server yet, the oldest for `oldest_waiting_seconds`; `rejected` ones need a person.
    `clock_offset_seconds` is the station's clock minus the server's. `printer` is "ready", "" without a printer, or the
    reason of a failure (hardware.printers.api.REASONS). Earlier stations send no `signing_key`, earlier servers ignore
    it.
    """

    version: Key = ""
    waiting: Count = 0
    rejected: Count = 0
    oldest_waiting_seconds: float | None = Field(default=None, strict=True, ge=0, le=MAX_SECONDS, allow_inf_nan=False)
    disk_free_bytes: int | None = Field(default=None, strict=True, ge=0, le=_MAX_BYTES)
    cameras: tuple[CameraReport, ...] = Field(default=(), max_length=MAX_CAMERAS)
    clock_offset_seconds: float | None = Field(
        default=None, strict=True, ge=-MAX_CLOCK_AHEAD, le=MAX_CLOCK_AHEAD, allow_inf_nan=False
    )
    analyses_per_second: Rate | None = None
    required_analyses_per_second: Rate | None = None
    printer: Key = ""
    signing_key: SigningKeyReport | None = None
