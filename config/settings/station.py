"""Settings of a station: config/settings/station.toml has every default, a school's file overrides some."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, PositiveFloat, PositiveInt, field_validator
from pydantic_core import PydanticCustomError

from config.settings.loader import StrictModel, read_settings

DEFAULTS: Final = Path(__file__).parent / "station.toml"
Seconds = Annotated[float, Field(gt=0, le=1e6)]
"""Up to eleven days. Sockets and locks fail with a waiting time of thousands of years."""
_PIN_HASH: Final = re.compile(r"scrypt(\$[0-9]+){3}(\$([0-9a-f]{2})+){2}")  # kiosk.ui.operator.pin
Hours = Annotated[float, Field(gt=0, le=1e5)]


class GeneralSettings(StrictModel):
    name: str = Field(min_length=1, max_length=60)
    language: Literal["zh_CN", "en"]
    data: str
    school: str = Field(max_length=60)
    help: str = Field(max_length=120)
    standards_folder: str


class CameraSettings(StrictModel):
    driver: str = Field(min_length=1)
    webcam: str
    shot_timeout: Seconds
    open_timeout: Seconds
    heartbeat_timeout: Seconds
    burst: int = Field(ge=1, le=5)


class CardReaderSettings(StrictModel):
    port: str
    baud: Literal[0, 115200, 57600, 38400, 19200, 9600]
    include_photo: bool


class CodeSettings(StrictModel):
    camera: bool
    max_scan_rate: float = Field(gt=0, le=30)
    keyboard: bool
    serial_port: str
    serial_baud: PositiveInt
    student_numbers: bool
    keypad: bool


class DocumentSettings(StrictModel):
    enabled: bool
    camera: str
    confirm: Literal["sitter", "operator"]


class PrinterSettings(StrictModel):
    driver: str
    width: int = Field(ge=200, le=1200)


class SheetSettings(StrictModel):
    """`queues`: the name of a sheet to the print queue of CUPS that has its paper."""

    queues: dict[str, Annotated[str, Field(pattern=r"^[^\s/#?'\"-][^\s/#?'\"]*$")]]


class LampSettings(StrictModel):
    name: str = Field(min_length=1)
    channel: int = Field(ge=1, le=512)
    level: float = Field(default=0.7, ge=0, le=1)
    kelvin_channel: int | None = Field(default=None, ge=1, le=512)
    kelvin: tuple[int, int] = (3200, 5600)


class LightSettings(StrictModel):
    driver: Literal["none", "dmx"]
    port: str
    lamps: list[LampSettings]


class ServerConnectionSettings(StrictModel):
    connect_timeout: Seconds
    read_timeout: Seconds
    roster_interval: Seconds
    heartbeat_interval: Seconds
    order_timeout: Seconds
    allow_http: bool


class SpeechSettings(StrictModel):
    command: str

    @field_validator("command")
    @classmethod
    def _check_command(cls, command: str) -> str:
        try:
            shlex.split(command)
        except ValueError as error:
            raise PydanticCustomError("open_quote", "a quote is not closed") from error
        return command


class TimeoutSettings(StrictModel):
    all_clear: Seconds
    countdown: Seconds
    identify: Seconds
    document: Seconds
    student_no: Seconds
    last_four: Seconds
    choose: Seconds
    consent: Seconds
    prepare: Seconds
    pose: Seconds
    shoot: Seconds
    review: Seconds
    payment: Seconds
    payment_result: Seconds
    done: Seconds
    error: Seconds
    ended: Seconds
    warning: Seconds
    max_presence: Seconds
    presence: Seconds
    help_after: Seconds


class ConsentSettings(StrictModel):
    version: str = Field(min_length=1)


class PromptSettings(StrictModel):
    enabled: bool


class OperatorSettings(StrictModel):
    disk_warning_gb: PositiveFloat
    disk_critical_gb: PositiveFloat
    roster_warning_hours: Hours
    pin_hash: str

    @field_validator("pin_hash")
    @classmethod
    def _check_hash(cls, pin_hash: str) -> str:
        """Reject a PIN in the place of its hash: no PIN would open the operator page."""
        if pin_hash and not _PIN_HASH.fullmatch(pin_hash):
            raise PydanticCustomError("pin_hash", "it is no hash of a PIN")
        return pin_hash


class StationSettings(StrictModel):
    """The sections of config/settings/station.toml; see the comments there."""

    station: GeneralSettings
    camera: CameraSettings
    card_reader: CardReaderSettings
    codes: CodeSettings
    documents: DocumentSettings
    printer: PrinterSettings
    sheets: SheetSettings
    lights: LightSettings
    server: ServerConnectionSettings
    speech: SpeechSettings
    timeouts: TimeoutSettings
    consent: ConsentSettings
    prompts: PromptSettings
    operator: OperatorSettings


def station_settings(path: Path | None = None, **changes: dict[str, Any]) -> StationSettings:
    """Read the defaults, overridden by the file at `path`, then by `changes` (section = {key: value}).

    Raises Problem with the file and the invalid key.
    """
    return read_settings(StationSettings, DEFAULTS, path, changes)
