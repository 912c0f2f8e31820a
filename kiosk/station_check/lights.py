"""The lamps behind a dimmer: opened and set as they were agreed on last, which is how they stand all day."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.lights.light import LightsProblem
from kiosk.station_check.line import Level, Line, from_problem, line
from kiosk.studio_check.lights import StudioLamps


def lights(lamps: StudioLamps | None, port: str) -> Iterator[Line]:
    """A warning at most: lamps that nobody dims shine as they were left. No line where none are set."""
    if lamps is None:
        return
    try:
        lamps.start()
    except LightsProblem as problem:
        yield from_problem("lights", Level.WARNING, problem)
        return
    finally:
        lamps.close()
    yield line("lights", Level.OK, "ok", port=port)
