"""The settings of a station: config/station.toml holds every default, a file of the school's own changes some."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from config.problem import Problem

DEFAULTS: Final = Path(__file__).parent / "station.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StationPart(_Strict):
    name: str = Field(min_length=1, max_length=60)
    language: Literal["zh_CN", "en"]
    data: str
    school: str = Field(max_length=60)
    help: str = Field(max_length=120)


class CameraPart(_Strict):
    driver: str = Field(min_length=1)
    shot_deadline: PositiveFloat
    open_deadline: PositiveFloat
    heartbeat: PositiveFloat


class ReaderPart(_Strict):
    port: str
    baud: Literal[115200, 57600, 38400, 19200, 9600]


class ServerPart(_Strict):
    connect_timeout: PositiveFloat
    answer_timeout: PositiveFloat
    roster_every: PositiveFloat


class PacePart(_Strict):
    steady: PositiveFloat
    countdown: PositiveFloat
    identify: PositiveFloat
    consent: PositiveFloat
    pose: PositiveFloat
    shoot: PositiveFloat
    review: PositiveFloat
    done: PositiveFloat
    trouble: PositiveFloat


class ConsentPart(_Strict):
    version: str = Field(min_length=1)


class OperatorPart(_Strict):
    pin_hash: str


class StationSettings(_Strict):
    """What config/station.toml holds, section by section; see the comments there."""

    station: StationPart
    camera: CameraPart
    reader: ReaderPart
    server: ServerPart
    pace: PacePart
    consent: ConsentPart
    operator: OperatorPart


def station_settings(path: Path | None = None, **changes: dict[str, Any]) -> StationSettings:
    """The defaults, changed by the file at `path`, changed by `changes` (section = {key: value}).

    Raises Problem naming the file and the key that is wrong.
    """
    merged = _sections(DEFAULTS)
    for source in (_sections(path) if path else {}, changes):
        for section, keys in source.items():
            merged[section] = {**merged.get(section, {}), **keys} if isinstance(keys, dict) else keys
    try:
        return StationSettings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        name = (path or DEFAULTS).name
        raise Problem("problem.settings.wrong", file=name, key=key, why=first["msg"]) from error


def _sections(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("problem.settings.unreadable", file=str(path), why=str(error)) from error
