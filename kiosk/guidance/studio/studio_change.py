"""A change of the studio against its reference image, and the findings about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.guidance.studio.alignment import Motion
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.light_units import light_loss_percent


@dataclass(frozen=True)
class StudioChange:
    """One comparison with the reference image; None if people hide the value. `light` and `sides` are stops (overall;
    left less right), `left` and `right` the change of each, `tint` a*, b*, `foreign` a share of the required part."""

    light: float | None = None
    left: float = 0.0
    right: float = 0.0
    tint: tuple[float, float] = (0.0, 0.0)
    foreign: float | None = None
    motion: Motion | None = None

    @property
    def sides(self) -> float | None:
        return None if self.light is None else self.left - self.right


def lamp_finding(change: StudioChange) -> Finding:
    """Return the finding about the lamp that changed more, with the ratio of the two sides."""
    weaker = abs(change.left) > abs(change.right), change.left < change.right
    names = {
        (True, True): ("left", "weaker"),
        (True, False): ("left", "stronger"),
        (False, True): ("right", "stronger"),
        (False, False): ("right", "weaker"),
    }
    side, how = names[weaker]
    return Finding(f"studio.drift.{side}_{how}", _stops_values(change.left - change.right), arrow=side)


def exposure_finding(light: float) -> Finding:
    key = "studio.drift.brighter" if light > 0 else "studio.drift.darker"
    return Finding(key, {**_stops_values(light), "stops": round(abs(light), 1)})


def colour_finding(tint: tuple[float, float]) -> Finding:
    return Finding("studio.drift.warmer" if tint[1] > 0 else "studio.drift.cooler")


def moved_finding(motion: Motion) -> Finding:
    """Return the finding about the camera's movement: the picture moves left when the camera moves right."""
    across, down = "right" if motion.x < 0 else "left", "up" if motion.y > 0 else "down"
    side = across if abs(motion.x) >= abs(motion.y) else down
    return Finding(f"studio.drift.camera_{side}", {"pixels": round(motion.shift)}, arrow=side)


def rotated_finding(motion: Motion) -> Finding:
    return Finding("studio.drift.camera_tilted", {"degrees": f"{abs(motion.rotation):.1f}"})


def foreign_finding(share: float) -> Finding:
    return Finding("studio.drift.backdrop", {"percent": max(1, round(100 * share))})


def _stops_values(stops: float) -> Mapping[str, int]:
    return {"percent": light_loss_percent(stops)}
