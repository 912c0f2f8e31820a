"""Measure the file of a finished portrait of any origin, and evaluate the rules."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.standards.registry import Colour, PhotoStandard, Stage
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
from kiosk.guidance.metrics.registry import measure
from kiosk.guidance.verdict import NEEDS_SHOT, Metric, Verdict, evaluate

Point = tuple[float, float]

_BORDER_MARGIN_PX: Final = 8  # px inside a dark frame: one JPEG block, the range of ringing
_BORDER_BLUR_PX: Final = 12  # px over which its edge is blurred where colour is halved
_ANALYSIS_SIDE_PX: Final = 1600  # px: crown and background of larger pictures are measured in a copy of that size
_DISPLAYABLE_PROBLEMS: Final = ("photo.grey", "photo.mode", "photo.transparent", "photo.cmyk")
_PLACEMENT_UNITS: Final = {
    "hair_top": "px",
    "eye_line": "px",
    "face_width": "px",
    "centring": "px",
    "head_height": "share",
    "body_share": "share",
}
_BACKGROUND_METRICS: Final = ("background_colour", "background_evenness")


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
class PortraitAnalysis:
    """The analysis of a finished picture: its pixels, uint8 (h, w, 3) sRGB, and whether they have colour; faces and
    person; head; background (in a copy of at most 1600 px); fringe in levels; and the dark frame, in px at the top,
    right, bottom and left. `hands`: hands on or near the face, None without a face."""

    pixels: Pixels = field(repr=False)
    has_colour: bool
    detections: Detections = field(repr=False)
    head: Head | None
    background: Background | None
    fringe: float | None
    border_widths: tuple[int, int, int, int]
    hands: int | None = None


def evaluate_portrait(
    data: bytes, standard: PhotoStandard, finder: FaceFinder, backdrop: Colour | None = None
) -> tuple[Verdict, ...]:
    """Return the verdicts of the portrait rules of `standard` on the file `data`; `backdrop` is the colour of its
    shot's plain backdrop, without which a rule about it has no verdict. Raises PhotoProblem if it is no picture."""
    verdicts = evaluate(measure_portrait(data, standard, finder, backdrop), standard.rules_for(Stage.PORTRAIT))
    return tuple(verdict for verdict in verdicts if verdict.reason != NEEDS_SHOT)


def measure_portrait(
    data: bytes, standard: PhotoStandard, finder: FaceFinder, backdrop: Colour | None = None
) -> dict[str, Metric]:
    """Return all metrics of a portrait file, see `metrics_of`. Raises PhotoProblem if it is no picture."""
    return metrics_of(data, analyze(data, finder), standard, backdrop)


def analyze(data: bytes, finder: FaceFinder) -> PortraitAnalysis:
    """Analyze a picture file. Raises PhotoProblem if it is no picture."""
    pixels, coloured = decode_lenient(data)
    detections = finder.find(pixels)
    widths = border_widths(pixels)
    small, zoom = downscale(pixels, _ANALYSIS_SIDE_PX), min(1.0, _ANALYSIS_SIDE_PX / max(pixels.shape))
    there = _scale_detections(detections, zoom, small)
    edges = border_mask((small.shape[0], small.shape[1]), widths, zoom, _BORDER_MARGIN_PX)
    behind = find_background(small, there, edges)
    head = None
    if there.faces:
        crown = find_portrait_crown(small, there, behind, _below_frame(widths[0] * zoom))
        head = _portrait_head(detections.faces[0], crown, zoom)
    hands = finder.count_hands(pixels, detections.faces[0]) if detections.faces else None
    return PortraitAnalysis(pixels, coloured, detections, head, behind, fringe(small, behind), widths, hands)


def _below_frame(frame: float) -> int:
    """Return the first row inside a frame at the upper edge."""
    return math.ceil(frame) + _BORDER_BLUR_PX if frame else 0


def _scale_detections(detections: Detections, zoom: float, image: Pixels) -> Detections:
    if zoom == 1:
        return detections
    faces = tuple(face.transform(zoom, (0, 0)) for face in detections.faces)
    return Detections((image.shape[1], image.shape[0]), faces, detections.person)


