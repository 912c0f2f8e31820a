"""Estimate from one uploaded file whether a beauty filter was used. The result may request a review, never a rejection.

Two kinds of evidence count. A small logistic model of the skin's smoothness (config/settings/beauty_filter.toml, fitted
and measured by tests/bench/beauty_filter.py) detects smoothing, but mistakes a phone's own noise reduction for it. The
file's metadata may name an app, contain a preview of another picture, or show a type of JPEG that no camera writes.
Quantization tables do not count: many phones use those of editors and messengers. Missing EXIF is reported but does not
count, because messengers remove it from unedited pictures too.
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
    """`score` 0 to 1, of the stronger evidence; `level` is the request to a reviewer. `evidence`: (key, value), with
    the message `beauty_filter.evidence.<key>`. `unable`: the limits of this method, with the messages
    `beauty_filter.unable.<key>`."""

    score: float
    level: SuspicionLevel
    evidence: tuple[tuple[str, str], ...]
    unable: tuple[str, ...]


def assess_beauty_filter(data: bytes, finder: FaceFinder, settings: BeautyFilterSettings | None = None) -> Suspicion:
    """Assess the file `data`. Raises PhotoProblem if it is no picture."""
    settings = settings or beauty_filter_settings()
    pixels, facts = decode(data).pixels, read_jpeg_properties(data)
    evidence = file_evidence(facts, settings)
    weight = max((settings.weights.get(key, 0.0) for key, _ in evidence), default=0.0)
    smooth, reason = _skin_smoothing(pixels, finder, settings.smoothness)
    if facts is not None and facts.quality < settings.smoothness.min_jpeg_quality:
        smooth, reason = 0.0, "compressed"
    if smooth >= settings.smoothness.review_from:
        evidence = (("smooth", f"{smooth:.2f}"), *evidence)
    unable = (*UNDETECTABLE, reason) if reason else UNDETECTABLE
    return Suspicion(max(weight, smooth), _suspicion_level(weight, smooth, settings), evidence, unable)


def _suspicion_level(weight: float, smooth: float, settings: BeautyFilterSettings) -> SuspicionLevel:
    """Return the level of the evidence; smooth skin alone never exceeds REVIEW."""
    if weight >= settings.strong_from:
        return SuspicionLevel.STRONG
    return (
        SuspicionLevel.REVIEW
        if weight >= settings.review_from or smooth >= settings.smoothness.review_from
        else SuspicionLevel.NONE
    )


def suspicion_lines(suspicion: Suspicion, translations: Translations) -> list[str]:
    """Return the lines for a reviewer: the level, the evidence, the limits of the method."""
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
    """Return the model's probability that the skin was smoothed, 0 to 1."""
    terms = (part.weight * (features[name] - part.mean) / part.spread for name, part in model.features.items())
    return 1 / (1 + math.exp(-model.bias - sum(terms)))


def file_evidence(facts: JpegProperties | None, settings: BeautyFilterSettings) -> tuple[tuple[str, str], ...]:
    """Return the evidence in a JPEG's metadata, (key, value); other files have none."""
    if facts is None:
        return ()
    signatures = "\n".join((*facts.software, facts.make, facts.model, facts.comment))
    evidence = [(app.kind, app.name) for app in settings.apps if _has_signature(app, signatures)]
    difference = facts.thumbnail_difference
    if difference is not None and difference > settings.thumbnail_difference:
        evidence.append(("thumbnail", f"{difference:.0f}"))
    camera = " ".join(text for text in (facts.make, facts.model) if text)
    if camera and facts.progressive:  # CIPA DC-008: the main picture of an Exif file is baseline
        evidence.append(("saved_again", camera))
    evidence.append(("camera", camera) if camera else ("no_camera", ""))
    return tuple(evidence)


def _has_signature(app: EditingApp, signatures: str) -> bool:
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z])", signatures, re.IGNORECASE) for word in app.keywords
    )


def _skin_smoothing(pixels: Pixels, finder: FaceFinder, model: Smoothness) -> tuple[float, str]:
    """Return the probability; else 0 and the reason why there is none."""
    faces = finder.find(pixels).faces
    if len(faces) != 1:
        return 0.0, "no_face"
    features = smoothness_features(pixels, faces[0])
    if features is None:
        return 0.0, "small_face" if faces[0].width < MIN_FACE_WIDTH_PX else "little_skin"
    return smoothing_probability(features, model), ""
