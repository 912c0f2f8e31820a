"""Drawn pictures for tests: a shot, and a portrait of the size that chsi.toml requires.

Each is drawn once in a process, because its noise takes 0.1 s."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from config.standards.registry import load_standard


def _person(width: int, height: int, background: tuple[int, int, int], seed: int) -> Image.Image:
    """Draw shoulders, neck, face and hair as ellipses; their colours depend on `seed`."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), background)
    draw = ImageDraw.Draw(image)

    def ellipse(x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        draw.ellipse([(x - rx) * width, (y - ry) * height, (x + rx) * width, (y + ry) * height], fill=colour)

    red, green, blue = (int(c) for c in rng.integers((40, 40, 60), (90, 90, 140)))
    skin = (int(rng.integers(205, 235)), int(rng.integers(165, 190)), 150)
    ellipse(0.5, 1.08, 0.44, 0.32, (red, green, blue))
    draw.polygon(
        [(0.42 * width, 0.8 * height), (0.58 * width, 0.8 * height), (0.5 * width, height)], fill=(245, 245, 245)
    )
    ellipse(0.5, 0.72, 0.1, 0.12, skin)
    ellipse(0.5, 0.34, 0.265, 0.225, (35, 30, 32))
    ellipse(0.5, 0.43, 0.225, 0.245, skin)
    draw.chord([0.27 * width, 0.13 * height, 0.73 * width, 0.46 * height], 190, 350, fill=(35, 30, 32))
    for side in (-1, 1):
        ellipse(0.5 + side * 0.1, 0.42, 0.035, 0.012, (250, 250, 250))
        ellipse(0.5 + side * 0.1, 0.42, 0.014, 0.012, (40, 28, 24))
    ellipse(0.5, 0.57, 0.06, 0.012, (190, 95, 95))
    return image


@cache
def shot_jpeg(seed: int = 1, size: tuple[int, int] = (1200, 1600)) -> bytes:
    """Return a drawn shot before a grey wall that is darker on one side, with sensor noise."""
    image = np.asarray(_person(*size, (176, 180, 186), seed)).astype(np.int16)
    rng = np.random.default_rng(seed)
    shade = np.linspace(12, -14, size[0])[None, :, None]
    noisy = image + shade + rng.normal(0, 3, image.shape)
    return _jpeg(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), 90)


@cache
def portrait_jpeg(seed: int = 1, size: tuple[int, int] | None = None) -> bytes:
    """Return a drawn portrait of chsi's size, in the best quality that fits its maximum of bytes."""
    output = load_standard("chsi").output
    image = _person(*(size or (output.width, output.height)), output.backgrounds["blue"], seed)
    pixels = np.asarray(image).astype(np.int16)
    noise = np.random.default_rng(seed).normal(0, 4, pixels.shape)
    person = (np.abs(pixels - np.array(output.backgrounds["blue"])).sum(axis=2, keepdims=True) > 0).astype(np.int16)
    grainy = Image.fromarray((pixels + noise * person).clip(0, 255).astype(np.uint8))
    for quality in range(95, 59, -1):
        encoded = _jpeg(grainy, quality)
        if len(encoded) <= output.max_bytes:
            return encoded
    raise AssertionError("the drawn portrait does not fit its byte band")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, dpi=(300, 300))
    return out.getvalue()
