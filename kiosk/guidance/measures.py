"""Landmarks -> measures: everything that is measured of one picture, each a value or the reason for none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.guidance.backdrop_measures import backdrop
from kiosk.guidance.eye_mouth_measures import eyes_and_mouth
from kiosk.guidance.face import Pixels, Sighting
from kiosk.guidance.light_measures import light
from kiosk.guidance.place_measures import movement, place
from kiosk.guidance.pose_measures import pose
from kiosk.guidance.reading import Missing, Reading
from kiosk.guidance.sharpness import sharpness
from kiosk.guidance.verdict import Measure

UNITS: Final = {
    "faces": "",
    "face_size": "share",
    "face_x": "share",
    "eye_y": "share",
    "yaw": "deg",
    "pitch": "deg",
    "roll": "deg",
    "eye_opening": "ratio",
    "mouth_opening": "ratio",
    "skin_luminance": "share",
    "blown_share": "share",
    "light_balance": "ratio",
    "backdrop_shadow": "share",
    "backdrop_unevenness": "share",
    "sharpness": "ratio",
    "movement": "face_widths/s",
}
"""Every measure by name, with its unit; the files by theme say how each is defined."""


@dataclass(frozen=True, eq=False)
class Before:
    """An earlier sighting of the same stream, `seconds` before the present one."""

    sighting: Sighting = field(repr=False)
    seconds: float


def measure(pixels: Pixels, sighting: Sighting, previous: Before | None = None) -> dict[str, Measure]:
    """Measures `pixels`, uint8 (h, w, 3) RGB, in which `sighting` was found; all of UNITS, in its order.

    Of several faces the widest is measured. `movement` needs `previous`.
    """
    readings = _of_face(pixels, sighting, previous) | {"faces": float(len(sighting.faces))}
    return {name: _named(name, readings[name]) for name in UNITS}


def _of_face(pixels: Pixels, sighting: Sighting, previous: Before | None) -> dict[str, Reading]:
    if not sighting.faces:
        return dict.fromkeys(UNITS, Missing("measure.no_face"))
    face = sighting.faces[0]
    before = previous.sighting.faces[0] if previous and previous.sighting.faces else None
    return {
        **place(sighting),
        **pose(face),
        **eyes_and_mouth(face),
        **light(pixels, face),
        **backdrop(pixels, sighting),
        "sharpness": sharpness(pixels, face),
        "movement": movement(face, before, previous.seconds if previous else 0.0),
    }


def _named(name: str, reading: Reading) -> Measure:
    if isinstance(reading, Missing):
        return Measure(name, None, UNITS[name], reading.reason)
    return Measure(name, reading, UNITS[name])
