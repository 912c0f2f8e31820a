"""From ratios of light to centimetres and kelvin: what is to be moved, by how much."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.settings.studio import Box
from kiosk.guidance.studio.finding import Finding

_TO_XYZ: Final = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_LAMP_OFF_STOPS: Final = (
    2.0  # stops: a quarter of the light is what the other lamp throws over; nobody moves a lamp that far
)
_NEUTRAL_KELVIN: Final = 6504.0  # kelvin of the white of sRGB, D65


def move_distance(stops: float, distance: float) -> int:
    """By how many centimetres the weaker of two lamps, `distance` metres away, should come nearer to make up for
    `stops`. Light falls with the square of the distance; whatever reaches the side from the other lamp makes the true
    way a little longer, so it is measured again afterwards."""
    return rounded_centimetres(distance * (1 - 2 ** (-abs(stops) / 2)))


def weaker_lamp_finding(stops: float, side: str, distance: float, box: Box) -> Finding:
    """The finding that from `side` of the picture (left, right) comes less light by `stops`."""
    if abs(stops) > _LAMP_OFF_STOPS:
        return Finding(f"studio.lamp.{side}_off", box=box, arrow=side)
    values = {"percent": light_loss_percent(stops), "stops": round(abs(stops), 1), "cm": move_distance(stops, distance)}
    return Finding(f"studio.lamp.{side}_weaker", values, box, side)


def rounded_centimetres(metres: float) -> int:
    """In steps that a hand can follow: 5 cm, and never nothing."""
    return max(5, 5 * round(abs(metres) * 20))


def light_loss_percent(stops: float) -> int:
    """How much less light the weaker side has, in per cent."""
    return round(100 * (1 - float(2.0 ** -abs(stops))))


def colour_temperature(linear: NDArray[np.float32]) -> float:
    """The correlated colour temperature, kelvin, of a linear sRGB colour (McCamy 1992, 2000 to 12500 K)."""
    x, y, z = _TO_XYZ @ np.asarray(linear, np.float64)
    n = (x / (x + y + z) - 0.3320) / (0.1858 - y / (x + y + z))
    return float(np.clip(449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33, 2000, 12500))


def suggested_kelvin(linear: NDArray[np.float32], setting: float) -> int:
    """What the camera's white balance should be set to, given that at `setting` kelvin a grey card comes out as the
    colour `linear`. Differences of light add up in mireds (1e6 / kelvin), not in kelvin."""
    shift = 1e6 / colour_temperature(linear) - 1e6 / _NEUTRAL_KELVIN
    target = float(np.clip(1e6 / max(60.0, 1e6 / setting + shift), 2500, 10000))
    return 50 * round(target / 50)


def white_balance_gains(linear: NDArray[np.float32]) -> tuple[float, float]:
    """What red and blue are to be multiplied by for the colour to be neutral, green being left alone."""
    red, green, blue = (max(1e-4, float(channel)) for channel in linear)
    return green / red, green / blue
