"""How far an uploaded picture speaks of a beauty filter, from its one file. It asks a person to look; it never rejects.

Two witnesses. The skin's smoothness, weighed by a small logistic model (config/settings/beauty_filter.toml, fitted and
measured by tests/bench/beauty_filter.py): it sees smoothing, and takes a phone's own noise reduction for it. And what
the file says of itself: apps that sign it, a preview that shows another picture, a kind of JPEG that no camera writes.
Quantization tables are not weighed: many phones save with the very tables that editors and messengers use. Missing EXIF
is told and not weighed: messengers drop it from honest pictures too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from config.arrays import Pixels
from config.i18n import Translations
from config.settings.beauty_filter import BeautyFilterSettings, EditingApp, Smoothness, beauty_filter_settings
from kiosk.capture.image_io.decode import decode
from kiosk.capture.retouch.smoothness import MIN_FACE_WIDTH_PX, smoothness_features
from kiosk.capture.verification.file_metrics import JpegProperties, read_jpeg_properties
from kiosk.guidance.detection.landmarks import FaceFinder

UNDETECTABLE: Final = ("whitening", "shape", "denoising")


class SuspicionLevel(StrEnum):
    NONE = "none"
    REVIEW = "look"
    STRONG = "strong"


@dataclass(frozen=True)
class Suspicion:
    """`score` 0 to 1, the stronger of the witnesses; `level` what a reviewer is asked to do. `evidence`: (key, value),
    its sentence is `assess_beauty_filter.evidence.<key>`. `unable`: what this cannot see,
    `assess_beauty_filter.unable.<key>`."""

    score: float
    level: SuspicionLevel
    evidence: tuple[tuple[str, str], ...]
    unable: tuple[str, ...]


def assess_beauty_filter(data: bytes, finder: FaceFinder, settings: BeautyFilterSettings | None = None) -> Suspicion:
    """Weighs the file `data`. Raises PhotoProblem where it is no picture."""
    weighed = settings or beauty_filter_settings()
    pixels, facts = decode(data).pixels, read_jpeg_properties(data)
    evidence = file_evidence(facts, weighed)
    weight = max((weighed.weights.get(key, 0.0) for key, _ in evidence), default=0.0)
    smooth, why_not = _skin_smoothing(pixels, finder, weighed.smoothness)
    if facts is not None and facts.quality < weighed.smoothness.min_jpeg_quality:
        smooth, why_not = 0.0, "compressed"
    if smooth >= weighed.smoothness.review_from:
        evidence = (("smooth", f"{smooth:.2f}"), *evidence)
    unable = (*UNDETECTABLE, why_not) if why_not else UNDETECTABLE
    return Suspicion(max(weight, smooth), _suspicion_level(weight, smooth, weighed), evidence, unable)


def _suspicion_level(weight: float, smooth: float, settings: BeautyFilterSettings) -> SuspicionLevel:
    """Smooth skin alone is never more than a reason to look."""
    if weight >= settings.strong_from:
        return SuspicionLevel.STRONG
    return (
        SuspicionLevel.REVIEW
        if weight >= settings.review_from or smooth >= settings.smoothness.review_from
        else SuspicionLevel.NONE
    )


def suspicion_lines(suspicion: Suspicion, translations: Translations) -> list[str]:
    """What there is to say to a reviewer: the level, the evidence, what cannot be seen."""
    title = translations.translate("beauty_filter.title", score=f"{suspicion.score:.2f}")
    evidence = [
        translations.translate(f"beauty_filter.evidence.{key}", value=value) for key, value in suspicion.evidence
    ]
    unable = [translations.translate(f"beauty_filter.unable.{key}") for key in suspicion.unable]
    return [
        title,
        translations.translate(f"beauty_filter.level.{suspicion.level}"),
        *(f"  {line}" for line in (*evidence, *unable)),
    ]


def smoothing_probability(features: Mapping[str, float], model: Smoothness) -> float:
    """The model's probability that the skin was smoothed, 0 to 1."""
    terms = (part.weight * (features[name] - part.mean) / part.spread for name, part in model.features.items())
    return 1 / (1 + math.exp(-model.bias - sum(terms)))


def file_evidence(facts: JpegProperties | None, settings: BeautyFilterSettings) -> tuple[tuple[str, str], ...]:
    """What a JPEG says of itself, (key, value); other files say nothing that could be weighed."""
    if facts is None:
        return ()
    signatures = "\n".join((*facts.software, facts.make, facts.model, facts.comment))
    found = [(maker.kind, maker.name) for maker in settings.apps if _has_signature(maker, signatures)]
    apart = facts.thumbnail_difference
    if apart is not None and apart > settings.thumbnail_difference:
        found.append(("thumbnail", f"{apart:.0f}"))
    camera = " ".join(text for text in (facts.make, facts.model) if text)
    if camera and facts.progressive:  # CIPA DC-008: the main picture of an Exif file is baseline
        found.append(("saved_again", camera))
    found.append(("camera", camera) if camera else ("no_camera", ""))
    return tuple(found)


def _has_signature(maker: EditingApp, signatures: str) -> bool:
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z])", signatures, re.IGNORECASE) for word in maker.keywords
    )


def _skin_smoothing(pixels: Pixels, finder: FaceFinder, model: Smoothness) -> tuple[float, str]:
    """The probability; else 0 and why there is none."""
    faces = finder.find(pixels).faces
    if len(faces) != 1:
        return 0.0, "no_face"
    features = smoothness_features(pixels, faces[0])
    if features is None:
        return 0.0, "small_face" if faces[0].width < MIN_FACE_WIDTH_PX else "little_skin"
    return smoothing_probability(features, model), ""
