"""Apply strokes to a matte and to the person's colours. The face is never changed, whatever the strokes are."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.arrays import Doubles, FloatImage, Mask, Plane
from config.errors import Problem
from config.opencv import cv2
from kiosk.capture.matting.matte import Matte
from kiosk.capture.repair.brush import Coverage, centre_line, coverage
from kiosk.capture.repair.spill import SpillHue, remove_spill
from kiosk.capture.repair.strokes import Strokes, Tool

_BINOMIAL: Final = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
_SMOOTH_PASSES: Final = 2
_BORDER_PX: Final = 2  # a stroke along the border of the face may overlap it by this much, because of rounding


def repair_matte(image: FloatImage, matte: Matte, strokes: Strokes, face: Mask, hue: SpillHue | None) -> Matte:
    """Return the `matte` of `image` after `strokes`, in their order; pixels of `face` keep alpha and colour.

    Raises Problem: repair.on_face where a stroke was painted on the face, repair.grey_backdrop where there is no hue
    to remove.
    """
    check_strokes(strokes, face, hue)
    alpha, colours = matte.alpha.copy(), matte.foreground.copy()
    height, width = alpha.shape
    for stroke in strokes:
        covered = coverage(stroke, width, height)
        if covered is None:
            continue
        at = (covered.rows, covered.columns)
        amount = np.where(face[at], 0, covered.values)
        if stroke.tool is Tool.REMOVE_SPILL and hue is not None:
            colours[at] = remove_spill(colours[at], amount, hue)
        else:
            changed = _new_alpha(stroke.tool, alpha, covered, amount)
            colours[at] = _uncovered_colours(image[at], colours[at], alpha[at], changed)
            alpha[at] = changed
    return Matte(alpha, colours)


def check_strokes(strokes: Strokes, face: Mask, hue: SpillHue | None) -> None:
    """Raise Problem for the first stroke that is not allowed on this portrait."""
    height, width = face.shape
    kernel = np.ones((2 * _BORDER_PX + 1,) * 2, np.uint8)
    inner = cv2.erode(face.astype(np.uint8), kernel) > 0
    for number, stroke in enumerate(strokes, 1):
        if any(inner[y, x] for x, y in centre_line(stroke, width, height)):
            raise Problem("repair.on_face", number=number)
        if stroke.tool is Tool.REMOVE_SPILL and hue is None:
            raise Problem("repair.grey_backdrop")


def _new_alpha(tool: Tool, alpha: Plane, covered: Coverage, amount: Doubles) -> Plane:
    before = alpha[covered.rows, covered.columns].astype(np.float64)
    if tool is Tool.KEEP:
        after = before + (1 - before) * amount
    elif tool is Tool.REMOVE:
        after = before * (1 - amount)
    else:
        after = before + (smoothed(alpha)[covered.rows, covered.columns] - before) * amount
    return np.asarray(np.clip(after, 0, 1), np.float32)


def smoothed(alpha: Plane) -> Doubles:
    """Return `alpha` with softer edges, float64: binomial weights over five pixels, twice."""
    smooth = alpha.astype(np.float64)
    for _ in range(_SMOOTH_PASSES):
        for axis in (0, 1):
            padded = np.pad(smooth, [(2, 2) if side == axis else (0, 0) for side in (0, 1)], mode="edge")
            size, smooth = smooth.shape[axis], np.zeros_like(smooth)
            for shift, weight in enumerate(_BINOMIAL):
                smooth += weight * padded.take(range(shift, shift + size), axis=axis)
    return smooth


def _uncovered_colours(image: FloatImage, colours: FloatImage, before: Plane, after: Plane) -> FloatImage:
    """Return the person's colours, adapted where alpha grew: a pixel that is now all person has its colour in the
    image, because it contains nothing of the backdrop."""
    gained = np.clip((after - before) / np.maximum(1 - before, 1e-6), 0, 1)[..., None]
    return np.asarray(np.where(gained > 0, colours + (image - colours) * gained, colours), np.float32)
