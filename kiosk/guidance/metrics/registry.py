"""Landmarks -> measures: everything that is measured of one picture, each a value or the reason for none.

A measure is added in three places: its function in the file of its theme, its row in config/standards/metrics.py (unit,
stages) and its Group in GROUPS here, which says what is taken together and how often a live stream needs it:

- EACH_FRAME: what the sitter is told while moving (place, pose, eyes) and costs next to nothing (landmarks only);
- OFTEN: as quick, but costs more (expression);
- SOMETIMES: looks at pixels, and changes as a sitter moves (light, focus, shoulders);
- SELDOM: costly, or does not change while somebody sits (glasses, the backdrop);
- RARELY: both (clothes).

`measure` takes all groups, for a single picture. A stream is measured by `rounds.Rounds`: the same groups in turn, only
those that a rule asks for, and between two turns the last value is carried along, until it is stale or another face is
there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from config.standards.metrics import METRICS
from config.standards.registry import Colour
from kiosk.guidance.detection.face import Pixels
from kiosk.guidance.detection.types import Before, Look, Missing, Reading, Sighting
from kiosk.guidance.metrics import backdrop_objects as backdrop_things
from kiosk.guidance.metrics import lighting as light_metrics
from kiosk.guidance.metrics import skin
from kiosk.guidance.metrics.backdrop import backdrop
from kiosk.guidance.metrics.backdrop_folds import folds
from kiosk.guidance.metrics.clothing import CHEEKS_WIDTH, clothes
from kiosk.guidance.metrics.colour import skin_cast
from kiosk.guidance.metrics.expression import expression
from kiosk.guidance.metrics.eyes_and_mouth import eyes_and_mouth, red_eye, teeth
from kiosk.guidance.metrics.gaze import gaze
from kiosk.guidance.metrics.glasses import glasses
from kiosk.guidance.metrics.hair import ears, hair
from kiosk.guidance.metrics.image_quality import noise, sharpness
from kiosk.guidance.metrics.motion_blur import FACE_WIDTH as BLUR_WIDTH
from kiosk.guidance.metrics.motion_blur import motion_blur
from kiosk.guidance.metrics.pose import movement, place, pose
from kiosk.guidance.metrics.shadows import NOSE_WIDTH, nose_shadow, shadows, shine
from kiosk.guidance.metrics.shoulders import shoulders
from kiosk.guidance.metrics.skin_reference import complexion_of
from kiosk.guidance.verdict import Metric

__all__ = [
    "EACH_FRAME",
    "GROUPS",
    "OFTEN",
    "RARELY",
    "SELDOM",
    "SOMETIMES",
    "UNITS",
    "Before",
    "Group",
    "Look",
    "measure",
    "named",
]

EACH_FRAME: Final = 0.0
OFTEN: Final = 0.1
SOMETIMES: Final = 0.2
SELDOM: Final = 0.4
RARELY: Final = 0.8
"""Seconds from one turn of a group to its next in a stream. A hint is on screen for longer than any of them."""


@dataclass(frozen=True)
class Group:
    """Measures that are taken together: `take` gives a reading for each of `names`, every `period` seconds."""

    names: tuple[str, ...]
    take: Callable[[Look], Mapping[str, Reading]] = field(repr=False)
    period: float = EACH_FRAME


ON_SKIN: Final = (
    *("teeth", "red_eye", "hair_brows", "hair_eyes", "hair_forehead"),
    *("ears", "glasses", "lens_darkness", "glare"),
)
"""What is told by comparing places of the face with the sitter's own cheeks, which are looked at once for all."""


def _on_skin(look: Look) -> Mapping[str, Reading]:
    own = complexion_of(look.pixels, look.face)
    return {**teeth(own), **red_eye(own), **hair(own), **ears(own), **glasses(own)}


def _movement(look: Look) -> Reading:
    then = look.previous
    if then is None or not then.sighting.faces:
        return Missing("measure.one_frame")
    return movement(look.face, then.sighting.faces[0], then.seconds, then.longest)


