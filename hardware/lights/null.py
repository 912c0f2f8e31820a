"""Lamps without a dimmer: they are set by hand; the station has only their names."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.lights.api import Lamp, LampLevel, LightsInfo, LightsProblem, initial_level, merge_levels, validate_lamps


class NullLights:
    """Stores the requested levels only. `dimmable` is False, so that the station never offers to set the lamps."""

    def __init__(self, lamps: tuple[Lamp, ...] = ()) -> None:
        self._lamps = validate_lamps(lamps)
        self._levels: dict[str, LampLevel] | None = None

    def open(self) -> LightsInfo:
        self._levels = {lamp.name: initial_level(lamp) for lamp in self._lamps}
        return LightsInfo("none", "", self._lamps, dimmable=False)

    def set_levels(self, levels: Mapping[str, LampLevel]) -> None:
        self._levels = merge_levels(self._lamps, self._require_open(), levels)

    def levels(self) -> Mapping[str, LampLevel]:
        return dict(self._require_open())

    def close(self) -> None:
        self._levels = None

    def _require_open(self) -> dict[str, LampLevel]:
        if self._levels is None:
            raise LightsProblem("lights.lost", port="-")
        return self._levels