def metrics_of(
    data: bytes, seen: PortraitAnalysis, standard: PhotoStandard, backdrop: Colour | None = None
) -> dict[str, Metric]:
    """Return all metrics of a portrait file: of the file, the position, the background, and those of guidance.

    - `hair_top`, `eye_line`: px from the upper edge. `face_width`: px, cheek to cheek. `centring`: px from the middle
      to the middle of the face, positive to the right.
    - `head_height`: crown to chin, `body_share`: chin to the lower edge; shares of the picture's height.
    - `background_colour`: levels (of 255) by which the background's mean differs from the standard's colour in the
      worst
      channel. `background_evenness`: levels by which 99 of 100 background pixels differ from that mean at most.
    - `black_edge`: px, the widest side of a dark frame around the picture; 0 without one.
    - `hands`: how many are on the face or near it.
    - `rim`: levels, remains of another backdrop along the outline, see kiosk.capture.verification.fringe.
    - `old_backdrop`: px of a portrait 640 px high, parts of the shot's `backdrop` beside the head, see
      kiosk.capture.verification.old_backdrop; only where that is known.
    """
    return {
        **measure(seen.pixels, seen.detections),
        **_file_metrics(data, seen),
        **_background_metrics(seen.background, standard.output.backgrounds[standard.output.background]),
        **_placement_metrics(seen.head, seen.pixels.shape[0], seen.pixels.shape[1]),
        "black_edge": Metric("black_edge", float(max(seen.border_widths)), "px"),
        "hands": Metric(
            "hands",
            None if seen.hands is None else float(seen.hands),
            "",
            "not_measured.no_face" if seen.hands is None else "",
        ),
        "rim": Metric("rim", seen.fringe, "level", "not_measured.no_plain_background" if seen.fringe is None else ""),
        "old_backdrop": _old_backdrop_metric(seen, backdrop),
    }


def _old_backdrop_metric(seen: PortraitAnalysis, backdrop: Colour | None) -> Metric:
    if backdrop is None:
        return Metric("old_backdrop", None, "px", NEEDS_SHOT)
    zoom = min(1.0, _ANALYSIS_SIDE_PX / max(seen.pixels.shape))
    small = downscale(seen.pixels, _ANALYSIS_SIDE_PX)
    area = old_backdrop(small, _scale_detections(seen.detections, zoom, small), seen.background, backdrop)
    why = "not_measured.no_plain_background" if seen.detections.faces else "not_measured.no_face"
    return Metric("old_backdrop", area, "px", why if area is None else "")


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


def _file_metrics(data: bytes, analysis: PortraitAnalysis) -> dict[str, Metric]:
    """Return the metrics of the file. A grey picture has 8 bits of colour, however many the file stores."""
    try:
        found = file_metrics(data)
    except PhotoProblem:  # shown in any case
        height, width = analysis.pixels.shape[:2]
        sizes = {"width": (width, "px"), "height": (height, "px"), "bytes": (len(data), "byte")}
        found = {name: Metric(name, float(value), unit) for name, (value, unit) in sizes.items()}
        found["dpi"] = Metric("dpi", None, "dpi", "not_measured.no_dpi")
        found["colour_bits"] = Metric("colour_bits", None, "bit", "not_measured.not_jpeg")
        found["jpeg_quality"] = Metric("jpeg_quality", None, "", "not_measured.not_jpeg")
    if not analysis.has_colour and found["colour_bits"].value is not None:
        found["colour_bits"] = Metric("colour_bits", 8.0, "bit")
    return found


def _placement_metrics(head: Head | None, height: int, width: int) -> dict[str, Metric]:
    if head is None:
        return {name: Metric(name, None, unit, "not_measured.no_face") for name, unit in _PLACEMENT_UNITS.items()}
    found = {
        "eye_line": Metric("eye_line", head.eyes, "px"),
        "face_width": Metric("face_width", head.width, "px"),
        "centring": Metric("centring", head.centre - width / 2, "px"),
        "body_share": Metric("body_share", (height - head.chin) / height, "share"),
    }
    if head.crown is None:
        return found | {
            n: Metric(n, None, _PLACEMENT_UNITS[n], "not_measured.no_hair") for n in ("hair_top", "head_height")
        }
    tall = (head.chin - head.crown) / height
    return found | {
        "hair_top": Metric("hair_top", head.crown, "px", error=head.crown_error),
        "head_height": Metric("head_height", tall, "share", error=head.crown_error / height),
    }


def _background_metrics(background: Background | None, colour: tuple[int, int, int]) -> dict[str, Metric]:
    if background is None:
        return {name: Metric(name, None, "level", "not_measured.no_background") for name in _BACKGROUND_METRICS}
    values = dict(zip(_BACKGROUND_METRICS, (background.max_error(colour), background.spread), strict=True))
    return {name: Metric(name, value, "level") for name, value in values.items()}
