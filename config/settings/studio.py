"""Settings of the studio check and monitor: config/settings/studio.toml has every number with its source."""

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
    """Distances in metres and the light's kelvin, which convert measured ratios into centimetres."""

    lamp_distance: PositiveFloat
    camera_distance: PositiveFloat
    face_width: PositiveFloat
    kelvin: PositiveFloat
    source: str


class FrameSettings(StrictModel):
    portrait_area: Box
    card_area: Box
    source: str


class Limit(StrictModel):
    value: PositiveFloat
    unit: str
    source: str
    rationale: str


class SkinSettings(StrictModel):
    """CIELAB a* and b*, minimum and maximum."""

    a: tuple[float, float]
    b: tuple[float, float]
    source: str


class GreyCardSettings(StrictModel):
    """`grey` and `white` are reflectances; the other limits decide what counts as a card."""

    grey: PositiveFloat
    white: PositiveFloat
    min_side: PositiveFloat
    max_unevenness: PositiveFloat
    max_grain: PositiveFloat
    max_chroma: PositiveFloat
    source: str


class AlarmSettings(StrictModel):
    """Raised after `hold_seconds` above `raise_above` without a break; cleared below `clear_below`."""

    raise_above: PositiveFloat
    clear_below: PositiveFloat
    hold_seconds: PositiveFloat
    unit: str
    source: str


class MonitorSettings(StrictModel):
    interval: PositiveFloat
    max_light_difference: PositiveFloat
    min_free_backdrop: PositiveFloat
    lamp: AlarmSettings
    exposure: AlarmSettings
    colour: AlarmSettings
    shift: AlarmSettings
    rotation: AlarmSettings
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
    monitor: MonitorSettings

    def limit(self, name: LimitName) -> float:
        return self.limits[name].value


@cache
def studio_settings(custom_file: Path | None = None) -> StudioSettings:
    """Read config/settings/studio.toml, overridden by the file `custom_file`. Raises Problem with the invalid key."""
    return read_settings(StudioSettings, FILE, custom_file)
