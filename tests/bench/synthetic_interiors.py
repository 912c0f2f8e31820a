"""Rooms drawn from a seed, as backgrounds of phone uploads, because no photographs of rooms are available.

Walls with patterns, a window, a door, shelves of books, plants, pictures, furniture; each layer is out of focus by its
own depth. They have more edges and colours near the person than many real rooms, but no realistic objects: a network
trained on real rooms may perform better or worse on those.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2

Canvas = NDArray[np.float32]
Random = np.random.Generator
Thing = Callable[[Canvas, Random], None]


def room(random: Random, height: int, width: int) -> Canvas:
    """Return a room, float32 (h, w, 3), 0 to 255."""
    canvas = _wall(random, height, width)
    things = [_window, _door, _shelf, _shelf, _plant, _picture, _picture, _sofa, _curtain, _lamp]
    order = random.permutation(len(things))[: int(random.integers(5, 9))]
    for number, which in enumerate(order):
        canvas = _out_of_focus(canvas, things[which], random, 5.0 - 0.55 * number)
    blurred = cv2.GaussianBlur(canvas, (0, 0), float(random.choice((0.8, 2.0, 5.0))))
    return np.asarray(blurred * _daylight(random, height, width)[..., None], np.float32).clip(0, 255)


def _out_of_focus(canvas: Canvas, thing: Thing, random: Random, blur: float) -> Canvas:
    layer = canvas.copy()
    thing(layer, random)
    changed = (np.abs(layer - canvas).max(axis=2) > 0).astype(np.float32)
    soft = cv2.GaussianBlur(changed, (0, 0), blur)[..., None]
    return np.asarray(canvas * (1 - soft) + cv2.GaussianBlur(layer, (0, 0), blur) * soft, np.float32)


def _colour(random: Random, low: float = 30, high: float = 230) -> tuple[float, float, float]:
    """Return a colour, mostly a muted one, as in real rooms."""
    grey = random.uniform(low, high)
    red, green, blue = np.clip(grey + random.normal(0, 26 if random.random() < 0.25 else 9, 3), 5, 250)
    return float(red), float(green), float(blue)


def _daylight(random: Random, height: int, width: int) -> Canvas:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    return np.asarray(1 + 0.25 * (np.cos(angle) * x + np.sin(angle) * y), np.float32)


def _wall(random: Random, height: int, width: int) -> Canvas:
    canvas = np.full((height, width, 3), _colour(random, 90, 235), np.float32)
    fine = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.5)
    canvas += (fine / fine.std() * random.uniform(1, 5))[..., None]
    if random.random() < 0.4:  # wallpaper or tiles
        step = int(random.integers(30, 110))
        tone = np.float32(random.uniform(-25, 25))
        canvas[:, ::step] += tone
        canvas[::step] += tone
    floor = int(height * random.uniform(0.6, 0.9))
    canvas[floor:] = canvas[floor:] * 0.3 + 0.7 * np.asarray(_colour(random, 40, 160), np.float32)
    return canvas


def _box(canvas: Canvas, random: Random, wide: tuple[float, float], high: tuple[float, float]) -> tuple[int, ...]:
    height, width = canvas.shape[:2]
    w, h = int(width * random.uniform(*wide)), int(height * random.uniform(*high))
    left = int(random.uniform(-0.3 * w, width - 0.7 * w))
    top = int(random.uniform(-0.1 * h, max(1, 0.8 * height - h)))
    return left, top, left + w, top + h


def _window(canvas: Canvas, random: Random) -> None:
    left, top, right, bottom = _box(canvas, random, (0.25, 0.5), (0.3, 0.5))
    cv2.rectangle(canvas, (left, top), (right, bottom), (215, 228, 246), -1)
    for _ in range(25):
        at = (int(random.integers(left, right)), int(random.integers((top + bottom) // 2, bottom)))
        cv2.circle(canvas, at, int(random.integers(8, 50)), (random.uniform(40, 120), random.uniform(90, 170), 60), -1)
    frame = _colour(random, 190, 245)
    for x in (left, (left + right) // 2, right):
        cv2.line(canvas, (x, top), (x, bottom), frame, 14)
    for y in (top, bottom):
        cv2.line(canvas, (left, y), (right, y), frame, 14)


def _door(canvas: Canvas, random: Random) -> None:
    left, top, right, bottom = _box(canvas, random, (0.25, 0.35), (0.7, 0.95))
    tone = np.asarray(_colour(random, 50, 200))
    cv2.rectangle(canvas, (left, top), (right, bottom + 400), tuple(tone * 0.7), -1)
    cv2.rectangle(canvas, (left + 16, top + 16), (right - 16, bottom + 400), tuple(tone), -1)
    for upper, lower in ((0.08, 0.42), (0.5, 0.9)):
        a = (left + 50, int(top + upper * (bottom - top)))
        cv2.rectangle(canvas, a, (right - 50, int(top + lower * (bottom - top))), tuple(tone * 0.85), 9)
    cv2.circle(canvas, (right - 45, (top + bottom) // 2), 11, (200, 190, 120), -1)


def _shelf(canvas: Canvas, random: Random) -> None:
    left, top, right, bottom = _box(canvas, random, (0.3, 0.6), (0.25, 0.6))
    wood = np.asarray(_colour(random, 60, 190))
    cv2.rectangle(canvas, (left, top), (right, bottom), tuple(wood * 0.6), -1)
    for low in range(top + 110, bottom + 1, 110):
        x = left + 8
        while x < right - 30:
            thick, tall = int(random.integers(10, 34)), int(random.integers(55, 98))
            cv2.rectangle(canvas, (x, low - tall), (x + thick, low), _colour(random, 20, 240), -1)
            x += thick + int(random.integers(1, 4)) + (40 if random.random() < 0.1 else 0)
        cv2.line(canvas, (left, low), (right, low), tuple(wood), 9)


def _plant(canvas: Canvas, random: Random) -> None:
    height, width = canvas.shape[:2]
    x, y = int(random.uniform(0, width)), int(random.uniform(0.3, 0.8) * height)
    for _ in range(60):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(20, 150)
        at = (int(x + reach * np.cos(angle)), int(y + reach * np.sin(angle)))
        green = (random.uniform(20, 90), random.uniform(70, 160), random.uniform(20, 80))
        axes = (int(random.integers(14, 40)), int(random.integers(4, 12)))
        cv2.ellipse(canvas, at, axes, float(np.degrees(angle)), 0, 360, green, -1)


def _picture(canvas: Canvas, random: Random) -> None:
    left, top, right, bottom = _box(canvas, random, (0.12, 0.3), (0.1, 0.25))
    cv2.rectangle(canvas, (left - 10, top - 10), (right + 10, bottom + 10), _colour(random, 20, 200), -1)
    inside = canvas[max(0, top) : bottom, max(0, left) : right]
    if inside.size:
        blobs = np.array([_colour(random, 20, 235) for _ in range(25)], np.float32).reshape(5, 5, 3)
        inside[:] = cv2.resize(blobs, inside.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _sofa(canvas: Canvas, random: Random) -> None:
    height, width = canvas.shape[:2]
    top, tone = int(random.uniform(0.5, 0.75) * height), np.asarray(_colour(random, 40, 200))
    cv2.rectangle(canvas, (0, top), (width, height), tuple(tone), -1)
    for x in range(0, width, int(random.integers(180, 320))):
        cv2.line(canvas, (x, top), (x, height), tuple(tone * 0.7), 6)
        cv2.circle(canvas, (x + 90, top + 20), 70, _colour(random, 40, 230), -1)


def _curtain(canvas: Canvas, random: Random) -> None:
    width = canvas.shape[1]
    left, across = int(random.uniform(0, 0.8) * width), int(random.uniform(0.15, 0.3) * width)
    part = canvas[:, left : left + across]
    folds = 0.85 + 0.15 * np.sin(np.arange(part.shape[1]) / random.uniform(5, 12))
    part[:] = np.asarray(_colour(random, 60, 230), np.float32) * folds[None, :, None]


def _lamp(canvas: Canvas, random: Random) -> None:
    height, width = canvas.shape[:2]
    at = (int(random.uniform(0, width)), int(random.uniform(0.05, 0.5) * height))
    cv2.line(canvas, at, (at[0], height), (40, 40, 45), 8)
    cv2.ellipse(canvas, at, (70, 50), 0, 0, 360, (252, 240, 205), -1)
