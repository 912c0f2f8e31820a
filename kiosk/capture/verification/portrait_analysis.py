"""The analysis of a finished picture of any origin: the people in it, and what is around them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.standards.registry import Colour
from config.two_threads import run_both
from kiosk.capture.cropping.subject import face_centre_x
from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.file_type import detect_kind
from kiosk.capture.image_io.lenient_rendering import render_leniently
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.background import Background, find_background
from kiosk.capture.verification.border import border_mask, border_widths
from kiosk.capture.verification.crown import Crown, find_portrait_crown
from kiosk.capture.verification.file_metrics import file_metrics
from kiosk.capture.verification.fringe import fringe
from kiosk.capture.verification.old_backdrop import old_backdrop
from kiosk.guidance.detection.landmarks import Detections, Face, FaceFinder, downscale
from kiosk.guidance.detection.types import NotMeasured, Reading
from kiosk.guidance.metrics.head_covering import head_covering
from kiosk.guidance.metrics.registry import measure
from kiosk.guidance.verdict import NEEDS_SHOT, Metric

Point = tuple[float, float]

_BORDER_MARGIN_PX: Final = 8  # px inside a dark frame: one JPEG block, the range of ringing
_BORDER_BLUR_PX: Final = 12  # px over which its edge is blurred where colour is halved
_ANALYSIS_SIDE_PX: Final = 1600  # px: crown and background of larger pictures are measured in a copy of that size
_NO_FACE: Final = NotMeasured("not_measured.no_face")
_DISPLAYABLE_PROBLEMS: Final = ("photo.grey", "photo.mode", "photo.transparent", "photo.cmyk")


@dataclass(frozen=True)
class Head:
    """The position of the head in a finished picture, in its pixels. `crown`: row of the top of the hair, None if it
    is unknown; `eyes`, `chin`: rows; `left`, `right`: the cheeks in the picture; `centre`: column of the face's middle;
    `pupils`: left, then right in the picture; `crown_error`: see Metric.error."""

    crown: float | None
    crown_error: float
    eyes: float
    chin: float
    left: Point
    right: Point
    centre: float
    pupils: tuple[Point, Point]
    width: float


@dataclass(frozen=True)
class Outline:
    """What is around the person: the head's position; the background (in a copy of at most 1600 px); the fringe in
    levels; and the dark frame, in px at the top, right, bottom and left."""

    head: Head | None
    background: Background | None
    fringe: float | None
    border_widths: tuple[int, int, int, int]


@dataclass(frozen=True)
class PortraitAnalysis:
    """The analysis of a finished picture: its pixels, uint8 (h, w, 3) sRGB, and whether they have colour; faces and
    person, and what is around them. `file`: the metrics of the file, and `old_backdrop`: that of the shot's backdrop
    (kiosk.capture.verification.measure_portrait). `guidance`: the metrics of kiosk.guidance.metrics.registry. `hands`:
    hands on or near the face, None without a face. `covering`: see kiosk.guidance.metrics.head_covering."""

    pixels: Pixels = field(repr=False)
    has_colour: bool
    detections: Detections = field(repr=False)
    outline: Outline
    file: Mapping[str, Metric] = field(repr=False)
    old_backdrop: Metric
    guidance: Mapping[str, Metric] = field(repr=False)
    hands: int | None = None
    covering: Reading = _NO_FACE


def analyze(data: bytes, finder: FaceFinder, backdrop: Colour | None = None) -> PortraitAnalysis:
    """Analyze a picture file; `backdrop` is the colour of its shot's plain backdrop, if known. Raises PhotoProblem if
    it is no picture."""
    pixels, coloured = decode_lenient(data)
    detections = finder.find(pixels)
    small, there, zoom = reduced_copy(pixels, detections)

    def around_person() -> tuple[Outline, Metric]:
        widths = border_widths(pixels)
        edges = border_mask((small.shape[0], small.shape[1]), widths, zoom, _BORDER_MARGIN_PX)
        behind = find_background(small, there, edges)
        head = None
        if detections.faces:
            crown = find_portrait_crown(small, there, behind, _below_frame(widths[0] * zoom))
            head = _portrait_head(detections.faces[0], crown, zoom)
        outline = Outline(head, behind, fringe(small, behind), widths)
        return outline, _old_backdrop_metric(small, there, behind, backdrop)

    def person() -> tuple[Mapping[str, Metric], int | None, Reading]:
        guidance = measure(pixels, detections)
        if not detections.faces:
            return guidance, None, _NO_FACE
        return guidance, finder.count_hands(pixels, detections.faces[0]), head_covering(pixels, detections)

    file = _file_metrics(data, pixels)
    (outline, old), (guidance, hands, covering) = run_both(around_person, person)
    return PortraitAnalysis(pixels, coloured, detections, outline, file, old, guidance, hands, covering)


def _file_metrics(data: bytes, pixels: Pixels) -> dict[str, Metric]:
    try:
        return file_metrics(data)
    except PhotoProblem:  # shown in any case
        height, width = pixels.shape[:2]
        sizes = {"width": (width, "px"), "height": (height, "px"), "bytes": (len(data), "byte")}
        found = {name: Metric(name, float(value), unit) for name, (value, unit) in sizes.items()}
        found["dpi"] = Metric("dpi", None, "dpi", "not_measured.no_dpi")
        found["colour_bits"] = Metric("colour_bits", None, "bit", "not_measured.not_jpeg")
        found["jpeg_quality"] = Metric("jpeg_quality", None, "", "not_measured.not_jpeg")
        return found


def _old_backdrop_metric(
    small: Pixels, there: Detections, behind: Background | None, backdrop: Colour | None
) -> Metric:
    if backdrop is None:
        return Metric("old_backdrop", None, "px", NEEDS_SHOT)
    area = old_backdrop(small, there, behind, backdrop)
    why = "not_measured.no_plain_background" if there.faces else "not_measured.no_face"
    return Metric("old_backdrop", area, "px", why if area is None else "")


def reduced_copy(pixels: Pixels, detections: Detections) -> tuple[Pixels, Detections, float]:
    """Return a copy of at most 1600 px, its detections, and its scale."""
    small, zoom = downscale(pixels, _ANALYSIS_SIDE_PX), min(1.0, _ANALYSIS_SIDE_PX / max(pixels.shape))
    if zoom == 1:
        return small, detections, zoom
    faces = tuple(face.transform(zoom, (0, 0)) for face in detections.faces)
    return small, Detections((small.shape[1], small.shape[0]), faces, detections.person), zoom


def decode_lenient(data: bytes) -> tuple[Pixels, bool]:
    """Return the pixels of a picture file as a viewer shows them, and whether they have colour. Unlike a shot, a grey
    portrait, for example, is not rejected here: it is measured, and the rule on colour fails. Raises PhotoProblem if
    it is no picture."""
    try:
        return decode(data).pixels, True
    except PhotoProblem as problem:
        if problem.key not in _DISPLAYABLE_PROBLEMS:
            raise
        try:
            pixels = np.asarray(render_leniently(detect_kind(data), data), np.uint8)
        except Exception:  # the parsers of Pillow raise many kinds of exceptions on damaged bytes
            raise problem from None
        return pixels, problem.key != "photo.grey"


def _below_frame(frame: float) -> int:
    """Return the first row inside a frame at the upper edge."""
    return math.ceil(frame) + _BORDER_BLUR_PX if frame else 0


def _portrait_head(face: Face, crown: Crown | None, zoom: float) -> Head:
    first, second = sorted((_point(face.right_eye), _point(face.left_eye)))
    left, right = sorted((_point(face.right_cheek), _point(face.left_cheek)))
    return Head(
        crown=None if crown is None else crown.row / zoom,
        crown_error=0.0 if crown is None else crown.error / zoom,
        eyes=float(face.eyes[1]),
        chin=float(face.chin[1]),
        left=left,
        right=right,
        centre=face_centre_x(face),
        pupils=(first, second),
        width=face.width,
    )


def _point(at: NDArray[np.float32]) -> Point:
    return float(at[0]), float(at[1])
