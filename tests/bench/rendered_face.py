"""Rendered changes of the face itself: lids, gaze, mouth, smile and brows.

Movements follow a smooth (thin-plate) field between mesh points, so that skin stretches realistically. A smile adds no
wrinkles and a lid no lashes: networks that use those may detect less than on a real face.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.interpolate import RBFInterpolator

from config.arrays import Plane
from config.opencv import cv2
from hardware.simulators.studio_camera.face_points import (
    BROWS,
    EYES_BELOW,
    EYES_LOW,
    EYES_UP,
    MOUTH_INNER_LOW,
    MOUTH_INNER_UP,
    MOUTH_OUTER_LOW,
    MOUTH_OUTER_UP,
)
from kiosk.guidance.detection.face import FACE_OVAL
from tests.bench.rendered_scene import Scene, blur_plane, grid

_STEP: Final = 4
_IRISES: Final = (tuple(range(468, 473)), tuple(range(473, 478)))
_LINES: Final = (
    (EYES_UP[0], EYES_LOW[0], (46, 53, 52, 65, 55), EYES_BELOW[0]),
    (EYES_UP[1], EYES_LOW[1], (276, 283, 282, 295, 285), EYES_BELOW[1]),
)
"""For each eye: upper lid, lower lid, lower edge of the brow, and the fold below."""
_NOSE: Final = (1, 2, 4, 5, 98, 327, 48, 278, 6, 197)
_TEETH: Final = (0.72, 0.68, 0.6)
_MOUTH: Final = (0.05, 0.012, 0.01)


def set_eye_opening(scene: Scene, share: float, sides: tuple[int, ...] = (0, 1)) -> Scene:
    """Set the lids to `share` of their opening (1 as photographed, 0 shut); side 0 is the sitter's own right.

    Across the eye's axis each line of pixels is stretched from brow to lid and squeezed between the lids, so that
    nothing can fold over; a shut eye keeps a thirtieth of its opening, and the lashes.
    """
    for side in sides:
        scene = scene.warp(_move_lid(scene, side, max(share, 1 / 30)))
    return scene


def _move_lid(scene: Scene, side: int, share: float) -> Plane:
    origin, axis, u, v = _eye_axes(scene, side)
    up, low, brow, below = (_edge(scene, line, origin, axis, u) for line in _LINES[side])
    meet = 0.15 * up + 0.85 * low
    new_up, new_low = meet + share * (up - meet), meet + share * (low - meet)
    zones = ((brow, new_up, brow, up), (new_up, new_low, up, low), (new_low, below, low, below))
    source = v.copy()
    for start, end, from_start, from_end in zones:
        along = (v - start) / np.maximum(end - start, 1e-3)
        source = np.where((v >= start) & (v < end), from_start + along * (from_end - from_start), source)
    wide = float(np.linalg.norm(_points_at(scene, (EYES_UP[side][-1],))[0] - origin))
    x, y = grid(scene.size)
    reach = np.clip(1 - np.maximum(np.maximum(-u, u - wide), 0) / (0.15 * wide), 0, 1)
    shift = (source - v) * reach
    return np.stack([x - axis[1] * shift, y + axis[0] * shift], axis=-1).astype(np.float32)


def _eye_axes(scene: Scene, side: int) -> tuple[Plane, Plane, Plane, Plane]:
    """Return the eye's right corner, the direction to its left one, and each pixel's u along and v across that axis."""
    start, end = _points_at(scene, (EYES_UP[side][0], EYES_UP[side][-1]))
    axis = (end - start) / np.linalg.norm(end - start)
    x, y = grid(scene.size)
    u = (x - start[0]) * axis[0] + (y - start[1]) * axis[1]
    v = -(x - start[0]) * axis[1] + (y - start[1]) * axis[0]
    return start, axis, np.asarray(u, np.float32), np.asarray(v, np.float32)


def _edge(scene: Scene, numbers: tuple[int, ...], origin: Plane, axis: Plane, u: Plane) -> Plane:
    """Return a line of mesh points as a function of u along the eye's axis."""
    points = _points_at(scene, numbers) - origin
    along, across = points @ axis, points @ np.array([-axis[1], axis[0]])
    order = np.argsort(along)
    return np.interp(u, along[order], across[order]).astype(np.float32)