def _behind(look: Look) -> dict[str, Reading]:
    seen = backdrop_things.behind(look.pixels, look.sighting)
    return {**backdrop_things.things(seen), "backdrop_folds": folds(seen)}


def _clothes(look: Look) -> Mapping[str, Reading]:
    return clothes(look.pixels, look.sighting, look.behind, look.face_chip(CHEEKS_WIDTH))


GROUPS: Final = (
    Group(("face_size", "face_x", "eye_y"), lambda look: place(look.sighting)),
    Group(("yaw", "pitch", "roll"), lambda look: pose(look.face)),
    Group(("eye_opening", "mouth_opening"), lambda look: eyes_and_mouth(look.face)),
    Group(("gaze_aside", "gaze_up"), lambda look: gaze(look.face)),
    Group(("smile", "brow_height"), lambda look: expression(look.face), OFTEN),
    Group(ON_SKIN, _on_skin, SELDOM),
    Group(("movement",), lambda look: {"movement": _movement(look)}),
    Group(
        ("shoulder_tilt", "head_offset", "head_lean", "shoulder_span"), lambda look: shoulders(look.sighting), SOMETIMES
    ),
    Group(("clothes_like_backdrop", "clothes_like_output", "bare_skin", "clothes_pattern"), _clothes, RARELY),
    Group(light_metrics.NAMES, lambda look: light_metrics.lit(look.face_chip(light_metrics.FACE_WIDTH)), SOMETIMES),
    Group(("light_height", "socket_shadow"), lambda look: shadows(look.face_chip(skin.FACE_WIDTH)), SELDOM),
    Group(("nose_shadow",), lambda look: {"nose_shadow": nose_shadow(look.face_chip(NOSE_WIDTH))}, SELDOM),
    Group(("shine",), lambda look: {"shine": shine(look.face_chip(skin.FACE_WIDTH))}, SELDOM),
    Group(("skin_cast",), lambda look: {"skin_cast": skin_cast(look.face_chip(light_metrics.FACE_WIDTH))}, SELDOM),
    Group(("sharpness",), lambda look: {"sharpness": sharpness(look.pixels, look.face)}, SOMETIMES),
    Group(("motion_blur",), lambda look: {"motion_blur": motion_blur(look.face_chip(BLUR_WIDTH))}, SELDOM),
    Group(("noise",), lambda look: {"noise": noise(look.pixels, look.face)}, SELDOM),
    Group(("backdrop_shadow", "backdrop_unevenness"), lambda look: backdrop(look.pixels, look.sighting), SELDOM),
    Group((*backdrop_things.NAMES, "backdrop_folds"), _behind, SELDOM),
)

UNITS: Final = {name: METRICS[name].unit for name in ("faces", *(name for group in GROUPS for name in group.names))}
"""Every measure by name, with its unit; the files by theme say how each is defined."""


def measure(
    pixels: Pixels, sighting: Sighting, previous: Before | None = None, behind: Colour | None = None
) -> dict[str, Metric]:
    """Measures `pixels`, uint8 (h, w, 3) RGB, in which `sighting` was found; all of UNITS, in its order.

    Of several faces the widest is measured. `movement` needs `previous`; what compares the clothes with the portrait's
    background needs `behind`.
    """
    look = Look(pixels, sighting, previous, behind)
    readings: dict[str, Reading] = {}
    for group in GROUPS if sighting.faces else ():
        readings.update(group.take(look))
    return named(sighting, readings)


def named(sighting: Sighting, readings: Mapping[str, Reading]) -> dict[str, Metric]:
    """All of UNITS as measures; what has no reading was not taken, or there was nobody to take it of.

    `faces`: how many faces are in the picture, from a quarter of the sitter's own size on; see bystanders.
    """
    lacking = Missing("measure.not_taken" if sighting.faces else "measure.no_face")
    known = {**readings, "faces": float(len(sighting.faces))}
    return {name: _measure(name, known.get(name, lacking)) for name in UNITS}


def _measure(name: str, reading: Reading) -> Metric:
    if isinstance(reading, Missing):
        return Metric(name, None, UNITS[name], reading.reason)
    return Metric(name, reading, UNITS[name])
