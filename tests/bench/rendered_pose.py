"""Rendered changes of pose: head turned, nodding, tilted or off the middle, shoulders askew.

The head is a relief that turns about an axis through the ears. Its depth over the face is that of the sitter's mesh (a
cheek is 0.7 face widths behind the tip of the nose, as on a real head), and it decreases towards the outline of the
hair. The depth is smooth, so that nothing tears; therefore the warp cannot reveal or hide parts such as the far ear,
the far side of the nose or the inside of the chin. Up to 20 degrees these are small. Signs are the sitter's, as in
kiosk.guidance: yaw + to the own left, pitch + chin up, roll + to the own left shoulder.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.interpolate import RBFInterpolator

from config.arrays import Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from tests.bench.rendered_scene import Scene, grid, smooth_step

_STEP: Final = 8  # pixels; the relief is smooth, so it is computed on every eighth pixel
_BEHIND: Final = 0.12  # face widths from the cheeks' mesh points back to the ears' axis
_HALF_HEAD: Final = (0.66, 0.95)  # the outline of the hair about the eyes, in face widths: sideways, upwards


def turn_head(scene: Scene, yaw: float = 0.0, pitch: float = 0.0) -> Scene:
    """Turn the head and let it nod, in degrees; the shoulders do not move."""
    width, height = scene.size
    x, y = grid((-(-width // _STEP), -(-height // _STEP)))
    x, y = x * _STEP, y * _STEP
    depth = _relief(scene.face, x, y)
    share = _head_share(scene, y)
    sin_yaw, cos_yaw = np.sin(np.radians(yaw) * share), np.cos(np.radians(yaw) * share)
    sin_pitch, cos_pitch = np.sin(np.radians(pitch) * share), np.cos(np.radians(pitch) * share)
    centre = (scene.face.right_cheek + scene.face.left_cheek) / 2
    from_x, from_y = x.copy(), y.copy()
    for _ in range(12):  # a fixed-point iteration back to the photograph, because the depth is only known there
        at = cv2.remap(depth, from_x / _STEP, from_y / _STEP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        next_x = (x - centre[0] - at * sin_yaw) / cos_yaw + centre[0]
        next_y = (y - centre[1] + at * sin_pitch) / cos_pitch + centre[1]
        from_x = (0.5 * from_x + 0.5 * next_x).astype(np.float32)
        from_y = (0.5 * from_y + 0.5 * next_y).astype(np.float32)
    return scene.warp(_shift_grid(np.stack([from_x - x, from_y - y], axis=-1), scene.size))


def tilt_head(scene: Scene, roll: float) -> Scene:
    """Tilt the head about the neck, in degrees; the shoulders do not move."""
    x, y = grid(scene.size)
    chin, wide = scene.face.chin, scene.face.width
    beside = smooth_step(np.abs(x - chin[0]) / wide, 0.45, 1.0)
    beside *= smooth_step(y, float(chin[1]) - 0.3 * wide, float(chin[1]) + 0.15 * wide)
    angle = np.radians(roll) * _head_share(scene, y) * (1 - beside)
    neck = chin + np.array([0, 0.3 * scene.height], np.float32)
    return scene.warp(_rotate_back(x, y, angle, (float(neck[0]), float(neck[1]))))


def roll_picture(scene: Scene, roll: float) -> Scene:
    """Lean the whole sitter, head and shoulders, by `roll` degrees; in a photograph the whole picture."""
    x, y = grid(scene.size)
    centre = (float(scene.face.eyes[0]), float(scene.face.eyes[1]))
    angle = np.full_like(x, np.radians(roll))
    return scene.warp(_rotate_back(x, y, angle, centre))


def tilt_shoulders(scene: Scene, degrees: float) -> Scene:
    """Tilt the body: each shoulder moves up or down in proportion to its distance from the chin; + = the sitter's left
    shoulder (right in the picture) is higher.

    The area beside the neck that a raised shoulder reaches belongs to the body as well: with only the area below the
    chin, less than half of the tilt would reach the shoulders' upper edge.
    """
    x, y = grid(scene.size)
    chin, wide = scene.face.chin, scene.face.width
    beside = smooth_step(np.abs(x - chin[0]) / wide, 0.55, 0.85)
    beside *= smooth_step(y, float(chin[1]) - 0.9 * wide, float(chin[1]) - 0.1 * wide)
    share = np.maximum(1 - _head_share(scene, y), beside)
    lift = math.tan(math.radians(degrees)) * (x - chin[0]) * share
    return scene.warp(np.stack([x, y + lift], axis=-1).astype(np.float32))


def shift_head(scene: Scene, face_widths: float) -> Scene:
    """Shift the head by `face_widths` to the sitter's left (+) of the shoulders' middle."""
    x, y = grid(scene.size)
    shift = face_widths * scene.face.width * _head_share(scene, y)
    return scene.warp(np.stack([x - shift, y], axis=-1).astype(np.float32))


def turn_body(scene: Scene, narrowed: float) -> Scene:
    """Narrow the shoulders as if the body were turned aside; `narrowed` 0.7 is 70 % of their width."""
    x, y = grid(scene.size)
    middle, share = scene.face.chin[0], 1 - _head_share(scene, y)
    wide = (x - middle) / (1 - share * (1 - narrowed)) + middle
    return scene.warp(np.stack([wide, y], axis=-1).astype(np.float32))


def mirror(scene: Scene) -> Scene:
    """Swap left and right except for the face's points: for backgrounds and second persons."""
    colours, alpha = (np.ascontiguousarray(plane[:, ::-1]) for plane in (scene.colours, scene.alpha))
    return replace(scene, colours=colours, alpha=alpha)


