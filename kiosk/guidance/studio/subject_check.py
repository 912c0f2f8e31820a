"""Check with a helper on the sitter's seat: balance of the lamps, exposure, focus, distance, height of the camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.settings.studio import Box, StudioSettings
from config.standards.registry import PhotoStandard, Rule, Stage
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import Detections
from kiosk.guidance.metrics.registry import measure
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.light_units import rounded_centimetres, weaker_lamp_finding

_METRIC_NAMES: Final = ("face_size", "eye_y", "pitch", "light_balance", "skin_luminance", "sharpness")


def face_figures(frames: Sequence[Pixels], finder: FaceFinder) -> tuple[dict[str, float], Detections] | None:
    """Return the medians of the face's metrics over `frames`, and the last detections; None without a face."""
    values: dict[str, list[float]] = {name: [] for name in _METRIC_NAMES}
    last: Detections | None = None
    for frame in frames:
        detections = finder.find(frame)
        if not detections.faces:
            continue
        last = detections
        for name, metric in measure(frame, detections).items():
            if name in values and metric.value is not None:
                values[name].append(metric.value)
    return ({name: float(np.median(v)) for name, v in values.items() if v}, last) if last is not None else None


def check_helper(
    figures: Mapping[str, float], detections: Detections, standard: PhotoStandard, settings: StudioSettings
) -> tuple[Finding, ...]:
    """Return the findings on position, height, lamps, exposure and focus, in the order in which to correct them."""
    rules, box = standard.rules_for(Stage.LIVE), _face_box(detections)
    people = [Finding("studio.face.several", box=box)] if len(detections.faces) > 1 else []
    return (
        *people,
        *_distance(figures, rules, box, settings),
        *_height(figures, rules, box, settings),
        *_light_sides(figures, box, settings),
        *_exposure(figures, rules, box),
        *_focus(figures, rules, box),
    )


def _distance(
    figures: Mapping[str, float], rules: Mapping[str, Rule], box: Box, settings: StudioSettings
) -> list[Finding]:
    """Return the finding on the distance. Width is inversely proportional to it: the correct distance is the current
    one times actual over target width."""
    size, middle = figures.get("face_size"), _band_centre(rules.get("face_size"))
    if size is None or middle is None or abs(size / middle - 1) <= settings.limit("distance"):
        return []
    room = settings.room.camera_distance
    values = {"percent": round(100 * abs(size / middle - 1)), "cm": rounded_centimetres(room * (size / middle - 1))}
    return [Finding("studio.face.too_near" if size > middle else "studio.face.too_far", values, box)]


def _height(
    figures: Mapping[str, float], rules: Mapping[str, Rule], box: Box, settings: StudioSettings
) -> list[Finding]:
    """Return the finding on the camera's height. The size of the face converts it to centimetres: the face is
    room.face_width wide, and face_size of the frame's height."""
    eye, size, middle = figures.get("eye_y"), figures.get("face_size"), _band_centre(rules.get("place_up"))
    if eye is None or size is None or middle is None or abs(eye - middle) <= settings.limit("camera_height"):
        return []
    values = {"cm": rounded_centimetres((eye - middle) * settings.room.face_width / size)}
    key, side = ("studio.camera.lower", "down") if eye > middle else ("studio.camera.raise", "up")
    return [Finding(key, values, box, side)]


def _light_sides(figures: Mapping[str, float], box: Box, settings: StudioSettings) -> list[Finding]:
    balance = figures.get("light_balance")
    if balance is None:
        return []
    stops = float(np.log2((1 + balance) / (1 - balance)))  # the sitter's left over right
    if abs(stops) <= settings.limit("face_sides"):
        return []
    side = "left" if stops > 0 else "right"  # of the picture: the sitter's own right is on its left
    return [weaker_lamp_finding(stops, side, settings.room.lamp_distance, box)]


def _exposure(figures: Mapping[str, float], rules: Mapping[str, Rule], box: Box) -> list[Finding]:
    """Return only errors beyond the range of skin: the correct brightness of a face depends on its skin, that of a card
    does not."""
    light, rule = figures.get("skin_luminance"), rules.get("exposure")
    if light is None or rule is None:
        return []
    if rule.min is not None and light < rule.min:
        return [Finding("studio.face.too_dark", {"stops": _stop_difference(rule.min, light)}, box)]
    if rule.max is not None and light > rule.max:
        return [Finding("studio.face.too_bright", {"stops": _stop_difference(light, rule.max)}, box)]
    return []


def _focus(figures: Mapping[str, float], rules: Mapping[str, Rule], box: Box) -> list[Finding]:
    sharp, rule = figures.get("sharpness"), rules.get("focus")
    if sharp is None or rule is None or rule.min is None or sharp >= rule.min:
        return []
    return [Finding("studio.face.out_of_focus", box=box)]


def _band_centre(rule: Rule | None) -> float | None:
    if rule is None or rule.min is None or rule.max is None:
        return None
    return (rule.min + rule.max) / 2


def _stop_difference(more: float, less: float) -> float:
    return max(0.1, round(float(np.log2(more / max(less, 1e-4))), 1))


def _face_box(detections: Detections) -> Box:
    width, height = detections.size
    low, high = detections.faces[0].oval.min(axis=0), detections.faces[0].oval.max(axis=0)
    return (float(low[0]) / width, float(low[1]) / height, float(high[0]) / width, float(high[1]) / height)
