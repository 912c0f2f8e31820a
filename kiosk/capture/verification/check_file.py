"""Check a finished portrait's file of any origin: the verdicts, the position of the head, and the file's properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import Problem
from config.i18n import Message
from config.image_file import DECODE_ERRORS, PHOTO_FORMATS, open_image
from config.standards.registry import Colour, PhotoStandard, Stage
from kiosk.capture.image_io.file_type import detect_kind
from kiosk.capture.image_io.lost_rows import lost_percent
from kiosk.capture.verification.measure_portrait import metrics_of
from kiosk.capture.verification.orientation import POSITIONS, quarter_turns
from kiosk.capture.verification.portrait_analysis import Head, PortraitAnalysis, analyze
from kiosk.capture.verification.summary import Summary, summarize
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import MANUAL_CHECK, UNANSWERABLE, Metric, Verdict, evaluate, unevaluated


@dataclass(frozen=True)
class FileProperties:
    """Properties of a picture file. `name` is empty for bytes without a file; `dpi` and `jpeg_quality` are None if
    there are none."""

    name: str
    kind: str
    width: int
    height: int
    bytes: int
    colour_bits: int
    dpi: float | None
    jpeg_quality: float | None
    sha256: str


@dataclass(frozen=True)
class CheckReport:
    """The result of checking a file by a standard.

    `verdicts`: one for every rule of the standard, in its order. `background` is the name of the required colour,
    `background_matched` whether it was chosen as the nearest to the measured one, `background_mean` the measured one
    (sRGB). `fault` is the message about a picture that is not upright or partly lost, so that no verdict is valid.
    `notes` are further messages about the file. `head` and `pixels` (uint8 (h, w, 3)) are for drawing; `head` is None
    if no face is found.
    """

    facts: FileProperties
    verdicts: tuple[Verdict, ...]
    background: str
    background_matched: bool
    background_mean: tuple[int, int, int] | None
    head: Head | None
    pixels: NDArray[np.uint8] = field(repr=False)
    fault: Message | None = None
    notes: tuple[Message, ...] = ()

    @property
    def evaluated(self) -> tuple[Verdict, ...]:
        """The verdicts on rules that a file can answer."""
        return tuple(v for v in self.verdicts if v.reason not in UNANSWERABLE)

    @property
    def manual(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.reason == MANUAL_CHECK)

    @property
    def summary(self) -> Summary:
        return Summary.WRONG if self.fault else summarize(self.evaluated)


def check_portrait(
    source: Path | bytes,
    standard: PhotoStandard,
    finder: FaceFinder,
    *,
    nearest_background: bool = False,
    backdrop: Colour | None = None,
) -> CheckReport:
    """Check the picture file `source` by `standard` and its chosen background colour or, with `nearest_background`, the
    one of its colours that is nearest to the measured one. `backdrop`: the colour of its shot's backdrop, if known.

    Raises Problem: photo.* where it is no picture (PhotoProblem), sheet.unreadable where the file cannot be opened.
    """
    data, name = _read(source)
    analysis = analyze(data, finder, backdrop)
    several = len(standard.output.backgrounds) > 1
    is_matched = nearest_background and several and analysis.outline.background is not None
    if is_matched:
        standard = with_nearest_background(standard, analysis)
    metrics = metrics_of(analysis, standard)
    return CheckReport(
        facts=_file_properties(data, name, metrics),
        verdicts=_all_verdicts(standard, metrics),
        background=standard.output.background,
        background_matched=is_matched,
        background_mean=_mean_colour(analysis),
        head=analysis.outline.head,
        pixels=analysis.pixels,
        fault=_fault(analysis, finder),
    )


def _fault(analysis: PortraitAnalysis, finder: FaceFinder) -> Message | None:
    """Return the message about a picture that is not upright, or of which a part is lost; else None."""
    if percent := lost_percent(analysis.pixels):
        return Message("check.part_lost", {"percent": percent})
    turns = quarter_turns(analysis.pixels, analysis.detections, finder)
    return Message(f"check.{POSITIONS[turns]}") if turns else None


def with_nearest_background(standard: PhotoStandard, analysis: PortraitAnalysis) -> PhotoStandard:
    """Return the standard with its background colour that is nearest to the picture's."""
    if analysis.outline.background is None:
        return standard
    return standard.with_background(analysis.outline.background.nearest(standard.output.backgrounds))


def _mean_colour(analysis: PortraitAnalysis) -> tuple[int, int, int] | None:
    if analysis.outline.background is None:
        return None
    red, green, blue = (round(float(level)) for level in analysis.outline.background.mean)
    return red, green, blue


def _all_verdicts(standard: PhotoStandard, metrics: dict[str, Metric]) -> tuple[Verdict, ...]:
    rules = standard.rules_for(Stage.PORTRAIT)
    others = {name: rule for name, rule in standard.rules.items() if name not in rules}
    by_name = {verdict.rule: verdict for verdict in (*evaluate(metrics, rules), *unevaluated(others))}
    return tuple(by_name[name] for name in standard.rules)


def _read(source: Path | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, ""
    try:
        return source.read_bytes(), source.name
    except OSError as error:
        raise Problem("sheet.unreadable", name=source.name, why=error.strerror or str(error)) from error


def _file_properties(data: bytes, name: str, metrics: dict[str, Metric]) -> FileProperties:
    try:
        with open_image(data, PHOTO_FORMATS) as image:
            kind, bits = image.format or "", 8 * len(image.getbands())
    except DECODE_ERRORS:  # HEIC, for example, which another library reads
        kind, bits = detect_kind(data).value, 24
    return FileProperties(
        name=name,
        kind=kind,
        width=int(metrics["width"].value or 0),
        height=int(metrics["height"].value or 0),
        bytes=len(data),
        colour_bits=bits,
        dpi=metrics["dpi"].value,
        jpeg_quality=metrics["jpeg_quality"].value,
        sha256=sha256(data).hexdigest(),
    )
