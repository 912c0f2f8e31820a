"""Rendered pictures of codes on a phone or a card, under all conditions."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

import numpy as np
import qrcode
import zxingcpp
from qrcode.image.pil import PilImage

from config.arrays import Floats, Pixels
from config.opencv import cv2


@dataclass(frozen=True)
class Conditions:
    """How a code is shown. `side`: its width in pixels of the frame; `tilt`: perspective, 0 to 0.5; `turn`: degrees;
    `blur`: sigma in pixels; `dark_mode`: light on dark; `glare`: radius of a reflection on the code, in widths of the
    code; `light`: brightness, 1 as rendered; `aside`: offset from the middle, in sizes of the frame."""

    side: int = 240
    size: tuple[int, int] = (640, 480)
    tilt: float = 0.0
    turn: float = 0.0
    blur: float = 0.0
    dark_mode: bool = False
    mirrored: bool = False
    glare: float = 0.0
    light: float = 1.0
    noise: float = 3.0
    aside: tuple[float, float] = (0.0, 0.0)


def payload(length: int, seed: int = 1) -> str:
    """Return a payload as a sealed code may contain it: characters without meaning."""
    letters = string.ascii_letters + string.digits + "+/="
    return "".join(random.Random(seed).choices(letters, k=length))


def qr(text: str) -> Pixels:
    code = qrcode.QRCode(border=4, box_size=6)
    code.add_data(text)
    code.make()
    return np.array(code.make_image(PilImage).convert("L"), np.uint8)


def barcode(text: str, kind: str = "Code128") -> Pixels:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    bars = np.array(zxingcpp.write_barcode_to_image(code, scale=3), np.uint8)
    return np.asarray(cv2.copyMakeBorder(bars, 20, 20, 30, 30, cv2.BORDER_CONSTANT, value=255), np.uint8)


def photograph_code(code: Pixels, how: Conditions | None = None, seed: int = 1) -> Pixels:
    """Return a live frame, RGB, of the code in front of a mottled wall."""
    how = how or Conditions()
    rng = np.random.default_rng(seed)
    wall = _wall(how.size, rng)
    shown = _phone(255 - code if how.dark_mode else code, how.dark_mode)
    scale = how.side / code.shape[1]
    if scale < 0.5:  # a lens averages what a plain sampling would skip
        shrunk = (round(shown.shape[1] * scale * 2), round(shown.shape[0] * scale * 2))
        shown, scale = np.asarray(cv2.resize(shown, shrunk, interpolation=cv2.INTER_AREA), np.uint8), 0.5
    frame = _blend(wall, shown, scale, how)
    if how.glare:
        frame += _reflection(how)
    if how.blur:
        frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), how.blur), np.float32)
    noisy = frame * how.light + rng.normal(0, how.noise, frame.shape)
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(pixels[:, ::-1]) if how.mirrored else pixels


def empty_frame(size: tuple[int, int] = (640, 480), seed: int = 1) -> Pixels:
    """Return a frame without any code."""
    return np.clip(_wall(size, np.random.default_rng(seed)), 0, 255).astype(np.uint8)


def _wall(size: tuple[int, int], rng: np.random.Generator) -> Floats:
    width, height = size
    coarse = rng.uniform(60, 190, (12, 16, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _phone(code: Pixels, dark_mode: bool) -> Pixels:
    edge = code.shape[1] // 6
    return np.asarray(
        cv2.copyMakeBorder(code, 2 * edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=18 if dark_mode else 250),
        np.uint8,
    )


def _blend(wall: Floats, shown: Pixels, scale: float, how: Conditions) -> Floats:
    frame_width, frame_height = how.size
    height, width = shown.shape
    half = np.array([width, height]) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    corners[1] *= 1 - how.tilt
    corners[2] *= 1 - how.tilt * 0.4
    angle = np.deg2rad(how.turn)
    turned = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([frame_width * (0.5 + how.aside[0]), frame_height * (0.5 + how.aside[1])])
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    onto = cv2.getPerspectiveTransform(source, (turned + middle).astype(np.float32))
    warped = cv2.warpPerspective(shown, onto, how.size, flags=cv2.INTER_LINEAR).astype(np.float32)
    mask = cv2.warpPerspective(np.ones_like(shown, np.float32), onto, how.size)
    return np.asarray(wall * (1 - mask[..., None]) + (warped * mask)[..., None], np.float32)


def _reflection(how: Conditions) -> Floats:
    """Return the reflection of a lamp in the screen; its middle is a quarter of a side from that of the code."""
    width, height = how.size
    x = np.arange(width) - width * (0.5 + how.aside[0]) - how.side * 0.18
    y = np.arange(height) - height * (0.5 + how.aside[1]) + how.side * 0.18
    radius = how.glare * how.side
    spot = 255 * np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / (2 * radius**2))
    return np.asarray(spot[..., None], np.float32)
