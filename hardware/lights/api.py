"""What the studio's lamps can do, whatever dims them: the Protocol that the drivers keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from config.errors import DeviceProblem

CHANNELS: Final = 512
"""Of one DMX512 universe; the first is number 1, as on the lamps' own displays."""


@dataclass(frozen=True)
class Lamp:
    """One lamp of the studio as the settings name it. "left" and "right" are sides of the picture, as in the advice.

    `channel` dims it; `kelvin_channel` turns its colour, from the warmest (0) to the coolest (255) of
    `kelvin`; None where it has one colour.
    `level` is what it is set to when the station starts, as a share of its full light.
    """

    name: str
    channel: int
    level: float = 0.7
    kelvin_channel: int | None = None
    kelvin: tuple[int, int] = (3200, 5600)


@dataclass(frozen=True)
class LampLevel:
    """How a lamp shines: `level` from 0 (dark) to 1 (all its light); None of kelvin: it has one colour."""

    level: float
    kelvin: int | None = None


@dataclass(frozen=True)
class LightsInfo:
    """What dims the lamps. `dimmable` False: nothing does, and advice goes to a person's hands."""

    driver: str
    serial: str
    lamps: tuple[Lamp, ...]
    dimmable: bool


class LightsProblem(DeviceProblem):
    """The lamps could not be set. Keys: `lights.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("lights.")


# Every reason; each has a sentence in the catalogues as lights.<reason>.
REASONS: Final = (
    "absent",  # no such port
    "not_allowed",  # this user may not open it
    "taken",  # another programme holds it
    "silent",  # what is at the port is no DMX interface, or hangs
    "lost",  # was there, answers no more; the object is dropped and a new one opened
    "unknown",  # no lamp of that name
    "out_of_range",  # a level or a colour that the lamp does not have
    "driver",  # the setting names no driver that we know, or no port for it
    "settings",  # two lamps on one channel, or a channel that does not exist
)


class Lights(Protocol):
    """A driver; called from one thread only. Raises LightsProblem."""

    def open(self) -> LightsInfo:
        """Finds the interface and sets every lamp to the level of its setting: before that nobody knows how it is."""

    def set_levels(self, levels: Mapping[str, LampLevel]) -> None:
        """Sets these lamps, by name; all others stay as they are. All or, where one is impossible, none."""

    def levels(self) -> Mapping[str, LampLevel]:
        """How each lamp was set last."""

    def close(self) -> None:
        """Lets go of the interface. The lamps stay as they are: nobody wants to stand in the dark."""


def validate_lamps(lamps: tuple[Lamp, ...]) -> tuple[Lamp, ...]:
    """Raises LightsProblem settings for lamps that cannot be told apart or reached."""
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
    """The colour in the middle of what it has: what a person then turns it to is in the settings of the set-up."""
    return LampLevel(lamp.level, None if lamp.kelvin_channel is None else sum(lamp.kelvin) // 2)


def merge_levels(
    lamps: tuple[Lamp, ...], current: Mapping[str, LampLevel], requested: Mapping[str, LampLevel]
) -> dict[str, LampLevel]:
    """`current` with what is `requested`; a wish without a colour leaves it. Raises LightsProblem unknown,
    impossible."""
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
