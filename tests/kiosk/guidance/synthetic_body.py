"""A drawn sitter: head, neck, shoulders and arms of known slope and place, in any colours."""

from __future__ import annotations

import math

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.guidance.detection.body import Body
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.types import Detections
from kiosk.guidance.metrics.skin import LEFT_CHEEK, RIGHT_CHEEK

SIZE = (640, 480)
FACE_WIDTH_PX = 100.0
CHIN = np.array([320.0, 200.0])
SKIN, CLOTH, BACKDROP = (205, 160, 135), (40, 45, 60), (176, 178, 180)
Colour = tuple[int, int, int]


def face() -> Face:
    """Return an upright frontal face with the eyes 0.9 face widths above the chin."""
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = CHIN - (0, 0.5 * FACE_WIDTH_PX)
    places = {152: (0, 0), 10: (0, -1.3), 4: (0, -0.6), 234: (-0.5, -0.7), 454: (0.5, -0.7)}
    places |= {33: (-0.35, -0.9), 133: (-0.15, -0.9), 263: (0.35, -0.9), 362: (0.15, -0.9)}
    for sign, cheek in ((-1, RIGHT_CHEEK), (1, LEFT_CHEEK)):
        for number, index in enumerate(cheek):
            turn = 2 * math.pi * number / len(cheek)
            places[index] = (sign * 0.25 + 0.08 * math.cos(turn), -0.5 + 0.12 * math.sin(turn))
    for index, (x, y) in places.items():
        points[index, :2] = CHIN + np.array((x, y)) * FACE_WIDTH_PX
    return Face(points)


def outlines(tilt: float = 0.0, offset: float = 0.0, width: float = 1.0) -> list[np.ndarray]:
    """Return polygons of head, neck and torso, in face widths from the chin.

    The torso is turned by `tilt` degrees about the middle between the shoulders (+ = the shoulder at the sitter's left,
    the picture's right, is the higher) and moved by `offset` to the sitter's left.
    """
    turn = np.linspace(0, 2 * math.pi, 40)
    head = np.stack([0.55 * np.cos(turn), -0.6 + 0.8 * np.sin(turn)], axis=1)
    neck = np.array([(-0.35, -0.3), (0.35, -0.3), (0.35, 0.5), (-0.35, 0.5)])
    half = [(0.3, 0.12), (0.9, 0.3), (1.2, 0.45), (1.4, 0.75), (1.5, 1.3), (1.5, 4.0)]
    torso = np.array([*half, *((-x, y) for x, y in half[::-1])]) * (width, 1) - (0, 0.3)
    angle = math.radians(-tilt)
    turned = torso @ np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    return [head, neck, turned + np.array((offset, 0.3))]


def detections(tilt: float = 0.0, offset: float = 0.0, joints: float | None = None, width: float = 1.0) -> Detections:
    """Return the detections of such a sitter. The joints of the pose network slope by `joints` (None: no body)."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.float32)
    for outline in outlines(tilt, offset, width):
        cv2.fillPoly(mask, [_to_fixed_point(outline)], (1.0,), cv2.LINE_AA, 4)
    upright = face()
    body = None if joints is None else Body(_joints(joints, offset, width), upright)
    return Detections(SIZE, (upright,), cv2.GaussianBlur(mask, (0, 0), 2), body)


def picture(cloth: Colour = CLOTH, backdrop: Colour = BACKDROP, tilt: float = 0.0) -> Pixels:
    """Return the sitter in a top of the colour `cloth` before a plain backdrop."""
    pixels = np.full((SIZE[1], SIZE[0], 3), backdrop, np.uint8)
    head, neck, torso = outlines(tilt)
    for outline, colour in ((torso, cloth), (neck, SKIN), (head, SKIN)):
        cv2.fillPoly(pixels, [_to_fixed_point(outline)], colour, cv2.LINE_AA, 4)
    return pixels


def _to_fixed_point(outline: np.ndarray) -> np.ndarray:
    return np.rint((CHIN + outline * FACE_WIDTH_PX) * 16).astype(np.int32)


def _joints(tilt: float, offset: float, width: float) -> np.ndarray:
    points = np.zeros((33, 3), np.float32)
    reach = np.array((math.cos(math.radians(tilt)), -math.sin(math.radians(tilt)))) * 1.1 * width
    middle = np.array((offset, 0.6))
    points[11, :2], points[12, :2] = CHIN + (middle + reach) * FACE_WIDTH_PX, CHIN + (middle - reach) * FACE_WIDTH_PX
    return points
