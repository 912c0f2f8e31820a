"""A drawn studio with known faults: paper, objects next to it, and noise."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2

Light = NDArray[np.float64]
SIZE = (640, 480)
PAPER = (116.0, 162.0, 208.0)
_COUNT = 4


def studio(paper: tuple[float, float, float] = PAPER) -> Light:
    """Return evenly lit paper with a wall at the left and a stand at the right, both outside the part for portraits."""
    room = np.empty((SIZE[1], SIZE[0], 3))
    room[:] = paper
    room[:, :45] = (200, 190, 180)
    room[:, 600:] = (70, 60, 55)
    return room


def apply_gain(room: Light, left: float = 1.0, right: float = 1.0) -> Light:
    """Return the room with its linear light multiplied by `left` at the left edge and by `right` at the right edge."""
    gain = np.linspace(left, right, room.shape[1])[None, :, None]
    return np.asarray(room * gain ** (1 / 2.2))


def shift(room: Light, x: float = 0.0, y: float = 0.0, turn: float = 0.0) -> Light:
    """Return the room shifted by pixels of a frame 1280 wide and turned by degrees clockwise."""
    by = cv2.getRotationMatrix2D(((SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2), -turn, 1.0)
    by[:, 2] += np.array([x, y]) * SIZE[0] / 1280
    return np.asarray(cv2.warpAffine(room, by, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def add_sitter(room: Light, sway: float = 0.0) -> Light:
    """Return the room with somebody on the chair, in clothes with a pattern."""
    room = room.copy()
    cv2.ellipse(room, (round(320 + sway), 480), (190, 190), 0, 0, 360, (40, 40, 52), -1)
    for y in range(300, 480, 16):
        cv2.line(room, (150, y), (490, y), (90, 40, 40), 3)
    cv2.rectangle(room, (round(300 + sway), 260), (round(340 + sway), 320), (190, 150, 130), -1)
    cv2.ellipse(room, (round(320 + sway), 210), (60, 80), 0, 0, 360, (200, 160, 140), -1)
    return room


def add_walker(room: Light, x: float) -> Light:
    """Return the room with somebody who walks through it; `x` is the left edge of the body."""
    room = room.copy()
    low, high = max(0, round(x)), max(0, min(SIZE[0], round(x) + 170))
    room[110:, low:high] = (60, 50, 70)
    return room


def photograph(room: Light, seed: int = 0) -> Pixels:
    return np.clip(np.rint(room + _noise(seed, room.shape)), 0, 255).astype(np.uint8)


@lru_cache(maxsize=8)  # most tests use the same few seeds
def _noise(seed: int, shape: tuple[int, ...]) -> Light:
    noise = np.random.default_rng(seed).normal(0, 1.5, shape)
    noise.flags.writeable = False
    return noise


def photographs(room: Light, count: int = _COUNT) -> list[Pixels]:
    return [photograph(room, seed) for seed in range(count)]


def static_scene(room: Light) -> Callable[[float], Pixels]:
    """Return a scene that shows the same room at any time, with three kinds of noise in turn."""
    pictures = photographs(room, 3)
    return lambda now: pictures[int(now * 2) % 3]
