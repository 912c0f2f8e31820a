"""Differences between a retouched portrait and the own one saved the same way: colour, texture, shape.

All maps are float32 (h, w) over the surroundings of the face; `unit` is a 200th of the face's width in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Mask, Pixels, Plane
from config.opencv import cv2
from config.srgb import srgb_to_lab
from kiosk.capture.retouch.face_region import FaceRegion

_SPOT_SIGMA: Final = 2.2  # units: the size (sigma) of a small mole
_PATCH_SIGMA: Final = 9.0  # half a cheek
_FINE_BAND: Final = (0.7, 1.5)  # band of pores and stubble
_COARSE_BAND: Final = (1.5, 5.0)  # band of freckles, wrinkles, blotches
_WINDOW_SIGMA: Final = 8.0  # window in which texture is compared
_FLOW_SIGMA: Final = 9.0  # window in which a movement is measured
_SHADE_SIGMA: Final = 8.0  # slower variations are light, not shape
_TEXTURE_NOISE: Final = 0.5  # levels: noise of JPEG; weaker texture is no evidence
_DETAIL_BAND: Final = (1.0, 8.0)
_MIN_TEXTURE: Final = 2.0  # levels: hair and cloth have more
_MIN_PIXELS: Final = 400
_FLOW_NOISE: Final = 2.0  # levels per pixel of slope


@dataclass(frozen=True, eq=False)
class DifferenceMaps:
    """Maps (h, w) of the surroundings of the face, 0 outside it (texture: 1).

    `spot`, `patch`: CIE76 colour difference of small and larger areas, `spot` less the effect of saving; `lightness`,
    `colour`: the patch's signed L* and its distance in a*, b*. `fine`, `coarse`: the share of texture that remains.
    `moved`: displacement of detail in 200ths of the face's width; `explained`: the share of the difference that this
    displacement explains. `outer`: like `spot`, on skin outside the oval. `figures`: values of the whole skin, and the
    worst of each map.
    """

    spot: Plane = field(repr=False)
    patch: Plane = field(repr=False)
    lightness: Plane = field(repr=False)
    colour: Plane = field(repr=False)
    fine: Plane = field(repr=False)
    coarse: Plane = field(repr=False)
    moved: Plane = field(repr=False)
    explained: Plane = field(repr=False)
    outer: Plane = field(repr=False)
    figures: dict[str, float]


def measure_differences(before: Pixels, expected: Pixels, actual: Pixels, region: FaceRegion) -> DifferenceMaps:
    """Compare `actual` with `expected`; `before` is `expected` before it was saved. All are uint8 (h, w, 3) RGB of one
    size."""
    unit, where = region.width / 200, region.face
    apart = _lab(actual) - _lab(expected)
    saving = np.linalg.norm(cv2.GaussianBlur(_lab(expected) - _lab(before), (0, 0), _SPOT_SIGMA * unit), axis=2)
    patch = _masked_mean(apart, where, _PATCH_SIGMA * unit)
    mine, other = _grey(expected), _grey(actual)
    flow = _movement(mine, other, where, unit)
    fine, coarse = (_kept_texture(mine, other, where, band, unit) for band in (_FINE_BAND, _COARSE_BAND))
    maps = {
        "spot": _spots(apart, saving, where, unit),
        "patch": np.asarray(np.linalg.norm(patch, axis=2), np.float32),
        "moved": np.asarray(np.linalg.norm(flow, axis=2) / unit, np.float32),
        "outer": _spots(apart, saving, region.outer, unit),
    }
    figures = {name: float(values.max()) for name, values in maps.items()}
    figures |= _figures(apart, mine, other, region, unit)
    figures |= {"fine_least": float(fine[region.skin].min()), "coarse_least": float(coarse[region.skin].min())}
    figures |= {"fine_most": float(fine[region.skin].max())}
    figures["elsewhere"] = _texture_kept_elsewhere(_grey(before), other, ~(where | region.outer), unit)
    colour = np.asarray(np.linalg.norm(patch[..., 1:], axis=2), np.float32)
    explained = _explained_share(mine, other, flow, where, unit)
    return DifferenceMaps(
        lightness=patch[..., 0], colour=colour, fine=fine, coarse=coarse, explained=explained, figures=figures, **maps
    )


def likeness(one: Pixels, other: Pixels, where: Mask, unit: float) -> float:
    """Return the correlation of the detail of two faces, independent of light."""
    a, b = (_bandpass(_grey(pixels), _DETAIL_BAND, unit)[where] for pixels in (one, other))
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 1 and a.std() * b.std() > 0 else 0.0


def _figures(apart: Plane, mine: Plane, other: Plane, region: FaceRegion, unit: float) -> dict[str, float]:
    """Return values of the whole plain skin."""
    skin = region.skin
    tone = apart[skin].mean(axis=0)
    figures = {"tone": float(np.linalg.norm(tone)), "tone_lightness": float(tone[0])}
    for name, band in (("fine", _FINE_BAND), ("coarse", _COARSE_BAND)):
        a, b = _bandpass(mine, band, unit)[skin], _bandpass(other, band, unit)[skin]
        noise = _TEXTURE_NOISE**2 * len(a)
        figures[name] = float((np.dot(a, b) + noise) / (np.dot(a, a) + noise))
    return figures


def _texture_kept_elsewhere(mine: Plane, other: Plane, where: Mask, unit: float) -> float:
    """Return the median share of fine texture that remains in hair and clothes; 1 if there is too little of it.
    Background has none, and painted areas are a minority."""
    a, b = (_bandpass(grey, _FINE_BAND, unit) for grey in (mine, other))
    own, both = (cv2.GaussianBlur(product, (0, 0), _WINDOW_SIGMA * unit) for product in (a * a, a * b))
    textured = where & (own > _MIN_TEXTURE**2)
    return float(np.median(both[textured] / own[textured])) if textured.sum() > _MIN_PIXELS else 1.0


def _explained_share(mine: Plane, other: Plane, flow: Plane, where: Mask, unit: float) -> Plane:
    """Return the share of the difference that disappears when the own detail is displaced by `flow`."""
    y, x = np.mgrid[: mine.shape[0], : mine.shape[1]].astype(np.float32)
    moved = cv2.remap(mine, x - flow[..., 0], y - flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    before, after = (_masked_mean((other - grey) ** 2, where, _FLOW_SIGMA * unit) for grey in (mine, moved))
    return np.asarray(1 - after / np.maximum(before, 1e-3), np.float32)


def _spots(apart: Plane, saving: Plane, where: Mask, unit: float) -> Plane:
    noise = np.sqrt(_masked_mean(saving**2, where, _WINDOW_SIGMA * unit))
    return np.asarray(
        np.maximum(np.linalg.norm(_masked_mean(apart, where, _SPOT_SIGMA * unit), axis=2) - 2 * noise, 0), np.float32
    )


def _kept_texture(mine: Plane, other: Plane, where: Mask, band: tuple[float, float], unit: float) -> Plane:
    """Return the share of the own texture that remains in the other, around each pixel. It is a regression, not energy,
    so that grain added to smoothed skin does not count as skin."""
    a, b = _bandpass(mine, band, unit), _bandpass(other, band, unit)
    noise = _TEXTURE_NOISE**2
    both, own = (_masked_mean(product, where, _WINDOW_SIGMA * unit) for product in (a * b, a * a))
    return np.asarray((both + noise) / (own + noise), np.float32)


def _movement(mine: Plane, other: Plane, where: Mask, unit: float) -> Plane:
    """Return the displacement (h, w, 2): Lucas-Kanade over a window, regularized towards 0 where there is little
    detail."""
    soft = [cv2.GaussianBlur(grey, (0, 0), max(0.6, unit)) for grey in (mine, other)]
    mine, other = (grey - cv2.GaussianBlur(grey, (0, 0), _SHADE_SIGMA * unit) for grey in soft)
    middle, change = (mine + other) / 2, other - mine
    gx, gy = (cv2.Sobel(middle, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    sums = _masked_mean(np.dstack([gx * gx, gx * gy, gy * gy, gx * change, gy * change]), where, _FLOW_SIGMA * unit)
    xx, xy, yy, xt, yt = (sums[..., k] for k in range(5))
    xx, yy = xx + _FLOW_NOISE, yy + _FLOW_NOISE
    size = xx * yy - xy * xy
    return np.dstack([(xy * yt - yy * xt) / size, (xy * xt - xx * yt) / size]).astype(np.float32)


def _masked_mean(values: Plane, mask: Mask, sigma: float) -> Plane:
    """Return the Gaussian mean over the pixels of `mask`; 0 elsewhere."""
    weight = mask.astype(np.float32)
    cover = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    many = values.ndim == 3
    summed = cv2.GaussianBlur(values * (weight[..., None] if many else weight), (0, 0), sigma)
    mean = summed / (cover[..., None] if many else cover)
    mean[~mask] = 0
    return np.asarray(mean, np.float32)


def _bandpass(grey: Plane, band: tuple[float, float], unit: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), band[0] * unit) - cv2.GaussianBlur(grey, (0, 0), band[1] * unit))


def _grey(pixels: Pixels) -> Plane:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _lab(pixels: Pixels) -> Plane:
    return srgb_to_lab(pixels.astype(np.float32) / 255)
