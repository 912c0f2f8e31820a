"""Lamps that nothing dims: they are set by hand, and the station only knows their names."""

from __future__ import annotations

from collections.abc import Mapping

from hardware.lights.api import Glow, Lamp, LightsInfo, LightsProblem, at_start, checked, merged


class NullLights:
    """Takes every wish and does nothing with it. `dimmable` is False, so that nobody offers what will not happen."""

    def __init__(self, lamps: tuple[Lamp, ...] = ()) -> None:
        self._lamps = checked(lamps)
        self._glows: dict[str, Glow] | None = None

    def open(self) -> LightsInfo:
        self._glows = {lamp.name: at_start(lamp) for lamp in self._lamps}
        return LightsInfo("none", "", self._lamps, dimmable=False)

    def shine(self, glows: Mapping[str, Glow]) -> None:
        self._glows = merged(self._lamps, self._opened(), glows)

    def glows(self) -> Mapping[str, Glow]:
        return dict(self._opened())

    def close(self) -> None:
        self._glows = None

    def _opened(self) -> dict[str, Glow]:
        if self._glows is None:
            raise LightsProblem("lights.lost", port="-")
        return self._glows
