"""A visit whose portrait is really a crop of its shot, with the recipe that records it."""

from __future__ import annotations

import io
import math
from functools import cache
from typing import Any, Final

import numpy as np
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.cropping.solver import Crop
from server.records.models import Student
from tests.server.sample_pictures import shot_jpeg
from tests.server.station_client import Visit

SHOT_SIZE: Final = (1500, 2000)
PORTRAIT_SIZE: Final = (480, 640)


def aligned_visit(student: Student, seed: int = 1, angle: float = 0.0, **changes: Any) -> Visit:
    """Return a visit whose crop is off the centre, so that a test detects a shot that is shown in the wrong place."""
    shot = shot_jpeg(seed, SHOT_SIZE)
    crop = Crop(330.0, 240.0, 900.0, 1200.0, PORTRAIT_SIZE[0] / 900.0, angle)
    portrait = _portrait(shot, crop)
    recipe = {
        "format": 2,
        "shot": {"decoded_size": list(SHOT_SIZE), "decoded_reduction": 1},
        "crop": {name: getattr(crop, name) for name in ("left", "top", "width", "height", "scale", "angle")},
    }
    return Visit.of(student, seed, shot=shot, portrait=portrait, recipe=recipe, **changes)


@cache
def _portrait(shot: bytes, crop: Crop) -> bytes:
    return _encode(_cut(Image.open(io.BytesIO(shot)).convert("RGB"), crop))


def _cut(shot: Image.Image, crop: Crop) -> np.ndarray:
    """Scale the crop to the portrait; the transform maps each pixel of the portrait to its place in the shot."""
    cos, sin = math.cos(math.radians(crop.angle)), math.sin(math.radians(crop.angle))
    step = 1 / crop.scale
    across = (cos * step, -sin * step, cos * crop.left - sin * crop.top)
    down = (sin * step, cos * step, sin * crop.left + cos * crop.top)
    return np.asarray(shot.transform(PORTRAIT_SIZE, Image.Transform.AFFINE, (*across, *down), Image.Resampling.BICUBIC))


def _encode(pixels: np.ndarray) -> bytes:
    """Encode within the standard's band of bytes; noise makes a drawing's file as large as a photograph's."""
    output = load_standard("chsi").output
    noisy = pixels.astype(np.int16) + np.random.default_rng(1).normal(0, 5, pixels.shape)
    image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    for quality in range(95, 59, -1):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, dpi=(300, 300))
        if out.tell() <= output.max_bytes:
            return out.getvalue()
    raise AssertionError("the portrait does not fit its byte band")
