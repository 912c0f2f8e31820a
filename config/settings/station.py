"""Settings of a station: config/settings/station.toml holds every default, a school's own file changes some."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from config.settings.loader import Strict, read_settings

DEFAULTS: Final = Path(__file__).parent / "station.toml"


class StationPart(Strict):
    name: str = Field(min_length=1, max_length=60)
    language: Literal["zh_CN", "en"]
    data: str
    school: str = Field(max_length=60)
    help: str = Field(max_length=120)
    standards_folder: str


class CameraPart(Strict):
    driver: str = Field(min_length=1)
    webcam: str
    shot_deadline: PositiveFloat
    open_deadline: PositiveFloat
    heartbeat: PositiveFloat
    burst: int = Field(ge=1, le=5)


class ReaderPart(Strict):
    port: str
    baud: Literal[0, 115200, 57600, 38400, 19200, 9600]
    keep_photo: bool


class CodesPart(Strict):
    camera: bool
    rate: float = Field(gt=0, le=30)
    keyboard: bool
    serial_port: str
    serial_baud: PositiveInt
    student_numbers: bool
    keypad: bool


class DocumentsPart(Strict):
    offered: bool
    camera: str
    confirm: Literal["sitter", "operator"]


class PrinterPart(Strict):
    driver: str
    width: int = Field(ge=200, le=1200)


class LampPart(Strict):
    name: str = Field(min_length=1)
    channel: int = Field(ge=1, le=512)
    level: float = Field(default=0.7, ge=0, le=1)
    kelvin_channel: int | None = Field(default=None, ge=1, le=512)
    kelvin: tuple[int, int] = (3200, 5600)


class LightsPart(Strict):
    driver: Literal["none", "dmx"]
    port: str
    lamps: list[LampPart]


class ServerPart(Strict):
    connect_timeout: PositiveFloat
    answer_timeout: PositiveFloat
    roster_every: PositiveFloat
    allow_http: bool


class VoicePart(Strict):
    command: str


class PacePart(Strict):
    steady: PositiveFloat
    countdown: PositiveFloat
    identify: PositiveFloat
    document: PositiveFloat
    student_no: PositiveFloat
    last_four: PositiveFloat
    choose: PositiveFloat
    consent: PositiveFloat
    prepare: PositiveFloat
    pose: PositiveFloat
    shoot: PositiveFloat
    review: PositiveFloat
    done: PositiveFloat
    trouble: PositiveFloat
    ended: PositiveFloat
    warning: PositiveFloat
    max_presence: PositiveFloat
    presence: PositiveFloat
    help: PositiveFloat


class ConsentPart(Strict):
    version: str = Field(min_length=1)


class QuestionsPart(Strict):
    asked: bool


class OperatorPart(Strict):
    disk_care: PositiveFloat
    disk_bad: PositiveFloat
    roster_care: PositiveFloat
    pin_hash: str


class StationSettings(Strict):
    """What config/settings/station.toml holds, section by section; see the comments there."""

    station: StationPart
    camera: CameraPart
    reader: ReaderPart
    codes: CodesPart
    documents: DocumentsPart
    printer: PrinterPart
    lights: LightsPart
    server: ServerPart
    voice: VoicePart
    pace: PacePart
    consent: ConsentPart
    questions: QuestionsPart
    operator: OperatorPart


def station_settings(path: Path | None = None, **changes: dict[str, Any]) -> StationSettings:
    """The defaults, changed by the file at `path`, changed by `changes` (section = {key: value}).

    Raises Problem naming the file and the key that is wrong.
    """
    return read_settings(StationSettings, DEFAULTS, path, changes)
