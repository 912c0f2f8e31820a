"""Cut the simulated studio's sitter out of her photograph.

Computes the person mask, the closed-form matte, the foreground colours, the face points, the relief and the other
expressions. `python -m tests.bench.cut_out_sitter [FOLDER]` writes sitter.webp, sitter_points.npy, sitter_relief.npy
and sitter_faces.webp (about 20 s).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.data import astronaut

from config.arrays import Floats, Pixels
from config.native_log import suppress_stderr
from config.opencv import cv2
from hardware.simulators.studio_camera.expression import ExpressionRenderer
from hardware.simulators.studio_camera.person import (
    DETAIL,
    FACE,
    FACES,
    FACES_STORED,
    PICTURE,
    POINTS,
    RELIEF,
    Person,
)
from hardware.simulators.studio_camera.upscale import upscale
from kiosk.guidance.detection.mediapipe_solutions import FaceMesh, SelfieSegmentation
from tests.bench.sitter_relief import make_relief

log = logging.getLogger(__name__)
# Corrections of the person mask on this photograph: outlines in source pixels, in the point format of SVG.
# Background: the flag at the lower left, the table beside her arm, the backdrop in the corners between ears, jaw and
# neck ring. Person: the ring's rim, which is as grey as the backdrop.
_BACKGROUND_OUTLINES: Final = (
    "0,380 19,380 21,400 20,440 22,480 26,512 0,512",
    "351,270 355,285 358,300 360,318 366,334 362,346 380,346 380,270",
    "267.8,139.2 273.5,138.2 279,135.5 283,131.5 289,126 296,119 320,119 320,203 300,208 282,193 272,183 "
    "264,177 255,173 255.3,170.5 256.4,166 259,162 262,157 265.2,150 267,144",
    "182,146 170,146 157,148 146,152 137,158 129,165.5 123.5,174 117,182 109,189 100,195 100,120 "
    "160,120 169,130 174,135.5 180,137.5",
)
_PERSON_OUTLINES: Final = (
    "187,150 170,150 158,152 148,156 140,161.5 134,168 129,177 127,188 129,200 140,200 136,185 "
    "141,170 151,160 166,154.5 187,154",
    "256,177 268,184 280,195 276,198 266,188 255,181",
)
_HEAD_BOX: Final = (136, 0, 320, 200)
"""Left, top, right, bottom (source pixels): matted at twice the size for her hair, the rest at the original size."""
_TOLERANCE: Final = 1e-7  # of the solver's residual


def cut_out(photograph: Pixels) -> Pixels:
    """Return `photograph` (512 x 512, RGB) as premultiplied RGBA at DETAIL times the size."""
    trimap = _trimap(photograph)
    log.info("studio: matting")
    alpha, colours = _matte(photograph, trimap)
    size = (photograph.shape[1] * DETAIL, photograph.shape[0] * DETAIL)
    fine = upscale(photograph.astype(np.float32))
    alpha = _sharpen_alpha(cv2.resize(alpha, size, interpolation=cv2.INTER_CUBIC))
    clean = cv2.resize(colours, size, interpolation=cv2.INTER_CUBIC)
    inside = _smooth_step(alpha, 0.9, 1.0)[..., None]
    mixed = np.clip(fine * inside + clean * (1 - inside), 0, 255) * alpha[..., None]
    return np.asarray(np.rint(np.dstack([mixed, alpha * 255])), dtype=np.uint8)


def face_points(photograph: Pixels) -> NDArray[np.float32]:
    """Return the 478 points of MediaPipe's FaceMesh with irises: x, y, depth in source pixels."""
    height, width = photograph.shape[:2]
    big = np.rint(upscale(photograph.astype(np.float32), 1)).astype(np.uint8)
    with (
        suppress_stderr(),
        FaceMesh(static_image_mode=True, refine_landmarks=True) as mesh,
    ):
        faces = mesh.process(big).multi_face_landmarks
    if not faces:
        raise RuntimeError("FaceMesh finds no face in the studio's photograph; has the photograph changed?")
    return np.array([(p.x * width, p.y * height, p.z * width) for p in faces[0].landmark], dtype=np.float32)


def _person_mask(photograph: Pixels) -> Floats:
    big = cv2.resize(photograph, None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4)
    with (
        suppress_stderr(),
        SelfieSegmentation(model_selection=0) as segmenter,
    ):
        mask = segmenter.process(big).segmentation_mask
    return np.array(mask, dtype=np.float32)


