"""Signs of a beauty filter in an uploaded picture: weights, limits, and the signatures of apps."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Final

from config.settings.loader import StrictModel, read_settings

FILE: Final = Path(__file__).parent / "beauty_filter.toml"


class Feature(StrictModel):
    """One term of the logistic model: weight * (value - mean) / spread."""

    mean: float
    spread: float
    weight: float


class Smoothness(StrictModel):
    """The logistic model of kiosk.capture.retouch.smoothness; from `review_from` on a person must review."""

    review_from: float
    bias: float
    min_jpeg_quality: int
    source: str
    date: datetime.date
    features: dict[str, Feature]


class EditingApp(StrictModel):
    """An app that signs files. `keywords` are searched in EXIF, XMP and the JPEG comment, whole words, any case."""

    name: str
    kind: str
    keywords: tuple[str, ...]


class BeautyFilterSettings(StrictModel):
    review_from: float
    strong_from: float
    thumbnail_difference: float
    weights: dict[str, float]
    smoothness: Smoothness
    apps: tuple[EditingApp, ...]


@cache
def beauty_filter_settings() -> BeautyFilterSettings:
    """Return the settings in config/settings/beauty_filter.toml; read once."""
    return read_settings(BeautyFilterSettings, FILE, None)
