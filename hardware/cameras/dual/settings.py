"""When the framing of two cameras is believed: dual.toml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt

from config.settings.loader import StrictModel, read_settings

DEFAULTS: Final = Path(__file__).with_name("dual.toml")


class DualCameraSettings(StrictModel):
    """See dual.toml, where each stands with its reason."""

    matches_least: int = Field(ge=8)
    agreeing_least: PositiveInt
    agreeing_share: float = Field(gt=0, lt=1)
    agree_within: PositiveFloat
    error_most: PositiveFloat
    still_within: PositiveFloat
    magnified_most: PositiveFloat
    missed_most: float = Field(ge=0, lt=1)
    middle: float = Field(gt=0, le=1)
    drift_shots: PositiveInt
    drift_most: PositiveFloat
    compared_width: int = Field(ge=320)
    watched_width: int = Field(ge=320)


@cache
def dual_camera_settings() -> DualCameraSettings:
    return read_settings(DualCameraSettings, DEFAULTS, None)
