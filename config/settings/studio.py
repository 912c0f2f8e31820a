"""How a studio is set up and watched: config/settings/studio.toml holds every number with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import PositiveFloat

from config.settings.loader import StrictModel, read_settings

FILE: Final = Path(__file__).parent / "studio.toml"
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the frame."""


class RoomSettings(StrictModel):
    """What turns ratios into centimetres; metres, and kelvin."""

    lamp_distance: PositiveFloat
    camera_distance: PositiveFloat
    face_width: PositiveFloat
    kelvin: PositiveFloat
    source: str


class FrameSettings(StrictModel):
    needed: Box
    card: Box
    source: str


class Limit(StrictModel):
    value: PositiveFloat
    unit: str
    source: str
    basis: str


class SkinSettings(StrictModel):
    """CIELAB a* and b*, lowest and highest."""

    a: tuple[float, float]
    b: tuple[float, float]
    source: str


class GreyCardSettings(StrictModel):
    """`grey` and `white` are reflectances; the rest says what passes for a card."""

    grey: PositiveFloat
    white: PositiveFloat
    least_side: PositiveFloat
    uneven: PositiveFloat
    grain: PositiveFloat
    chroma: PositiveFloat
    source: str


class AlarmSettings(StrictModel):
    """`on` raises it after `after` seconds without a break; it is over below `off`."""

    on: PositiveFloat
    off: PositiveFloat
    after: PositiveFloat
    unit: str
    source: str


class MonitorSettings(StrictModel):
    period: PositiveFloat
    unseen: PositiveFloat
    least: PositiveFloat
    lamp: AlarmSettings
    exposure: AlarmSettings
    colour: AlarmSettings
    moved: AlarmSettings
    turned: AlarmSettings
    foreign: AlarmSettings


LimitName = Literal[
    "evenness",
    "backdrop_sides",
    "shadow",
    "folds",
    "mixed_light",
    "too_dark",
    "too_bright",
    "edge",
    "edge_colour",
    "exposure",
    "white_balance",
    "card_sides",
    "face_sides",
    "camera_height",
    "distance",
    "features",
]


class StudioSettings(StrictModel):
    room: RoomSettings
    frame: FrameSettings
    limits: dict[LimitName, Limit]
    skin: SkinSettings
    card: GreyCardSettings
    watch: MonitorSettings

    def limit(self, name: LimitName) -> float:
        return self.limits[name].value


@cache
def studio_settings(custom_file: Path | None = None) -> StudioSettings:
    """Settings of config/settings/studio.toml, changed by the file `own`. Raises Problem naming the wrong key."""
    return read_settings(StudioSettings, FILE, custom_file)
