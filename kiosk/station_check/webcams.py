"""The webcams that Linux knows: their names for the settings, and who holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hardware.cameras.webcam.devices import VideoDevice, holders, video_devices
from kiosk.station_check.line import Level, Line, line


def webcams(
    listed: Callable[[], Sequence[VideoDevice]] = video_devices, held_by: Callable[[str], list[str]] = holders
) -> Iterator[Line]:
    """One line for all of them, and one more for each that another programme has open."""
    found = listed()
    if not found:
        yield line("webcams", Level.OK, "none")
        return
    details = tuple(f"{one.path} {one.vendor}:{one.product} {one.by_id}".strip() for one in found)
    yield line("webcams", Level.OK, "found", details, names=", ".join(f"{one.name} ({one.path})" for one in found))
    for one in found:
        programmes = held_by(one.path)
        if programmes:
            yield line("webcams", Level.WARNING, "held", name=one.name, programmes=", ".join(programmes))
