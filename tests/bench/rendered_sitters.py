"""The sitters that faults are rendered onto: the studio's person, a drawn one, cut-outs (RGBA), and photographs.

A cut-out is placed before a plain backdrop as in a correct live frame. Shoulders that its file cuts off are rounded
down into arms; if the file ends above the picture's lower edge, plain cloth is added below. A photograph without alpha
keeps its own frame and backdrop: only light, colour, blur and the face can be changed in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from config.arrays import Pixels, Plane
from config.opencv import cv2
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.picture_files import picture_files
from tests.bench.rendered_scene import FRAME, Scene, blur_plane, grid, to_light
from tests.bench.synthetic_sitter import drawn_sitter

FACE_SHARE: Final = 0.205
"""Face width over the picture's height: the middle of the range that chsi allows."""
EYES: Final = (0.5, 0.42)
"""Position of the eyes as shares of the picture: the middle of the range that chsi allows."""
BACKDROPS: Final = {"grey": (176, 178, 180), "blue": (98, 150, 200), "white": (226, 226, 224)}


@dataclass(frozen=True, eq=False)
class Sitter:
    """A cut-out person: `colours` linear light (h, w, 3), `alpha` (h, w), at the file's own size."""

    name: str
    colours: Plane = field(repr=False)
    alpha: Plane = field(repr=False)
    face: Face = field(repr=False)
    frame: tuple[int, int] = FRAME  # of the scenes: width, height

    def scene(self, face_share: float = FACE_SHARE, eyes: tuple[float, float] = EYES, backdrop: str = "grey") -> Scene:
        """Return the sitter in a live frame, the face `face_share` of its height wide, the eyes at `eyes` (shares)."""
        width, height = self.frame
        scale = face_share * height / self.face.width
        left, top = eyes[0] * width - self.face.eyes[0] * scale, eyes[1] * height - self.face.eyes[1] * scale
        move = np.array([[scale, 0, left], [0, scale, top]], np.float32)
        clothed = round(float(1.6 * self.face.chin[1] - 0.6 * self.face.forehead[1]))
        colours, alpha = (_transform(plane, move, clothed, self.frame) for plane in (self.colours, self.alpha))
        face = Face(np.column_stack([self.face.points[:, :2] * scale + (left, top), self.face.points[:, 2] * scale]))
        return Scene(self.name, colours, alpha, plain_backdrop(BACKDROPS[backdrop], self.frame), face)

    @property
    def upscale(self) -> float:
        """The enlargement of the file in a live frame: above 1 it is softer than from a camera."""
        return FACE_SHARE * self.frame[1] / self.face.width


def plain_backdrop(colour: tuple[int, int, int], size: tuple[int, int]) -> Plane:
    """Return a good studio backdrop: paper of `colour`, 6 % darker in the corners, with fine texture."""
    random = np.random.default_rng(11)
    x, y = grid(size)
    fall_off = 1 - 0.06 * (((x / size[0]) * 2 - 1) ** 2 + ((y / size[1]) * 2 - 1) ** 2) / 2
    texture = blur_plane(random.standard_normal((size[1], size[0]), dtype=np.float32), 1.2)
    light = fall_off * (1 + 0.006 * texture / float(texture.std()))
    return np.asarray(to_light(np.array(colour, np.uint8)) * light[..., None], np.float32)


def sitters(folder: Path, finder: FaceFinder) -> Iterator[Sitter]:
    """Yield the studio's person, the drawn one, then every picture of `folder` with alpha in which a face is found."""
    yield studio_person(finder)
    drawn = _sitter("drawn", *drawn_sitter(), finder)
    assert drawn is not None, "no face is found in the drawn sitter"
    yield drawn
    for name, codes, alpha in _pictures(folder):
        sitter = None if alpha is None else _sitter(name, codes, alpha, finder)
        if sitter is not None:
            yield sitter


def photographs(folder: Path, finder: FaceFinder) -> Iterator[Scene]:
    """Yield every picture of `folder` without alpha in which a face is found, unchanged."""
    for name, codes, alpha in _pictures(folder):
        faces = finder.find(codes).faces if alpha is None else ()
        if faces:
            light = to_light(codes)
            yield Scene(name, light, np.ones(codes.shape[:2], np.float32), light, faces[0], noise=0.0)


def _pictures(folder: Path) -> Iterator[tuple[str, Pixels, Plane | None]]:
    """Yield name, sRGB code values and, for a cut-out, alpha 0-1."""
    for path in picture_files(folder):
        file = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if file is None or file.ndim != 3:
            continue
        codes = np.rint(file * (1.0 if file.dtype == np.uint8 else 255 / 65535)).astype(np.uint8)
        cut_out = codes.shape[2] == 4 and int(codes[..., 3].min()) < 128
        alpha = codes[..., 3].astype(np.float32) / 255 if cut_out else None
        yield path.stem, np.ascontiguousarray(codes[..., 2::-1]), alpha


