"""The sitter's expression: close the mouth and the eyes of the photograph by moving lips and lids.

Each opening (a mouth, an eye) has an upper and a lower edge. Pixels above the upper edge move with it, pixels below the
lower edge with that one, and pixels between (teeth, eyeball) stay and are covered. The two movements are smooth
thin-plate splines, so that skin stretches naturally. Each gives a picture; the two are joined along the edges.
Coordinates are source pixels, rotated so that the line through the eyes is level: u along it, v across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.interpolate import PchipInterpolator, RBFInterpolator

from config.arrays import Doubles, Pixels
from config.opencv import cv2
from hardware.simulators.studio_camera.face_points import (
    BROWS,
    CHEEKS,
    EYES_BELOW,
    EYES_CREASE,
    EYES_LOW,
    EYES_UP,
    MOUTH_INNER_LOW,
    MOUTH_INNER_UP,
    MOUTH_OUTER_LOW,
    MOUTH_OUTER_UP,
    NOSE,
    OVAL,
    OVAL_RIGHT,
)
from hardware.simulators.studio_camera.person import DETAIL, Person

_FOLDS: Final = (((-14, 20), (-20, 28), (-24.8, 35.6), (-24.5, 43)), ((14.5, 21), (20, 28), (24, 35.6), (24, 42)))
"""The folds of the smile from nose to mouth, (u, v) from the middle between the eyes."""


@dataclass(frozen=True)
class Opening:
    """One opening, closed to some degree: the new edges, and the control points of each side's spline.

    `upper`, `lower`: n x 2 edge points from corner to corner. `above`, `below`: (target, source) points of each side.
    `crease` is the darkness of the line between the edges, 0 to 1."""

    upper: Doubles
    lower: Doubles
    above: tuple[Doubles, Doubles]
    below: tuple[Doubles, Doubles]
    crease: float


class ExpressionRenderer:
    """Renders the cut-out with another expression."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._points = person.points[:, :2].astype(np.float64)
        across = self._points[263] - self._points[33]
        self._turn = float(np.arctan2(across[1], across[0]))
        self._middle = self._points[[33, 263]].mean(axis=0)
        self._level = self._to_level(self._points)
        self._newest_mouth = (1.0, person.rgba)  # as photographed

    def with_expression(self, eyes: float, mouth: float) -> Pixels:
        """Return premultiplied RGBA with `eyes` open (1) to shut (0) and `mouth` as photographed (1) to closed (0)."""
        rgba = self._with_mouth(mouth).copy()
        if eyes < 1:
            for side in (0, 1):
                self._close_opening(rgba, self._eye(side, 1 - eyes), margin=16)
        return rgba

    def _with_mouth(self, mouth: float) -> Pixels:
        """Return the cut-out with open eyes. The newest is stored: several faces differ from it only in their eyes."""
        if mouth == 1:
            return self._person.rgba
        newest_mouth, newest_rgba = self._newest_mouth
        if newest_mouth == mouth:
            return newest_rgba
        rgba = self._person.rgba.copy()
        self._close_opening(rgba, self._mouth(1 - mouth), margin=34)
        self._fill_smile_folds(rgba, 0.65 * (1 - mouth))
        self._newest_mouth = (mouth, rgba)
        return rgba

    def _to_level(self, points: Doubles) -> Doubles:
        c, s = np.cos(self._turn), np.sin(self._turn)
        return np.asarray((points - self._middle) @ np.array([[c, -s], [s, c]]))

    def _from_level(self, points: Doubles) -> Doubles:
        c, s = np.cos(self._turn), np.sin(self._turn)
        return np.asarray(points @ np.array([[c, s], [-s, c]]) + self._middle)

    def _at(self, *numbers: int) -> Doubles:
        return np.asarray(self._level[list(numbers)])

    def _mouth(self, amount: float) -> Opening:
        inner_up, inner_low = self._at(*MOUTH_INNER_UP), self._at(*MOUTH_INNER_LOW)
        outer_up, outer_low = self._at(*MOUTH_OUTER_UP), self._at(*MOUTH_OUTER_LOW)
        centre = inner_up[:, 0].mean()
        line = _closed_mouth_line(inner_up, inner_low)

        def narrowed(points: Doubles) -> Doubles:
            return np.column_stack([centre + (points[:, 0] - centre) * (1 - 0.13 * amount), points[:, 1]])

        new_up, new_low = narrowed(inner_up), narrowed(inner_low)
        new_up[:, 1] += amount * (line - inner_up[:, 1])
        new_low[:, 1] += amount * (line - inner_low[:, 1])
        new_outer_up, new_outer_low = narrowed(outer_up), narrowed(outer_low)
        corner = amount * (line[0] - inner_up[0, 1] + line[-1] - inner_up[-1, 1]) / 2
        ends = np.abs(np.linspace(-1, 1, len(outer_up))) ** 1.5
        new_outer_up[:, 1] += ends * corner + (1 - ends) * amount * 1.6
        new_outer_low[:, 1] += ends * corner - (1 - ends) * amount * 1.8
        still = self._at(*NOSE, *OVAL, *OVAL_RIGHT, *CHEEKS)
        above = (
            np.vstack([still, new_outer_up, new_up[1:-1]]),
            np.vstack([still, outer_up, inner_up[1:-1] - np.array([0, 0.5])]),
        )
        below = (
            np.vstack([still, new_outer_low, new_low[1:-1]]),
            np.vstack([still, outer_low, inner_low[1:-1] + np.array([0, 0.4])]),
        )
        return Opening(new_up, new_low, above, below, crease=0.45 * amount)

    def _eye(self, side: int, amount: float) -> Opening:
        up, low = self._at(*EYES_UP[side]), self._at(*EYES_LOW[side])
        crease = self._at(*EYES_CREASE[side])
        line = 0.08 * up[:, 1] + 0.92 * low[:, 1]
        new_up, new_low, new_crease = up.copy(), low.copy(), crease.copy()
        new_up[:, 1] += amount * (line - up[:, 1])
        new_low[:, 1] += amount * (line - low[:, 1])
        drop = np.interp(crease[:, 0], up[:, 0], line - up[:, 1])
        # Lashes move down unchanged, the crease nearly as far; only the plain skin below the brow is stretched.
        new_crease[:, 1] += 0.8 * amount * drop
        lash = np.array([0, -1.6])
        still = self._at(*BROWS[side], *EYES_BELOW[side], *NOSE, *OVAL, *OVAL_RIGHT)
        above = (
            np.vstack([still, new_crease, new_up, new_up[1:-1] + lash]),
            np.vstack([still, crease, up, up[1:-1] + lash]),
        )
        below = (np.vstack([still, new_low]), np.vstack([still, low]))
        return Opening(new_up, new_low, above, below, crease=0.25 * amount)

    def _close_opening(self, rgba: Pixels, opening: Opening, margin: float) -> None:
        """Redraw `rgba` around `opening`, in place."""
        around = self._from_level(np.vstack([opening.upper, opening.lower]))
        left, top = np.floor(around.min(axis=0) - margin).astype(int)
        right, bottom = np.ceil(around.max(axis=0) + margin).astype(int)
        grid = _grid(left, top, right, bottom, 1.0)
        size = ((right - left) * DETAIL, (bottom - top) * DETAIL)
        fade = _fade(size, margin * DETAIL * 0.5)
        upper = self._warp_patch(rgba, grid, opening.above, size, fade)
        lower = self._warp_patch(rgba, grid, opening.below, size, fade)
        fine = self._to_level(_grid(left, top, right, bottom, 1 / DETAIL).reshape(-1, 2)).reshape(size[1], size[0], 2)
        up, low, line = _shares(fine, opening)
        patch = rgba[top * DETAIL : bottom * DETAIL, left * DETAIL : right * DETAIL]
        between = np.clip(1 - up - low, 0, 1)
        total = up + low + between
        mixed = (upper * up[..., None] + lower * low[..., None] + patch * between[..., None]) / total[..., None]
        mixed[..., :3] *= 1 - opening.crease * line[..., None]
        patch[...] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)

    def _fill_smile_folds(self, rgba: Pixels, amount: float) -> None:
        """Lighten the folds of the smile by `amount` (0..1), in place; only their broad shade, to keep the skin's
        texture."""
        around = self._from_level(np.array([point for fold in _FOLDS for point in fold], dtype=np.float64))
        left, top = np.floor(around.min(axis=0) - 12).astype(int) * DETAIL
        right, bottom = np.ceil(around.max(axis=0) + 12).astype(int) * DETAIL
        patch = rgba[top:bottom, left:right, :3]
        mask = np.zeros(patch.shape[:2], np.float32)
        for fold in _FOLDS:
            line = self._from_level(np.array(fold, dtype=np.float64)) * DETAIL - (left, top)
            cv2.polylines(mask, [np.rint(line).astype(np.int32)], False, (1.0,), thickness=4 * DETAIL)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.6 * DETAIL), dtype=np.float32)
        broad = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), 0.7 * DETAIL)
        level = cv2.morphologyEx(broad, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (45, 45)))
        level = cv2.GaussianBlur(level, (0, 0), 1.5 * DETAIL)
        filled = patch + (amount * mask)[..., None] * np.maximum(level - broad, 0)
        patch[...] = np.rint(np.clip(filled, 0, 255)).astype(np.uint8)

    def _warp_patch(
        self, rgba: Pixels, grid: Doubles, pairs: tuple[Doubles, Doubles], size: tuple[int, int], fade: Doubles
    ) -> Doubles:
        target, source = pairs
        field = RBFInterpolator(target, source - target, kernel="thin_plate_spline", smoothing=0.05)
        moved = field(self._to_level(grid.reshape(-1, 2)))
        c, s = np.cos(self._turn), np.sin(self._turn)
        shift = (moved @ np.array([[c, s], [-s, c]])).reshape(*grid.shape).astype(np.float32)
        fine = cv2.resize(shift, size, interpolation=cv2.INTER_CUBIC) * fade[..., None]
        left, top = (grid[0, 0] - 0.5 * (grid[0, 1, 0] - grid[0, 0, 0])) * DETAIL
        xs = np.arange(size[0], dtype=np.float32)[None] + np.float32(left) + fine[..., 0] * DETAIL
        ys = np.arange(size[1], dtype=np.float32)[:, None] + np.float32(top) + fine[..., 1] * DETAIL
        return np.asarray(
            cv2.remap(rgba, xs.astype(np.float32), ys.astype(np.float32), cv2.INTER_CUBIC), dtype=np.float64
        )


