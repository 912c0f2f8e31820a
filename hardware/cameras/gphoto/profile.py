"""A station's camera settings, from dslr.toml and from a school's file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from config.errors import Problem
from config.i18n import Message
from config.settings.loader import StrictModel, read_settings
from hardware.cameras.api import CameraProblem

DEFAULTS: Final = Path(__file__).with_name("dslr.toml")


class DesiredSetting(StrictModel):
    """A request to set the first of `settings` that the camera has to the first of `preferred` that it offers.

    A present value that matches the pattern `keep_if` stays. `required`: also warn the operator if the camera has none
    of the settings; otherwise only if it rejects one. `force`: set it even if it already has that value.
    """

    settings: tuple[str, ...]
    preferred: tuple[str | int | float, ...]
    keep_if: str = ""
    required: bool = False
    force: bool = False

    @field_validator("keep_if")
    @classmethod
    def _check_regex(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"is not a pattern: {error}") from error
        return pattern


DesiredSettings = dict[str, DesiredSetting]


class FocusSettings(StrictModel):
    drive_settings: tuple[str, ...]
    skip_if_present: tuple[str, ...]
    attempts: PositiveInt
    live_view_off: bool


class FileSettings(StrictModel):
    raw_folder: str
    max_on_card: int = Field(ge=-1)
    chunk_bytes: PositiveInt
    no_partial_download: tuple[str, ...]


class DslrTimeouts(StrictModel):
    """Seconds; dslr.toml explains each."""

    mirror_settle: float = Field(ge=0)
    live_view: PositiveFloat
    busy_retry: PositiveFloat
    focus: PositiveFloat
    expose: PositiveFloat
    hang_margin: PositiveFloat
    transfer: PositiveFloat
    single_piece_transfer: PositiveFloat
    event_silence: PositiveFloat
    status_interval: PositiveFloat


class WarningThresholds(StrictModel):
    battery_low_percent: int = Field(ge=0, le=100)
    battery_empty_percent: int = Field(ge=0, le=100)
    card_low_pictures: int = Field(ge=0)


class CameraProfile(StrictModel):
    on_connect: DesiredSettings
    live_view: DesiredSettings
    shot: DesiredSettings
    focus: FocusSettings
    files: FileSettings
    timeouts: DslrTimeouts
    warnings: WarningThresholds


def read_profile(custom_file: Path | None = None) -> CameraProfile:
    """Read the profile, overridden by the file `custom_file`. Raises CameraProblem camera.profile for an invalid
    file."""
    try:
        return read_settings(CameraProfile, DEFAULTS, custom_file)
    except Problem as problem:
        raise CameraProblem("camera.profile", why=Message(problem.key, problem.values)) from problem
