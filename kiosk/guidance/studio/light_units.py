"""Convert ratios of light to corrections in centimetres and kelvin."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.settings.studio import Box
from kiosk.guidance.studio.finding import Finding

_TO_XYZ: Final = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_LAMP_OFF_STOPS: Final = 2.0  # stops: a quarter of the light comes from the other lamp alone, so the lamp is off
_NEUTRAL_KELVIN: Final = 6504.0  # kelvin of the white of sRGB, D65


def move_distance(stops: float, distance: float) -> int:
    """Return by how many centimetres the weaker of two lamps, `distance` metres away, should move nearer to compensate
    `stops`. Light decreases with the square of the distance. Light from the other lamp makes the true distance slightly
    longer, so the light is measured again afterwards."""
    return rounded_centimetres(distance * (1 - 2 ** (-abs(stops) / 2)))


def weaker_lamp_finding(stops: float, side: str, distance: float, box: Box) -> Finding:
    """Return the finding that `side` of the picture (left, right) has less light by `stops`."""
    if abs(stops) > _LAMP_OFF_STOPS:
        return Finding(f"studio.lamp.{side}_off", box=box, arrow=side)
    values = {"percent": light_loss_percent(stops), "stops": round(abs(stops), 1), "cm": move_distance(stops, distance)}
    return Finding(f"studio.lamp.{side}_weaker", values, box, side)


def rounded_centimetres(metres: float) -> int:
    """Return the distance in centimetres, in steps of 5, at least 5."""
    return max(5, 5 * round(abs(metres) * 20))


def light_loss_percent(stops: float) -> int:
    """Return by how many per cent the weaker side has less light."""
    return round(100 * (1 - float(2.0 ** -abs(stops))))


def colour_temperature(linear: NDArray[np.float32]) -> float:
    """Return the correlated colour temperature, kelvin, of a linear sRGB colour (McCamy 1992, 2000 to 12500 K)."""
    x, y, z = _TO_XYZ @ np.asarray(linear, np.float64)
    n = (x / (x + y + z) - 0.3320) / (0.1858 - y / (x + y + z))
    return float(np.clip(449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33, 2000, 12500))


def suggested_kelvin(linear: NDArray[np.float32], setting: float) -> int:
    """Return the correct white balance of the camera if a grey card has the colour `linear` at `setting` kelvin.
    Differences of light are additive in mireds (1e6 / kelvin), not in kelvin."""
    shift = 1e6 / colour_temperature(linear) - 1e6 / _NEUTRAL_KELVIN
    target = float(np.clip(1e6 / max(60.0, 1e6 / setting + shift), 2500, 10000))
    return 50 * round(target / 50)


def white_balance_gains(linear: NDArray[np.float32]) -> tuple[float, float]:
    """Return the factors of red and blue that make the colour neutral, with green unchanged."""
    red, green, blue = (max(1e-4, float(channel)) for channel in linear)
    return green / red, green / blue
