"""A finished portrait's file, whoever made it: every rule's verdict, where the head is, and the facts of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import Problem
from config.image_file import DECODE_ERRORS, PHOTO_FORMATS, open_image
from config.standards.registry import PhotoStandard, Stage
from kiosk.capture.image_io.file_type import kind_of
from kiosk.capture.verification.measure_portrait import Head, Seen, look, metrics_of
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import MANUAL_CHECK, NOT_IN_FILE, Metric, Outcome, Verdict, evaluate, unevaluated


class Sum(StrEnum):
    """What all verdicts together say of a file: a person still looks at what only a person can see."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True)
class FileFacts:
    """What a picture file says of itself. `name` is empty for bytes without a file; `dpi` and `jpeg_quality` are None
    where it says none."""

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
class Checked:
    """A file held against a standard.

    `verdicts`: one for every rule of the standard, in its order. `background` is the name of the standard's colour it
    was held against, `background_found` whether that was chosen as the nearest to what is there,
    `background_mean` (sRGB) what is there. `head` and `pixels`
    (uint8 (h, w, 3)) are for drawing; `head` is None where no face is found.
    """

    facts: FileFacts
    verdicts: tuple[Verdict, ...]
    background: str
    background_found: bool
    background_mean: tuple[int, int, int] | None
    head: Head | None
    pixels: NDArray[np.uint8] = field(repr=False)

    @property
    def judged(self) -> tuple[Verdict, ...]:
        """The verdicts of the rules that are asked of a file."""
        return tuple(v for v in self.verdicts if v.reason not in (MANUAL_CHECK, NOT_IN_FILE))

    @property
    def for_a_person(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.reason == MANUAL_CHECK)

    @property
    def sum(self) -> Sum:
        return sum_of(self.judged)


def sum_of(verdicts: Sequence[Verdict]) -> Sum:
    """WRONG where any rule fails; RIGHT only where every single one passes."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.FAIL in outcomes:
        return Sum.WRONG
    return Sum.RIGHT if outcomes <= {Outcome.PASS} else Sum.UNSURE


def check_portrait_file(
    source: Path | bytes, standard: PhotoStandard, finder: FaceFinder, *, nearest_background: bool = False
) -> Checked:
    """Holds the picture file `source` against `standard`, and against its chosen background colour or, with
    `nearest_background`, the one of its colours that is nearest to what is measured.

    Raises Problem: photo.* where it is no picture (PhotoProblem), sheet.unreadable where the file cannot be opened.
    """
    data, name = _read(source)
    seen = look(data, finder)
    several = len(standard.output.backgrounds) > 1
    found = nearest_background and several and seen.background is not None
    if found:
        standard = with_nearest(standard, seen)
    metrics = metrics_of(data, seen, standard)
    return Checked(
        facts=_facts(data, name, metrics),
        verdicts=_every_rule(standard, metrics),
        background=standard.output.background,
        background_found=found,
        background_mean=_mean(seen),
        head=seen.head,
        pixels=seen.pixels,
    )


def with_nearest(standard: PhotoStandard, seen: Seen) -> PhotoStandard:
    """The standard with that of its background colours which is nearest to the picture's."""
    if seen.background is None:
        return standard
    return standard.with_background(seen.background.nearest(standard.output.backgrounds))


def _mean(seen: Seen) -> tuple[int, int, int] | None:
    if seen.background is None:
        return None
    red, green, blue = (round(float(level)) for level in seen.background.mean)
    return red, green, blue


def _every_rule(standard: PhotoStandard, metrics: dict[str, Metric]) -> tuple[Verdict, ...]:
    asked = standard.rules_for(Stage.PORTRAIT)
    others = {name: rule for name, rule in standard.rules.items() if name not in asked}
    by_name = {verdict.rule: verdict for verdict in (*evaluate(metrics, asked), *unevaluated(others))}
    return tuple(by_name[name] for name in standard.rules)


def _read(source: Path | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, ""
    try:
        return source.read_bytes(), source.name
    except OSError as error:
        raise Problem("sheet.unreadable", name=source.name, why=error.strerror or str(error)) from error


def _facts(data: bytes, name: str, metrics: dict[str, Metric]) -> FileFacts:
    try:
        with open_image(data, PHOTO_FORMATS) as image:
            kind, bits = image.format or "", 8 * len(image.getbands())
    except DECODE_ERRORS:  # HEIC, say, which is read by other means
        kind, bits = kind_of(data).value, 24
    return FileFacts(
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