def shift_gaze(scene: Scene, aside: float, up: float = 0.0) -> Scene:
    """Move both irises by shares of the eye's width: `aside` + to the sitter's own left, `up` + upwards.

    Only the part visible between the lids moves: the white is stretched on one side and squeezed on the other.
    """
    for side in (0, 1):
        iris = _points_at(scene, _IRISES[side])
        radius = 0.5 * float(np.linalg.norm(iris[1] - iris[3]))
        origin, axis, u, v = _eye_axes(scene, side)
        wide = float(np.linalg.norm(_points_at(scene, (EYES_UP[side][-1],))[0] - origin))
        at = float((iris[0] - origin) @ axis)
        across, down = aside * wide, -up * wide
        upper, lower = (_edge(scene, line, origin, axis, u) for line in _LINES[side][:2])
        share_u = _hat_function(u, 0.0, at + across - radius, at + across + radius, wide)
        middle = (upper + lower) / 2
        ends = (lower, middle) if up > 0 else (upper, middle)  # the iris moves under one lid and off the other
        share_v = np.clip((v - ends[0]) / np.where(np.abs(ends[1] - ends[0]) < 1, 1, ends[1] - ends[0]), 0, 1)
        ring = np.vstack([_points_at(scene, EYES_UP[side]), _points_at(scene, EYES_LOW[side])[::-1]])
        visible = _fill_outline(scene, ring, 0.5)
        shift_u, shift_v = across * share_u * visible, down * share_v * share_u * visible
        within = np.clip(
            v - shift_v, np.minimum(v, upper + 1), np.maximum(v, lower - 1)
        )  # no lid is pulled into the eye
        shift_v = np.where(visible > 0, v - within, 0)
        x, y = grid(scene.size)
        source_x = x - axis[0] * shift_u + axis[1] * shift_v
        source_y = y - axis[1] * shift_u - axis[0] * shift_v
        scene = scene.warp(np.stack([source_x, source_y], axis=-1).astype(np.float32))
    return scene


def _hat_function(u: Plane, low: float, start: float, end: float, high: float) -> Plane:
    """Return 0 at `low`, rising to 1 at `start`, falling from `end` to 0 at `high`."""
    start, end = max(low + 1, start), min(high - 1, end)
    return np.clip(np.minimum((u - low) / (start - low), (high - u) / (high - end)), 0, 1).astype(np.float32)


def open_mouth(scene: Scene, gap: float, teeth: bool = False) -> Scene:
    """Lower the lip and the chin until the lips are `gap` times the mouth's width apart, with a dark gap or teeth."""
    right, left = scene.face.mouth_corners
    drop = np.array([0, gap * float(np.linalg.norm(left - right))], np.float32)
    inner_up, inner_low = _points_at(scene, MOUTH_INNER_UP), _points_at(scene, MOUTH_INNER_LOW)
    outer_up, outer_low = _points_at(scene, MOUTH_OUTER_UP), _points_at(scene, MOUTH_OUTER_LOW)
    bow = np.sqrt(np.clip(1 - np.linspace(-1, 1, 11) ** 2, 0, 1))[:, None]
    chin = _points_at(scene, (152, 148, 377, 176, 400))
    upper = _displacement(
        scene, np.vstack([inner_up, outer_up]), np.vstack([inner_up, outer_up]), _points_at(scene, _NOSE)
    )
    moved = np.vstack([inner_low + bow * drop, outer_low + bow * drop, chin + 0.8 * drop])
    lower = _displacement(
        scene,
        np.vstack([inner_low, outer_low, chin]),
        moved,
        _points_at(scene, (*_NOSE, *FACE_OVAL[:15], *FACE_OVAL[23:])),
    )
    line = np.vstack([inner_up, (inner_low + bow * drop)[::-1]])
    far = np.array([9999, 0], np.float32)
    below = _below_line(scene, np.vstack([inner_up[:1] - far, inner_up, inner_up[-1:] + far]))
    joined = upper.colours * (1 - below[..., None]) + lower.colours * below[..., None]
    alpha = np.maximum(lower.alpha, scene.alpha * (1 - below))
    opened = replace(scene, colours=joined.astype(np.float32), alpha=alpha.astype(np.float32))
    hole = _fill_outline(scene, line, 0.004 * scene.face.width)
    opened = opened.paint(_MOUTH, hole * scene.alpha)
    if teeth:
        tall = 0.62 * drop
        row = np.vstack([inner_up[1:-1], (inner_up + bow * np.minimum(tall, 0.16 * (left - right)[0]))[1:-1][::-1]])
        opened = opened.paint(_TEETH, _fill_outline(scene, row, 0.006 * scene.face.width) * hole)
    return opened


