"""The API of the studio's lamps: the Protocol that drivers implement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from config.errors import DeviceProblem

CHANNELS: Final = 512
"""Channels of one DMX512 universe; the first is number 1, as on the lamps' displays."""


@dataclass(frozen=True)
class Lamp:
    """One lamp of the studio as configured. "left" and "right" are sides of the picture, as in the advice.

    `channel` dims it; `kelvin_channel` changes its colour, from the warmest (0) to the coolest (255) of `kelvin`; None
    if it has one colour. `level` is its level when the station starts, as a share of its full light.
    """

    name: str
    channel: int
    level: float = 0.7
    kelvin_channel: int | None = None
    kelvin: tuple[int, int] = (3200, 5600)


@dataclass(frozen=True)
class LampLevel:
    """A lamp's setting: `level` from 0 (dark) to 1 (full light); kelvin is None if it has one colour."""

    level: float
    kelvin: int | None = None


@dataclass(frozen=True)
class LightsInfo:
    """The dimmer of the lamps. `dimmable` False: there is none, and a person has to follow the advice."""

    driver: str
    serial: str
    lamps: tuple[Lamp, ...]
    dimmable: bool


class LightsProblem(DeviceProblem):
    """The lamps could not be set. Keys: `lights.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("lights.")


# Every reason; each has a message in the catalogues as lights.<reason>.
REASONS: Final = (
    "absent",  # no such port
    "not_allowed",  # this user may not open it
    "taken",  # another program uses it
    "silent",  # the device at the port is not a DMX interface, or hangs
    "lost",  # was connected, and no longer answers; the object is dropped and a new one opened
    "unknown",  # no lamp of that name
    "out_of_range",  # a level or a colour that the lamp does not have
    "driver",  # the setting names no known driver, or no port for it
    "settings",  # two lamps on one channel, or a channel that does not exist
)


class Lights(Protocol):
    """A driver; called from one thread only. Raises LightsProblem."""

    def open(self) -> LightsInfo:
        """Find the interface and set every lamp to its configured level: before that the levels are unknown."""

    def set_levels(self, levels: Mapping[str, LampLevel]) -> None:
        """Set these lamps, by name; all others keep their levels. If one is impossible, none is set."""

    def levels(self) -> Mapping[str, LampLevel]:
        """Return the last levels of the lamps."""

    def close(self) -> None:
        """Release the interface. The lamps keep their levels, because people are in the studio."""


def validate_lamps(lamps: tuple[Lamp, ...]) -> tuple[Lamp, ...]:
    """Return the lamps. Raises LightsProblem settings if two have the same channel or name, or a channel is invalid."""
    channels = [channel for lamp in lamps for channel in (lamp.channel, lamp.kelvin_channel) if channel is not None]
    names = [lamp.name for lamp in lamps]
    for lamp in lamps:
        lamp_channels = [channel for channel in (lamp.channel, lamp.kelvin_channel) if channel is not None]
        is_unique = names.count(lamp.name) == 1 and all(channels.count(channel) == 1 for channel in lamp_channels)
        is_in_range = all(1 <= channel <= CHANNELS for channel in lamp_channels) and lamp.kelvin[0] < lamp.kelvin[1]
        if not is_unique or not is_in_range or not 0 <= lamp.level <= 1:
            raise LightsProblem("lights.settings", lamp=lamp.name)
    return lamps


def initial_level(lamp: Lamp) -> LampLevel:
    """Return the configured level of a lamp, with the colour in the middle of its range."""
    return LampLevel(lamp.level, None if lamp.kelvin_channel is None else sum(lamp.kelvin) // 2)


def merge_levels(
    lamps: tuple[Lamp, ...], current: Mapping[str, LampLevel], requested: Mapping[str, LampLevel]
) -> dict[str, LampLevel]:
    """Merge `requested` into `current`; a request without a colour keeps it. Raises LightsProblem unknown,
    out_of_range."""
    known, result = {lamp.name: lamp for lamp in lamps}, dict(current)
    for name, lamp_level in requested.items():
        if name not in known:
            raise LightsProblem("lights.unknown", lamp=name, known=", ".join(known) or "-")
        low, high = known[name].kelvin
        coloured = lamp_level.kelvin is None or (
            known[name].kelvin_channel is not None and low <= lamp_level.kelvin <= high
        )
        if not 0 <= lamp_level.level <= 1 or not coloured:
            raise LightsProblem("lights.out_of_range", lamp=name)
        result[name] = LampLevel(
            lamp_level.level, lamp_level.kelvin if lamp_level.kelvin is not None else current[name].kelvin
        )
    return result
