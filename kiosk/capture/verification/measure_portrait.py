"""Measure the file of a finished portrait of any origin, and evaluate the rules."""

from __future__ import annotations

from typing import Final

from config.standards.registry import Colour, PhotoStandard, Stage
from kiosk.capture.verification.background import Background
from kiosk.capture.verification.portrait_analysis import Head, PortraitAnalysis, analyze
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import NotMeasured
from kiosk.guidance.metrics.registry import to_metric
from kiosk.guidance.verdict import NEEDS_SHOT, Metric, Verdict, evaluate

_PLACEMENT_UNITS: Final = {
    "hair_top": "px",
    "eye_line": "px",
    "face_width": "px",
    "centring": "px",
    "head_height": "share",
    "body_share": "share",
}
_NO_FACE: Final = NotMeasured("not_measured.no_face")
_BACKGROUND_METRICS: Final = ("background_colour", "background_evenness")


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
    return metrics_of(analyze(data, finder, backdrop), standard)


def metrics_of(analysis: PortraitAnalysis, standard: PhotoStandard) -> dict[str, Metric]:
    """Return all metrics of a portrait file: of the file, the position, the background, and those of guidance.

    - `hair_top`, `eye_line`: px from the upper edge. `face_width`: px, cheek to cheek. `centring`: px from the middle
      to the middle of the face, positive to the right.
    - `head_height`: crown to chin, `body_share`: chin to the lower edge; shares of the picture's height.
    - `background_colour`: levels (of 255) by which the background's mean differs from the standard's colour in the
      worst channel. `background_evenness`: levels by which 99 of 100 background pixels differ from that mean at most.
    - `black_edge`: px, the widest side of a dark frame around the picture; 0 without one.
    - `hands`: the number of hands on the face or near it. `head_covering`: see kiosk.guidance.metrics.head_covering.
    - `rim`: levels, remains of another backdrop along the outline, see kiosk.capture.verification.fringe.
    - `old_backdrop`: px of a portrait 640 px high, parts of the shot's `backdrop` beside the head, see
      kiosk.capture.verification.old_backdrop; only where that is known.
    """
    return {
        **analysis.guidance,
        **_file_metrics(analysis),
        **_background_metrics(analysis.outline.background, standard.output.backgrounds[standard.output.background]),
        **_placement_metrics(analysis.outline.head, analysis.pixels.shape[0], analysis.pixels.shape[1]),
        "black_edge": Metric("black_edge", float(max(analysis.outline.border_widths)), "px"),
        "hands": to_metric("hands", _NO_FACE if analysis.hands is None else float(analysis.hands)),
        "head_covering": to_metric("head_covering", analysis.covering),
        "rim": Metric(
            "rim",
            analysis.outline.fringe,
            "level",
            "not_measured.no_plain_background" if analysis.outline.fringe is None else "",
        ),
        "old_backdrop": analysis.old_backdrop,
    }


def _file_metrics(analysis: PortraitAnalysis) -> dict[str, Metric]:
    """Return the metrics of the file. A grey picture has 8 bits of colour, however many the file stores."""
    metrics = dict(analysis.file)
    if not analysis.has_colour and metrics["colour_bits"].value is not None:
        metrics["colour_bits"] = Metric("colour_bits", 8.0, "bit")
    return metrics


def _placement_metrics(head: Head | None, height: int, width: int) -> dict[str, Metric]:
    if head is None:
        return {name: Metric(name, None, unit, "not_measured.no_face") for name, unit in _PLACEMENT_UNITS.items()}
    metrics = {
        "eye_line": Metric("eye_line", head.eyes, "px"),
        "face_width": Metric("face_width", head.width, "px"),
        "centring": Metric("centring", head.centre - width / 2, "px"),
        "body_share": Metric("body_share", (height - head.chin) / height, "share"),
    }
    if head.crown is None:
        return metrics | {
            n: Metric(n, None, _PLACEMENT_UNITS[n], "not_measured.no_hair") for n in ("hair_top", "head_height")
        }
    tall = (head.chin - head.crown) / height
    return metrics | {
        "hair_top": Metric("hair_top", head.crown, "px", error=head.crown_error),
        "head_height": Metric("head_height", tall, "share", error=head.crown_error / height),
    }


def _background_metrics(background: Background | None, colour: tuple[int, int, int]) -> dict[str, Metric]:
    if background is None:
        return {name: Metric(name, None, "level", "not_measured.no_background") for name in _BACKGROUND_METRICS}
    values = dict(zip(_BACKGROUND_METRICS, (background.max_error(colour), background.spread), strict=True))
    return {name: Metric(name, value, "level") for name, value in values.items()}
