"""What a station wishes of its camera, from dslr.toml and from a file of the school's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from config.errors import Problem
from config.settings.loader import StrictModel, read_settings
from hardware.cameras.api import CameraProblem

DEFAULTS: Final = Path(__file__).with_name("dslr.toml")


class DesiredSetting(StrictModel):
    """One wished setting: the first of `nodes` that the camera has gets the first of `values` that it offers.

    `unless`: a pattern of present values that are left as they are. `needed`: a camera that does not have it at all is
    told of as well; else only one that refuses it. `insist`: set even where it reads as wished.
    """

    nodes: tuple[str, ...]
    values: tuple[str | int | float, ...]
    unless: str = ""
    needed: bool = False
    insist: bool = False

    @field_validator("unless")
    @classmethod
    def _check_regex(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"is no pattern: {error}") from error
        return pattern


DesiredSettings = dict[str, DesiredSetting]


class FocusSettings(StrictModel):
    drive: tuple[str, ...]
    unless: tuple[str, ...]
    tries: PositiveInt
    live_view_off: bool


class FileSettings(StrictModel):
    raw_folder: str
    keep_on_card: int = Field(ge=-1)
    chunk: PositiveInt
    whole: tuple[str, ...]


class DslrTimeouts(StrictModel):
    """Seconds; each stands in dslr.toml with its reason."""

    settle: float = Field(ge=0)
    view: PositiveFloat
    busy: PositiveFloat
    focus: PositiveFloat
    expose: PositiveFloat
    hung: PositiveFloat
    transfer: PositiveFloat
    whole: PositiveFloat
    quiet: PositiveFloat
    health: PositiveFloat


class WarningThresholds(StrictModel):
    battery: int = Field(ge=0, le=100)
    empty: int = Field(ge=0, le=100)
    card: int = Field(ge=0)


class CameraProfile(StrictModel):
    always: DesiredSettings
    live_view: DesiredSettings
    shot: DesiredSettings
    focus: FocusSettings
    files: FileSettings
    waits: DslrTimeouts
    low: WarningThresholds


def read_profile(custom_file: Path | None = None) -> CameraProfile:
    """The profile, changed by the file `own`. Raises CameraProblem camera.profile where a file is wrong."""
    try:
        return read_settings(CameraProfile, DEFAULTS, custom_file)
    except Problem as problem:
        raise CameraProblem("camera.profile", why=str(problem)) from problem
