"""Receipts for the printers of tests, with dots that can be distinguished in the output."""

from __future__ import annotations

import numpy as np
from PIL import Image

from hardware.printers.api import Page


def page(name: str = "receipt", width: int = 384, height: int = 1200, seed: int = 7) -> Page:
    dots = np.random.default_rng(seed).random((height, width)) < 0.3
    return Page(name, Image.fromarray(np.where(dots, 0, 255).astype(np.uint8)).convert("1"))


def same(printed: Image.Image, expected: Page) -> bool:
    return bool(np.array_equal(np.asarray(printed) < 128, ~np.asarray(expected.picture)))
