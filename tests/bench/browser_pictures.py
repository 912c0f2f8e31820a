"""Pictures with known faults for the page's guidance, with the metrics by `kiosk.guidance`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import Rule, Stage, load_standard
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.detection.types import Detections
from kiosk.guidance.metrics.registry import measure
from kiosk.guidance.verdict import Metric, evaluate
from tests.bench.rendered_faults import Model, changes, unchanged
from tests.bench.rendered_sitters import Sitter

SIDE_PX: Final = 1280
_SETTLING_FRAMES: Final = 3
"""Frames of a stream until the live finder has settled."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture, the detections of Python's live finder, and the metrics without body joints, as on the page."""

    name: str
    pixels: Pixels = field(repr=False)
    detections: Detections = field(repr=False)
    metrics: Mapping[str, Metric] = field(repr=False)

    def values(self) -> dict[str, float | None]:
        return {name: metric.value for name, metric in self.metrics.items()}

    def verdicts(self, rules: Mapping[str, Rule]) -> dict[str, str]:
        """`fail:low`, `pass`, ... by rule."""
        verdicts = evaluate(self.metrics, rules)
        sides = {v.rule: v.reason.rpartition(".")[2] for v in verdicts if v.reason.startswith("rule.")}
        return {v.rule: f"{v.outcome}:{sides[v.rule]}" if v.rule in sides else str(v.outcome) for v in verdicts}


def rendered(sitter: Sitter, stride: int, first: int = 1) -> Iterator[tuple[str, Pixels]]:
    """Yield (name, pixels) of the unchanged sitter, and of every `stride`th change from `first` on that can be
    rendered."""
    model = Model(sitter.scene(), sitter, sitter)
    yield sitter.name, unchanged(model)
    for change in islice(changes(), first, None, stride):
        pixels = change.render(model)
        if pixels is not None:
            yield change.title, pixels


def frames(pictures: Iterable[tuple[str, Pixels]]) -> Iterator[Frame]:
    """Measure each picture as a separate stream, at most SIDE_PX on its longer side and after JPEG."""
    finder = FaceFinder(still=False)
    try:
        for name, pixels in pictures:
            small = as_jpeg(pixels)
            for picture in (
                np.zeros((240, 320, 3), np.uint8),
                *[small] * _SETTLING_FRAMES,
            ):  # the blank frame ends the tracking
                detections = finder.find(picture)
            yield Frame(name, small, detections, measure(small, detections))
    finally:
        finder.close()


def as_jpeg(pixels: Pixels) -> Pixels:
    """Return the pixels of a JPEG of quality 95, at most SIDE_PX on the longer side."""
    scale = SIDE_PX / max(pixels.shape[:2])
    if scale < 1:
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    file = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
    return np.ascontiguousarray(cv2.imdecode(file, 1)[..., ::-1])


def write_exact(frames: Iterable[Frame], folder: Path) -> list[str]:
    """Write the frames with a face as raw numbers for src/tests/exact.ts, and return their names."""
    names = []
    for frame in frames:
        if not frame.detections.faces or frame.detections.person is None:
            continue
        mask = frame.detections.person
        stem = folder / f"{len(names):04d}"
        alpha = np.full((*frame.pixels.shape[:2], 1), 255, np.uint8)
        stem.with_suffix(".rgba").write_bytes(np.concatenate([frame.pixels, alpha], axis=2).tobytes())
        stem.with_suffix(".points").write_bytes(frame.detections.faces[0].points.astype("<f4").tobytes())
        stem.with_suffix(".mask").write_bytes(mask.astype("<f4").tobytes())
        size = {"picture": frame.pixels.shape[1::-1], "mask": mask.shape[::-1]}
        stem.with_suffix(".json").write_text(json.dumps(size))
        names.append(frame.name)
    return names


def still_rules() -> dict[str, Rule]:
    """Return the rules of live view and shot that can be evaluated on a single picture."""
    chsi = load_standard("chsi")
    rules = {**chsi.rules_for(Stage.LIVE), **chsi.rules_for(Stage.SHOT)}
    return {name: rule for name, rule in rules.items() if rule.by != "person"}