def _closed_mouth_line(inner_up: Doubles, inner_low: Doubles) -> Doubles:
    """Return the v of the line between closed lips: the smile's curve, flattened so that its corners are hardly
    raised."""
    middle = (inner_up[:, 1] + inner_low[:, 1]) / 2
    centre, corner = middle[len(middle) // 2], (middle[0] + middle[-1]) / 2
    along = np.linspace(-1, 1, len(middle))
    return np.asarray(centre - 0.6 + (corner - centre) * 0.22 * along**2)


def _shares(points: Doubles, opening: Opening) -> tuple[Doubles, Doubles, Doubles]:
    """Return the weights of the upper and of the lower picture at each point, and its nearness to the joint (0..1)."""
    u, v = points[..., 0], points[..., 1]
    upper, lower = _edge(opening.upper)(u), _edge(opening.lower)(u)
    first, last = opening.upper[0, 0], opening.upper[-1, 0]
    beyond = np.maximum(np.maximum(first - u, u - last), 0)
    soft = 0.22 + 0.5 * beyond
    up = 1 / (1 + np.exp(np.clip((v - upper) / soft, -40, 40)))
    low = 1 / (1 + np.exp(np.clip((lower - v) / soft, -40, 40)))
    inward = np.clip(np.minimum(u - first, last - u) / (0.12 * (last - first)), 0, 1)
    line = np.exp(-(((v - (upper + lower) / 2) / 0.7) ** 2)) * inward * np.exp(-((lower - upper) ** 2))
    return up, low, line


def _edge(points: Doubles) -> PchipInterpolator:
    """Return an edge as a function of u, level beyond its corners."""
    order = np.argsort(points[:, 0])
    u, v = points[order, 0], points[order, 1]
    u = np.concatenate([[u[0] - 200], u, [u[-1] + 200]])
    v = np.concatenate([[v[0]], v, [v[-1]]])
    return PchipInterpolator(u, v)


def _grid(left: int, top: int, right: int, bottom: int, step: float) -> Doubles:
    """Return the centres of the cells of size `step`, rows x columns x (x, y), source pixels."""
    xs = np.arange(left, right, step) + step / 2
    ys = np.arange(top, bottom, step) + step / 2
    return np.stack(np.meshgrid(xs, ys), axis=-1)


def _fade(size: tuple[int, int], width: float) -> Doubles:
    """Return a weight that is 1 inside a patch and falls smoothly to 0 at its border."""
    x = np.arange(size[0]) + 0.5
    y = np.arange(size[1]) + 0.5
    near = np.minimum(np.minimum(x, size[0] - x)[None], np.minimum(y, size[1] - y)[:, None])
    t = np.clip(near / width, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
