"""The lights that a setting names: "none", or "dmx" behind a serial port."""

from __future__ import annotations

from typing import Final

from hardware.lights.api import Lamp, Lights, LightsProblem
from hardware.lights.null import NullLights

KINDS: Final = ("none", "dmx")


def open_lights(driver: str, port: str = "", lamps: tuple[Lamp, ...] = ()) -> Lights:
    """Return the driver that the settings name, not opened yet. Raises LightsProblem settings, driver."""
    if driver == "none":
        return NullLights(lamps)
    if driver == "dmx" and port:
        from hardware.lights.dmx import DmxLights

        return DmxLights(port, lamps)
    raise LightsProblem("lights.driver", driver=driver, known=", ".join(KINDS))
