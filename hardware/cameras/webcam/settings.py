"""Settings of a webcam: hardware/cameras/webcam/webcam.toml, overridden by a station's file."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from config.settings.loader import StrictModel, read_settings

DEFAULTS: Final = Path(__file__).with_name("webcam.toml")


class WebcamSettings(StrictModel):
    """The values of webcam.toml, which explains each."""

    width: PositiveInt
    height: PositiveInt
    frames_per_second: PositiveInt
    min_fps: PositiveFloat
    buffers: int = Field(ge=1, le=10)
    power_line: Literal[0, 50, 60]
    exposure: int = Field(ge=0)
    gain: int = Field(ge=-1)
    white_balance: int = Field(ge=0)
    focus: int = Field(ge=-1)
    max_warmup: PositiveFloat
    min_warmup: float = Field(ge=0)
    read_timeout: PositiveFloat
    connect_timeout: PositiveFloat

    @classmethod
    def read(cls, custom_file: Path | None = None) -> WebcamSettings:
        """Read the defaults, overridden by the file `custom_file`. Raises Problem with the file and the invalid key."""
        return read_settings(cls, DEFAULTS, custom_file)