def studio_person(finder: FaceFinder) -> Sitter:
    """Return the person of the simulated studio with a closed mouth."""
    from hardware.simulators.studio_camera.expression import ExpressionRenderer as Expression
    from hardware.simulators.studio_camera.person import load_person

    rgba = Expression(load_person()).with_expression(1.0, 0.0)
    half = cv2.resize(rgba, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = half[..., 3] / 255
    colours = np.clip(half[..., :3] / np.maximum(alpha, 1 / 255)[..., None], 0, 255)
    sitter = _sitter("studio", np.rint(colours).astype(np.uint8), alpha, finder)
    assert sitter is not None, "no face is found in the studio's person"
    return sitter


def _sitter(name: str, codes: Pixels, alpha: Plane, finder: FaceFinder) -> Sitter | None:
    pixels = codes * alpha[..., None] + 190 * (1 - alpha[..., None])
    faces = finder.find(pixels.astype(np.uint8)).faces
    if not faces:
        return None
    colours = _spread(to_light(codes), alpha)
    colours, alpha, pad = _round_off(colours, alpha, faces[0])
    return Sitter(name, colours, alpha, faces[0].transform(1.0, (pad, 0)))


def _spread(colours: Plane, alpha: Plane) -> Plane:
    """Fill the undefined colour where alpha is 0 from the neighbours, because scaling would mix it in."""
    known, near = (alpha > 0.3).astype(np.float32), colours
    for sigma in (2.0, 8.0, 40.0):
        weight = blur_plane(known, sigma)[..., None]
        around = blur_plane(colours * known[..., None], sigma) / np.maximum(weight, 1e-4)
        near = np.where((known > 0)[..., None], colours, np.where(weight > 1e-3, around, near)).astype(np.float32)
        colours, known = near, np.maximum(known, (weight[..., 0] > 1e-3).astype(np.float32))
    return near


def _round_off(colours: Plane, alpha: Plane, face: Face) -> tuple[Plane, Plane, int]:
    """Extend shoulders cut off by a side of the file as a quarter of a circle; return colours, alpha, columns added."""
    pad = round(0.55 * face.width)
    height, width = alpha.shape
    x, y = grid((width + 2 * pad, height))
    beyond = np.maximum(np.maximum(pad - x, x - (width + pad - 1)), 0)
    drop = pad - np.sqrt(np.maximum(pad**2 - beyond**2, 0))
    drop = np.where(beyond >= pad, 1e4, drop * 1.6).astype(np.float32)
    edge = np.clip(x - pad, 0, width - 1).astype(np.float32)
    cover = cv2.remap(alpha, edge, y - drop, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0,))
    cover[(beyond > 0) & (y < face.chin[1])] = 0  # hair that reaches the side ends there
    near = max(2, pad // 5)
    ends = [colours[:, :near].mean(axis=1, keepdims=True), colours[:, -near:].mean(axis=1, keepdims=True)]
    ends = [np.repeat(cv2.GaussianBlur(end, (0, 0), sigmaX=0.3, sigmaY=0.2 * pad), pad, axis=1) for end in ends]
    wide = np.hstack([ends[0], colours, ends[1]])
    return np.asarray(wide, np.float32), np.asarray(cover, np.float32), pad


def _transform(plane: Plane, move: Plane, clothed: int, frame: tuple[int, int]) -> Plane:
    """Scale and shift a plane into the frame; it is smoothed first if it becomes smaller.

    Plain cloth is added below its last row; from row `clothed` on there are only clothes.
    """
    scale = float(move[0, 0])
    if scale < 1:
        plane = blur_plane(plane, 0.5 * float(np.sqrt(1 / scale**2 - 1)) + 1e-3)
    height = plane.shape[0]
    room = max(0, int(np.ceil((frame[1] - move[1, 2]) / scale)) + 2 - height)
    if plane.ndim == 2:
        plane = cv2.copyMakeBorder(plane, 0, room, 0, 0, cv2.BORDER_REPLICATE)
        return np.asarray(cv2.warpAffine(plane, move, frame, flags=cv2.INTER_LINEAR), np.float32)
    cloth = plane[-max(2, min(height // 12, height - clothed)) :].mean(axis=0, keepdims=True)
    cloth = np.repeat(
        np.asarray(cv2.GaussianBlur(cloth, (0, 0), sigmaX=0.04 * plane.shape[1], sigmaY=0.3)), room, axis=0
    )
    plane = np.vstack([plane, cloth]) if room else plane
    return np.asarray(
        cv2.warpAffine(plane, move, frame, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