def add_smile(scene: Scene, strength: float) -> Scene:
    """Move the corners of the mouth outwards and up (a tenth of its width each at 1), and raise the cheeks."""
    right, left = scene.face.mouth_corners
    wide = float(np.linalg.norm(left - right))
    lips = [_points_at(scene, ring) for ring in (MOUTH_OUTER_UP, MOUTH_INNER_UP, MOUTH_INNER_LOW, MOUTH_OUTER_LOW)]
    along = np.linspace(-1, 1, 11)
    pull = np.column_stack([0.12 * along * np.abs(along), -0.12 * along**2 + 0.02 * (1 - along**2)]) * strength * wide
    cheeks = _points_at(scene, (50, 280, 205, 425))
    raised = cheeks + np.array([0, -0.06 * strength * wide])
    still = _points_at(scene, (*FACE_OVAL, *_NOSE, *EYES_LOW[0], *EYES_LOW[1]))
    return _displacement(scene, np.vstack([*lips, cheeks]), np.vstack([*[ring + pull for ring in lips], raised]), still)


def raise_brows(scene: Scene, strength: float) -> Scene:
    """Raise both brows by `strength` times the distance from eye to brow."""
    brows = _points_at(scene, (*BROWS[0], *BROWS[1]))
    lift = float(np.linalg.norm(scene.face.landmark(159) - scene.face.landmark(105))) * strength
    still = _points_at(scene, (*EYES_UP[0], *EYES_UP[1], *_NOSE[:8], *FACE_OVAL))
    return _displacement(scene, brows, brows - (0, lift), still)


def _points_at(scene: Scene, numbers: tuple[int, ...]) -> Plane:
    return scene.face.points[list(numbers), :2].astype(np.float32)


def _displacement(scene: Scene, points: Plane, to: Plane, still: Plane, smoothing: float = 0.0) -> Scene:
    """Move `points` to the places `to` and keep `still` points; the shift is smooth between them and ends nearby."""
    both = np.unique(np.column_stack([np.vstack([to, still]), np.vstack([points, still])]).round(3), axis=0)
    _, first = np.unique(
        both[:, :2].round(1), axis=0, return_index=True
    )  # two points at one place would be a contradiction
    both = both[first]
    unit, margin = scene.face.width, 0.25 * scene.face.width
    left, top = np.maximum(0, both[:, :2].min(axis=0) - margin).astype(int)
    right, bottom = np.minimum(scene.size, both[:, :2].max(axis=0) + margin).astype(int)
    field = RBFInterpolator(both[:, :2] / unit, (both[:, 2:] - both[:, :2]) / unit, smoothing=smoothing)
    size = (right - left, bottom - top)
    x, y = grid((-(-size[0] // _STEP), -(-size[1] // _STEP)))
    coarse = field(np.column_stack([x.ravel() * _STEP + left, y.ravel() * _STEP + top]) / unit) * unit
    fine_x, fine_y = grid(size)
    shift = coarse.reshape(*x.shape, 2).astype(np.float32)
    shift = cv2.remap(shift, fine_x / _STEP, fine_y / _STEP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    edge = np.minimum(np.minimum(fine_x, size[0] - fine_x), np.minimum(fine_y, size[1] - fine_y)) / margin
    whole_x, whole_y = grid(scene.size)
    source = np.stack([whole_x, whole_y], axis=-1)
    source[top:bottom, left:right] += shift * np.clip(edge, 0, 1)[..., None]
    return scene.warp(source)


def _fill_outline(scene: Scene, outline: Plane, softness: float) -> Plane:
    mask = np.zeros(scene.alpha.shape, np.float32)
    cv2.fillPoly(mask, [np.rint(outline * 16).astype(np.int32)], (1.0,), cv2.LINE_AA, 4)
    return blur_plane(np.clip(mask, 0, 1), softness)


def _below_line(scene: Scene, line: Plane) -> Plane:
    """Return 1 below a line through the picture from left to right, 0 above it."""
    x, y = grid(scene.size)
    order = np.argsort(line[:, 0])
    at = np.interp(x[0], line[order, 0], line[order, 1]).astype(np.float32)
    return np.asarray(np.clip(y - at[None] + 0.5, 0, 1), np.float32)
