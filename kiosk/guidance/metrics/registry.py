"""All metrics of one picture; each is a value or the reason why there is none.

A metric is added in three places: its function in the module of its theme, its row in config/standards/metrics.py
(unit, stages) and its MetricGroup in METRIC_GROUPS here, which defines what is measured together and how often a live
stream needs it:

- EACH_FRAME: needed while the sitter moves (position, pose, eyes) and nearly free (landmarks only);
- OFTEN: needed as quickly, but more expensive (expression);
- SOMETIMES: uses pixels, and changes as a sitter moves (light, focus, shoulders);
- SELDOM: expensive, or constant while somebody sits (glasses, the backdrop);
- RARELY: both (clothes).

`measure` runs all groups on a single picture. `scheduler.MetricScheduler` runs those groups on a stream that a rule
needs, round-robin; between two runs the last value is reused until it is stale or the face changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from config.arrays import Pixels
from config.standards.metrics import METRICS
from config.standards.registry import Colour
from kiosk.guidance.detection.types import Detections, FrameContext, NotMeasured, PreviousFrame, Reading
from kiosk.guidance.metrics import backdrop_objects, skin
from kiosk.guidance.metrics import lighting as light_metrics
from kiosk.guidance.metrics.backdrop import backdrop_metrics
from kiosk.guidance.metrics.backdrop_folds import fold_strength
from kiosk.guidance.metrics.clothing import CHEEKS_FACE_WIDTH_PX, clothing_metrics
from kiosk.guidance.metrics.colour import skin_cast
from kiosk.guidance.metrics.expression import expression_metrics
from kiosk.guidance.metrics.eyes_and_mouth import eyes_and_mouth, red_eye, teeth
from kiosk.guidance.metrics.gaze import gaze_metrics
from kiosk.guidance.metrics.glasses import glasses
from kiosk.guidance.metrics.hair import ears, hair_metrics
from kiosk.guidance.metrics.image_quality import noise, sharpness
from kiosk.guidance.metrics.motion_blur import FACE_WIDTH_PX as BLUR_WIDTH
from kiosk.guidance.metrics.motion_blur import motion_blur
from kiosk.guidance.metrics.pose import movement, placement_metrics, pose_metrics
from kiosk.guidance.metrics.shadows import NOSE_FACE_WIDTH_PX, nose_shadow, shadow_metrics, shine
from kiosk.guidance.metrics.shoulders import shoulder_metrics
from kiosk.guidance.metrics.skin_reference import measure_skin_reference
from kiosk.guidance.verdict import Metric

__all__ = [
    "EACH_FRAME",
    "METRIC_GROUPS",
    "METRIC_UNITS",
    "OFTEN",
    "RARELY",
    "SELDOM",
    "SOMETIMES",
    "FrameContext",
    "MetricGroup",
    "PreviousFrame",
    "fill_missing",
    "measure",
    "to_metric",
]

EACH_FRAME: Final = 0.0
OFTEN: Final = 0.1
SOMETIMES: Final = 0.2
SELDOM: Final = 0.4
RARELY: Final = 0.8
"""Seconds between two runs of a group in a stream. A hint stays on the screen for longer than any of them."""


@dataclass(frozen=True)
class MetricGroup:
    """Metrics that are measured together: `compute` returns a reading for each of `names`, every `period` seconds."""

    names: tuple[str, ...]
    compute: Callable[[FrameContext], Mapping[str, Reading]] = field(repr=False)
    period: float = EACH_FRAME


SKIN_METRICS: Final = (
    *("teeth", "red_eye", "hair_brows", "hair_eyes", "hair_forehead"),
    *("ears", "glasses", "lens_darkness", "glare"),
)
"""The metrics that compare areas of the face with the sitter's own cheeks, which are measured once."""


def _skin_metrics(context: FrameContext) -> Mapping[str, Reading]:
    reference = measure_skin_reference(context.pixels, context.face)
    return {
        **teeth(reference),
        **red_eye(reference),
        **hair_metrics(reference),
        **ears(reference),
        **glasses(reference),
    }


def _movement(context: FrameContext) -> Reading:
    previous = context.previous
    if previous is None or not previous.detections.faces:
        return NotMeasured("not_measured.one_frame")
    return movement(context.face, previous.detections.faces[0], previous.seconds_ago, previous.max_seconds)


def _backdrop_metrics(context: FrameContext) -> dict[str, Reading]:
    region = backdrop_objects.find_backdrop(context.pixels, context.detections)
    return {**backdrop_objects.detect_objects(region), "backdrop_folds": fold_strength(region)}


