"""A finished portrait's file -> measures -> verdicts; of the bytes as they lie on disk, whoever made them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from config.standard import PhotoStandard, Stage
from kiosk.capture.crown import crown
from kiosk.capture.decode import decode
from kiosk.capture.heads import head, middle
from kiosk.capture.jpeg_facts import file_measures
from kiosk.guidance.landmarks import Face, FaceFinder, Sighting
from kiosk.guidance.measures import measure
from kiosk.guidance.verdict import Measure, Verdict, judge

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_FOREIGN: Final = 10.0  # levels: beyond JPEG's own ringing at quality 60, a pixel is something else than background
_CLEAR: Final = 16 / 640  # of the height: one JPEG block with halved colour; so far an edge rings
_LEAST_BACKGROUND: Final = 0.02  # of the picture
_HAIR_DEPTH: Final = 12 / 640  # of the height: how far below its edge hair has its full colour
_FAINT: Final = 24.0  # levels: hair fainter than that against the background is not told from it


def judge_portrait(data: bytes, standard: PhotoStandard, finder: FaceFinder) -> tuple[Verdict, ...]:
    """What every portrait rule of `standard` says of the file `data`. Raises PhotoProblem where it is no picture."""
    return judge(measure_portrait(data, standard, finder), standard.asked(Stage.PORTRAIT))


def measure_portrait(data: bytes, standard: PhotoStandard, finder: FaceFinder) -> dict[str, Measure]:
    """All measures of a portrait file: those of the file, of place, of the background, and those of guidance.

    `hair_top`, `eye_line`: px from the upper edge. `face_width`: px, cheek to cheek. `centring`: px from the middle to
    the middle of the face, positive to the right. `background_colour`: levels (of 255) by which the background's mean
    is off the standard's colour in the worst channel. `background_evenness`: levels within which 99 of 100 background
    pixels are of that mean; what hangs together with the person is not background.
    """
    pixels = decode(data).pixels
    sighting = finder.find(pixels)
    outside = _outside(pixels, sighting)
    return {
        **measure(pixels, sighting),
        **file_measures(data),
        **_background(pixels, outside, standard.output.backgrounds[standard.output.background]),
        **_place(pixels, sighting, outside),
    }


def _place(pixels: Pixels, sighting: Sighting, outside: Mask) -> dict[str, Measure]:
    names = ("hair_top", "eye_line", "face_width", "centring")
    if not sighting.faces:
        return {name: Measure(name, None, "px", "measure.no_face") for name in names}
    face = sighting.faces[0]
    top = _hair_top(pixels, face, outside)
    at = head(face, 0.0 if top is None else top)
    values = (top, at.eyes, at.width, at.centre - pixels.shape[1] / 2)
    return {
        name: Measure(name, value, "px", "" if value is not None else "measure.no_hair")
        for name, value in zip(names, values, strict=True)
    }


def _hair_top(pixels: Pixels, face: Face, outside: Mask) -> float | None:
    """The crown as in the matte, which a finished file no longer has: how far a pixel is from the background on the way
    to the colour a little below it."""
    if not outside.any():
        return None
    away = _distance(pixels, _background_mean(pixels, outside))
    depth = max(1, round(_HAIR_DEPTH * pixels.shape[0]))
    below = cv2.dilate(away, np.ones((depth, 1), np.uint8), anchor=(0, 0))
    cover = np.clip(away / np.maximum(below, _FAINT), 0, 1).astype(np.float32)
    return crown(cover, middle(face), face.width, float(face.eyes[1]))


def _background(pixels: Pixels, outside: Mask, colour: tuple[int, int, int]) -> dict[str, Measure]:
    if outside.mean() < _LEAST_BACKGROUND:
        names = ("background_colour", "background_evenness")
        return {name: Measure(name, None, "level", "measure.no_background") for name in names}
    mean = _background_mean(pixels, outside)
    off = float(np.abs(mean - np.asarray(colour)).max())
    spread = float(np.percentile(np.abs(pixels[outside] - mean).max(axis=1), 99))
    return {
        "background_colour": Measure("background_colour", off, "level"),
        "background_evenness": Measure("background_evenness", spread, "level"),
    }


def _outside(pixels: Pixels, sighting: Sighting) -> Mask:
    """Where there is background: away from the person mask and from everything foreign that hangs together with it."""
    height = pixels.shape[0]
    mask = sighting.person_at(sighting.size)
    person = np.asarray(mask > 0.1) if mask is not None else np.zeros(pixels.shape[:2], bool)
    outside = _away_from(person, 2 * _CLEAR * height)
    if not outside.any():
        return outside
    foreign = _distance(pixels, np.median(pixels[outside], axis=0)) > _FOREIGN
    _, labels = cv2.connectedComponents((foreign | person).astype(np.uint8), connectivity=8)
    attached = np.isin(labels, np.unique(labels[person])) & (labels > 0)
    return _away_from(person | attached, _CLEAR * height)


def _away_from(mask: Mask, distance: float) -> Mask:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) > distance)


def _background_mean(pixels: Pixels, outside: Mask) -> NDArray[np.float64]:
    return np.asarray(pixels[outside].mean(axis=0, dtype=np.float64))


def _distance(pixels: Pixels, colour: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(np.abs(pixels - colour).max(axis=2), np.float32)
