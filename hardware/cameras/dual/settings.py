"""Limits for the framing of two cameras: dual.toml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt

from config.settings.loader import StrictModel, read_settings

DEFAULTS: Final = Path(__file__).with_name("dual.toml")


class DualCameraSettings(StrictModel):
    """The values of dual.toml, which explains each."""

    min_matches: int = Field(ge=8)
    min_inliers: PositiveInt
    min_inlier_ratio: float = Field(gt=0, lt=1)
    inlier_distance: PositiveFloat
    max_error: PositiveFloat
    max_scene_motion: PositiveFloat
    max_magnification: PositiveFloat
    max_uncovered: float = Field(ge=0, lt=1)
    centre_share: float = Field(gt=0, le=1)
    drift_shots: PositiveInt
    max_drift: PositiveFloat
    calibration_width: int = Field(ge=320)
    monitoring_width: int = Field(ge=320)


@cache
def dual_camera_settings() -> DualCameraSettings:
    return read_settings(DualCameraSettings, DEFAULTS, None)