def _clothing_metrics(context: FrameContext) -> Mapping[str, Reading]:
    return clothing_metrics(
        context.pixels, context.detections, context.background_colour, context.face_patch(CHEEKS_FACE_WIDTH_PX)
    )


METRIC_GROUPS: Final = (
    MetricGroup(("face_size", "face_x", "eye_y"), lambda context: placement_metrics(context.detections)),
    MetricGroup(("yaw", "pitch", "roll"), lambda context: pose_metrics(context.face)),
    MetricGroup(("eye_opening", "mouth_opening"), lambda context: eyes_and_mouth(context.face)),
    MetricGroup(("gaze_aside", "gaze_up"), lambda context: gaze_metrics(context.face)),
    MetricGroup(("smile", "brow_height"), lambda context: expression_metrics(context.face), OFTEN),
    MetricGroup(SKIN_METRICS, _skin_metrics, SELDOM),
    MetricGroup(("movement",), lambda context: {"movement": _movement(context)}),
    MetricGroup(
        ("shoulder_tilt", "head_offset", "head_lean", "shoulder_span"),
        lambda context: shoulder_metrics(context.detections),
        SOMETIMES,
    ),
    MetricGroup(
        ("clothes_like_backdrop", "clothes_like_output", "bare_skin", "clothes_pattern"), _clothing_metrics, RARELY
    ),
    MetricGroup(
        light_metrics.NAMES,
        lambda context: light_metrics.lighting_metrics(context.face_patch(light_metrics.FACE_WIDTH_PX)),
        SOMETIMES,
    ),
    MetricGroup(
        ("light_height", "socket_shadow"),
        lambda context: shadow_metrics(context.face_patch(skin.FACE_WIDTH_PX)),
        SELDOM,
    ),
    MetricGroup(
        ("nose_shadow",), lambda context: {"nose_shadow": nose_shadow(context.face_patch(NOSE_FACE_WIDTH_PX))}, SELDOM
    ),
    MetricGroup(("shine",), lambda context: {"shine": shine(context.face_patch(skin.FACE_WIDTH_PX))}, SELDOM),
    MetricGroup(
        ("skin_cast",),
        lambda context: {"skin_cast": skin_cast(context.face_patch(light_metrics.FACE_WIDTH_PX))},
        SELDOM,
    ),
    MetricGroup(("sharpness",), lambda context: {"sharpness": sharpness(context.pixels, context.face)}, SOMETIMES),
    MetricGroup(("motion_blur",), lambda context: {"motion_blur": motion_blur(context.face_patch(BLUR_WIDTH))}, SELDOM),
    MetricGroup(("noise",), lambda context: {"noise": noise(context.pixels, context.face)}, SELDOM),
    MetricGroup(
        ("backdrop_shadow", "backdrop_unevenness"),
        lambda context: backdrop_metrics(context.pixels, context.detections),
        SELDOM,
    ),
    MetricGroup((*backdrop_objects.NAMES, "backdrop_folds"), _backdrop_metrics, SELDOM),
)

METRIC_UNITS: Final = {
    name: METRICS[name].unit for name in ("faces", *(name for group in METRIC_GROUPS for name in group.names))
}
"""Every metric by name, with its unit; the modules by theme define each."""


def measure(
    pixels: Pixels,
    detections: Detections,
    previous: PreviousFrame | None = None,
    background_colour: Colour | None = None,
) -> dict[str, Metric]:
    """Measure `pixels`, uint8 (h, w, 3) RGB, with their `detections`; all of METRIC_UNITS, in its order.

    Of several faces the widest is measured. `movement` needs `previous`; metrics that compare the clothes with the
    portrait's background need `background_colour`.
    """
    context = FrameContext(pixels, detections, previous, background_colour)
    readings: dict[str, Reading] = {}
    for group in METRIC_GROUPS if detections.faces else ():
        readings.update(group.compute(context))
    return fill_missing(detections, readings)


def fill_missing(detections: Detections, readings: Mapping[str, Reading]) -> dict[str, Metric]:
    """Return all of METRIC_UNITS; without a reading a metric was not measured, or there is no face.

    `faces`: number of faces in the picture of at least a quarter of the sitter's size; see bystanders.
    """
    lacking = NotMeasured("not_measured.no_value" if detections.faces else "not_measured.no_face")
    known = {**readings, "faces": float(len(detections.faces))}
    return {name: to_metric(name, known.get(name, lacking)) for name in METRIC_UNITS}


def to_metric(name: str, reading: Reading) -> Metric:
    """Return the metric of this name, in its unit, or the reason why there is no value."""
    if isinstance(reading, NotMeasured):
        return Metric(name, None, METRICS[name].unit, reading.reason)
    return Metric(name, reading, METRICS[name].unit)
