"""How a studio is set up and watched: config/settings/studio.toml holds every number with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import PositiveFloat

from config.settings.loader import Strict, read_settings

FILE: Final = Path(__file__).parent / "studio.toml"
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the frame."""


class Room(Strict):
    """What turns ratios into centimetres; metres, and kelvin."""

    lamp_distance: PositiveFloat
    camera_distance: PositiveFloat
    face_width: PositiveFloat
    kelvin: PositiveFloat
    source: str


class FramePart(Strict):
    needed: Box
    card: Box
    source: str


class Limit(Strict):
    value: PositiveFloat
    unit: str
    source: str
    basis: str


class Skin(Strict):
    """CIELAB a* and b*, lowest and highest."""

    a: tuple[float, float]
    b: tuple[float, float]
    source: str


class Card(Strict):
    """`grey` and `white` are reflectances; the rest says what passes for a card."""

    grey: PositiveFloat
    white: PositiveFloat
    least_side: PositiveFloat
    uneven: PositiveFloat
    grain: PositiveFloat
    chroma: PositiveFloat
    source: str


class Alarm(Strict):
    """`on` raises it after `after` seconds without a break; it is over below `off`."""

    on: PositiveFloat
    off: PositiveFloat
    after: PositiveFloat
    unit: str
    source: str


class WatchPart(Strict):
    period: PositiveFloat
    unseen: PositiveFloat
    least: PositiveFloat
    lamp: Alarm
    exposure: Alarm
    colour: Alarm
    moved: Alarm
    turned: Alarm
    foreign: Alarm


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


class StudioSettings(Strict):
    room: Room
    frame: FramePart
    limits: dict[LimitName, Limit]
    skin: Skin
    card: Card
    watch: WatchPart

    def limit(self, name: LimitName) -> float:
        return self.limits[name].value


@cache
def studio_settings(own: Path | None = None) -> StudioSettings:
    """Settings of config/settings/studio.toml, changed by the file `own`. Raises Problem naming the wrong key."""
    return read_settings(StudioSettings, FILE, own)