def _trimap(photograph: Pixels) -> NDArray[np.float64]:
    """Return the trimap at twice the photograph's size: 1 person, 0 background, 0.5 unknown."""
    mask = (_person_mask(photograph) > 0.5).astype(np.uint8)
    _fill(mask, _BACKGROUND_OUTLINES, 0)
    _fill(mask, _PERSON_OUTLINES, 1)
    # The mask has holes at her badge and cuffs; closing fills them.
    body = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    inside = np.asarray(cv2.erode(body, _disc(13), borderValue=(1,)), dtype=np.uint8)
    outside = np.asarray(cv2.dilate(body, _disc(17)), dtype=np.uint8)
    _fill(inside, _PERSON_OUTLINES, 1)
    _fill(outside, _BACKGROUND_OUTLINES, 0)
    trimap = np.full(mask.shape, 0.5)
    trimap[inside > 0] = 1.0
    trimap[outside == 0] = 0.0
    return trimap


def _fill(mask: Pixels, outlines: Iterable[str], value: int) -> None:
    """Fill the outlines in a `mask` of twice the photograph's size."""
    for outline in outlines:
        points = np.array([point.split(",") for point in outline.split()], dtype=np.float64)
        cv2.fillPoly(mask, [np.rint(points * 2).astype(np.int32)], (value,))


def _matte(photograph: Pixels, trimap: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Return alpha (0..1) and the foreground colours (0..255) at twice the photograph's size.

    The cost of the closed form grows faster than the size, so only the head is solved at the doubled size.
    """
    from kiosk.capture.matting.closed_form import closed_form
    from kiosk.capture.matting.pymatting_functions import estimate_foreground_ml

    big = np.clip(upscale(photograph.astype(np.float32), 1, 0.4) / 255.0, 0, 1).astype(np.float32)
    height, width = photograph.shape[:2]
    plain = cv2.resize(trimap, (width, height), interpolation=cv2.INTER_NEAREST)
    small = np.asarray(photograph / 255.0, np.float32)
    alpha = cv2.resize(
        closed_form(small, plain, tolerance=_TOLERANCE), (width * 2, height * 2), interpolation=cv2.INTER_CUBIC
    )
    alpha = np.clip(alpha, 0, 1)
    left, top, right, bottom = (2 * side for side in _HEAD_BOX)
    head = slice(top, bottom), slice(left, right)
    alpha[head] = closed_form(np.ascontiguousarray(big[head]), np.ascontiguousarray(trimap[head]), tolerance=_TOLERANCE)
    colours = estimate_foreground_ml(big.astype(np.float64), alpha.astype(np.float64))
    return np.asarray(alpha, np.float32), np.asarray(colours * 255, np.float32)


def _disc(size: int) -> Pixels:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)


def _sharpen_alpha(alpha: NDArray[Any]) -> Floats:
    """Undo part of the softening of edges by the enlargement, and remove the faint veil around them."""
    return np.asarray(np.clip((alpha - 0.06) / 0.88, 0, 1), dtype=np.float32)


def _smooth_step(values: Floats, low: float, high: float) -> Floats:
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def cut_out_sitter() -> tuple[Pixels, NDArray[np.float32]]:
    """Compute the cut-out and the face points of the sitter from the photograph."""
    photograph = np.ascontiguousarray(astronaut())
    return cut_out(photograph), face_points(photograph)


def complete_person(rgba: Pixels, points: NDArray[np.float32]) -> Person:
    """Return the person with the relief and the expressions computed from `rgba` and `points`."""
    person = Person(rgba, points, make_relief(points), {})
    renderer = ExpressionRenderer(person)
    faces = {expression: renderer.with_expression(*expression) for expression in FACES_STORED}
    return replace(person, faces={expression: face[FACE] for expression, face in faces.items()})


def write_person(person: Person, folder: Path, quality: int = 100, method: int = 6) -> None:
    """Write the files without loss; `exact` keeps the colour of transparent pixels.

    In lossless WebP, `quality` and `method` are the effort: less effort is faster and results in a larger file.
    """
    faces = np.vstack([person.faces[expression] for expression in FACES_STORED])
    for rgba, path in ((person.rgba, PICTURE), (faces, FACES)):
        image = Image.fromarray(rgba, "RGBA")
        image.save(folder / path.name, "WEBP", lossless=True, quality=quality, method=method, exact=True)
    np.save(folder / POINTS.name, person.points)
    np.save(folder / RELIEF.name, person.relief)


if __name__ == "__main__":
    write_person(complete_person(*cut_out_sitter()), Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE.parent)