def _head_share(scene: Scene, y: Plane) -> Plane:
    """Return 1 on the head and 0 on the body, with a smooth transition along the neck."""
    chin, tall = float(scene.face.chin[1]), scene.height
    return 1 - smooth_step(y, chin - 0.05 * tall, chin + 0.5 * tall)


def _rotate_back(x: Plane, y: Plane, angle: Plane, about: tuple[float, float]) -> Plane:
    """Return the source of each pixel if the picture turns clockwise for the viewer by `angle` about a point."""
    off_x, off_y = x - about[0], y - about[1]
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * off_x + s * off_y + about[0], -s * off_x + c * off_y + about[1]], axis=-1).astype(np.float32)


def _shift_grid(shift: Plane, size: tuple[int, int]) -> Plane:
    """Return the source of each pixel, interpolated from the coarse field of shifts."""
    x, y = grid(size)
    fine = cv2.remap(shift.astype(np.float32), x / _STEP, y / _STEP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(fine + np.stack([x, y], axis=-1), np.float32)


def _relief(face: Face, x: Plane, y: Plane) -> Plane:
    """Return the depth in pixels in front of the axis through the ears, on the coarse grid."""
    wide = face.width
    axis = float(face.points[[234, 454], 2].mean()) + _BEHIND * wide
    mesh = face.points[:468:4]
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    centre = face.eyes + np.array([0, -0.1 * wide], np.float32)
    ring = np.column_stack(
        [centre[0] + _HALF_HEAD[0] * wide * np.cos(turn), centre[1] + _HALF_HEAD[1] * wide * np.sin(turn)]
    )
    ring = ring[ring[:, 1] < face.chin[1] - 0.1 * wide]
    under = face.chin + np.array([[-0.2, 0.25], [0, 0.25], [0.2, 0.25], [0, 0.5]], np.float32) * wide
    where = np.vstack([mesh[:, :2], ring, under])
    depth = np.concatenate([axis - mesh[:, 2], np.zeros(len(ring)), np.full(len(under), 0.25 * wide)])
    field = RBFInterpolator(where / wide, depth / wide, kernel="thin_plate_spline", smoothing=0.001)
    near = np.abs(x - face.eyes[0]) < 1.3 * wide
    near &= np.abs(y - face.eyes[1]) < 1.6 * wide
    relief = np.zeros(x.shape, np.float32)
    relief[near] = field(np.column_stack([x[near], y[near]]) / wide) * wide
    reach = np.maximum(np.abs(x - face.eyes[0]) / 1.3, np.abs(y - face.eyes[1]) / 1.6) / wide
    fade = 1 - smooth_step(np.asarray(reach, np.float32), 0.55, 1.0)
    return np.asarray(np.clip(relief, -0.1 * wide, wide) * fade, np.float32)
