"""Studio shots and phone uploads whose matte is known: cut-outs (RGBA) composed onto backdrops, then photographed.

Backdrops blue, white and grey with texture, fall-off and a lighting gradient; the person's shadow on them (10 %) and
their light on the person's rim (spill 12 %); then lens blur, sensor noise and JPEG. "white on white" and "blue on blue"
dye the clothes in the backdrop's colour. "natural" is a drawn room (tests/bench/synthetic_interiors.py), because no
photographs of rooms are available. Any folder of RGBA cut-outs can be used; a person who is cut off by a side of the
file stays cut off.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Plane
from config.opencv import cv2
from kiosk.guidance.detection.landmarks import Face, FaceFinder
from tests.bench.synthetic_interiors import room

Random = np.random.Generator

WIDTH: Final = 960
HEIGHT: Final = 1280
BACKDROPS: Final = {"blue": (62, 132, 205), "white": (236, 236, 234), "grey": (150, 150, 152)}
DYES: Final = {"white on white": ("white", (240, 240, 241)), "blue on blue": ("blue", (60, 125, 200))}
KINDS: Final = (*BACKDROPS, *DYES, "natural")

_HEAD_SHARE: Final = 0.50  # chin to top of the matte, of the picture's height
_SPACE_ABOVE: Final = 0.16  # above the head
_MAX_BOTTOM_PX: Final = HEIGHT * (1 - _SPACE_ABOVE) + 2  # so that the body reaches the lower edge
_SHADOW: Final = 0.10
_SPILL: Final = 0.12
_GRADIENT: Final = 0.10
_QUALITY: Final = 92


@dataclass(frozen=True)
class CutOut:
    """A framed person without background: `colours` float32 (h, w, 3) 0-255, `alpha` float32 (h, w); HEIGHT x WIDTH."""

    name: str
    colours: Plane = field(repr=False)
    alpha: Plane = field(repr=False)
    face: Face | None = field(repr=False)


@dataclass(frozen=True)
class ComposedShot:
    """A composed shot: `pixels` uint8 (h, w, 3) RGB, as from a camera, and the true `alpha` float32 (h, w).

    `foreground` is float32 (h, w, 3), 0 to 1: the person's own colours in this light, without the backdrop's spill.
    """

    name: str
    backdrop_kind: str
    pixels: NDArray[np.uint8] = field(repr=False)
    alpha: Plane = field(repr=False)
    foreground: Plane = field(repr=False)


def composed_shots(folder: Path, kinds: Sequence[str] = KINDS, seed: int = 0) -> Iterator[ComposedShot]:
    """Yield every cut-out of `folder` before every kind of backdrop; same files and seed, same pixels."""
    finder = FaceFinder(still=True)
    try:
        for path in sorted(folder.glob("*.png")):
            cutout = frame_cutout(path, finder)
            yield from (shot for kind in kinds if (shot := compose_shot(cutout, kind, seed)) is not None)
    finally:
        finder.close()


def compose_shot(cutout: CutOut, kind: str, seed: int = 0) -> ComposedShot | None:
    """Return one shot; None if the clothes cannot be dyed because no face or no clothes are found."""
    random = np.random.default_rng([zlib.crc32(f"{cutout.name} {kind}".encode()), seed])
    backdrop, colours = kind, cutout.colours
    if kind in DYES:
        backdrop, dye = DYES[kind]
        dyed = _dye(cutout, dye)
        if dyed is None:
            return None
        colours = dyed
    light = _light(random, 0, _GRADIENT / 2)[..., None]
    behind = _backdrop(random, backdrop, cutout.alpha)
    alpha = cutout.alpha
    rim = (_SPILL * cv2.GaussianBlur(1 - alpha, (0, 0), 14) * alpha)[..., None]
    lit = (colours * (1 - rim) + rim * behind) * light
    mixed = lit * alpha[..., None] + behind * (1 - alpha[..., None])
    soft = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.7), np.float32)
    own = cv2.GaussianBlur(colours * light * alpha[..., None], (0, 0), 0.7) / np.maximum(soft, 1e-3)[..., None]
    own = np.clip(own / 255, 0, 1).astype(np.float32)
    return ComposedShot(cutout.name, kind, _photograph(random, mixed), soft, own)


def frame_cutout(path: Path, finder: FaceFinder) -> CutOut:
    """Return the cut-out of one file, framed like a tethered portrait: by its head, or without a face by its height.

    If the file itself cuts the body off, that side is placed at (or beyond) the picture's edge.
    """
    colours, alpha = _read(path)
    face = _face(colours, alpha, finder)
    height, width = alpha.shape
    top = int(np.argmax(alpha.max(axis=1) > 0.5))
    left_cut, right_cut = bool((alpha[:, 0] > 0.2).any()), bool((alpha[:, -1] > 0.2).any())
    scale = _MAX_BOTTOM_PX / (height - top)
    if face is not None:
        scale = max(scale, _HEAD_SHARE * HEIGHT / (float(face.chin[1]) - top))
    if left_cut and right_cut:
        scale = max(scale, WIDTH / width)
    weight = alpha.sum(axis=0)
    centre = float(face.chin[0]) if face is not None else float((weight * np.arange(width)).sum() / weight.sum())
    left = WIDTH / 2 - centre * scale
    left = min(left, 0.0) if left_cut else left
    left = max(left, WIDTH - width * scale) if right_cut else left
    move = np.array([[scale, 0, left], [0, scale, _SPACE_ABOVE * HEIGHT - top * scale]], np.float32)
    colours, alpha = (_transform(plane, move) for plane in (_spread(colours, alpha), alpha))
    framed = (
        Face(np.column_stack((face.points[:, :2] * scale + move[:, 2], face.points[:, 2] * scale))) if face else None
    )
    return CutOut(path.stem, colours.clip(0, 255), np.clip((alpha - 0.02) / 0.96, 0, 1), framed)


def _read(path: Path) -> tuple[Plane, Plane]:
    file = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if file is None or file.ndim != 3 or file.shape[2] != 4:
        raise ValueError(f"{path} is not a cut-out: a PNG with colours and alpha is required")
    unit = 1.0 if file.dtype == np.uint8 else 255 / 65535
    values = file.astype(np.float32) * np.float32(unit)
    return np.ascontiguousarray(values[..., 2::-1]), values[..., 3] / 255


def _face(colours: Plane, alpha: Plane, finder: FaceFinder) -> Face | None:
    pixels = colours * alpha[..., None] + 200 * (1 - alpha[..., None])
    faces = finder.find(pixels.astype(np.uint8)).faces
    return faces[0] if faces else None


def _spread(colours: Plane, alpha: Plane) -> Plane:
    """Fill the undefined colour where alpha is 0 from the neighbours, because scaling would mix it in."""
    own = (alpha > 0.02).astype(np.float32)
    near = cv2.GaussianBlur(colours * own[..., None], (0, 0), 4) / (cv2.GaussianBlur(own, (0, 0), 4)[..., None] + 1e-4)
    return np.asarray(np.where(own[..., None] > 0, colours, near), np.float32)


def _transform(plane: Plane, move: NDArray[np.float32]) -> Plane:
    """Scale and shift a plane into the picture; it is smoothed first if it becomes smaller."""
    scale = float(move[0, 0])
    if scale < 1:
        plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.5 * np.sqrt(1 / scale**2 - 1) + 1e-3), np.float32)
    return np.asarray(cv2.warpAffine(plane, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR), np.float32)


def _backdrop(random: Random, kind: str, alpha: Plane) -> Plane:
    """Return the lit backdrop with the person's shadow on it."""
    shift = np.array([[1, 0, random.uniform(-45, 45)], [0, 1, 25]], np.float32)
    shadow = cv2.GaussianBlur(alpha, (0, 0), 38)
    shadow = cv2.warpAffine(shadow, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE) * _SHADOW
    if kind == "natural":
        return np.asarray(room(random, HEIGHT, WIDTH) * (1 - shadow)[..., None], np.float32)
    light = _light(random, 0.10, _GRADIENT) * _light(random, 0, 0.04) * (1 + random.uniform(-0.05, 0.05))
    balance = 1 + random.uniform(-0.015, 0.015, 3)
    plain = np.asarray(BACKDROPS[kind], np.float32) * balance
    return np.asarray(plain * (_texture(random) * light * (1 - shadow))[..., None], np.float32)


def _light(random: Random, vignette: float, gradient: float) -> Plane:
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    slope = gradient * (np.cos(angle) * x + np.sin(angle) * y) / 1.4
    return np.asarray(1 + slope - vignette * (x * x + y * y) / 2, np.float32)


def _texture(random: Random) -> Plane:
    """Return the texture of paper or cloth: unevenness of 0.6 % in patches and 0.4 % in grain."""
    patches = cv2.GaussianBlur(random.normal(0, 1, (HEIGHT // 8, WIDTH // 8)).astype(np.float32), (0, 0), 2.5)
    patches = cv2.resize(patches, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(random.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.2)
    return np.asarray(1 + 0.006 * patches / patches.std() + 0.004 * grain / grain.std(), np.float32)


def _photograph(random: Random, light: Plane) -> NDArray[np.uint8]:
    """Return the pixels with lens blur, photon and read noise, and JPEG."""
    sharp = cv2.GaussianBlur(np.clip(light, 0, 255), (0, 0), 0.7)
    noisy = sharp + np.sqrt(0.9 + sharp * 0.018) * random.normal(0, 1, sharp.shape)
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    _, file = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])


def _dye(cutout: CutOut, dye: tuple[int, int, int]) -> Plane | None:
    """Return the colours with the clothes in `dye` and half of their own shading."""
    clothes = _clothes_mask(cutout)
    if clothes is None:
        return None
    brightness = cv2.cvtColor(cutout.colours.astype(np.uint8), cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)
    folds = (brightness - cv2.GaussianBlur(brightness, (0, 0), 60)) * 0.5
    shade = np.clip(0.93 + folds / 160, 0.6, 1.07)[..., None]
    share = clothes[..., None]
    return np.asarray(cutout.colours * (1 - share) + np.asarray(dye, np.float32) * shade * share, np.float32)


def _clothes_mask(cutout: CutOut) -> Plane | None:
    """Return the clothes, float32 (h, w), separated from skin and hair by GrabCut (Rother et al. 2004) at a quarter of
    the size.

    GrabCut starts with everything well below the chin as clothes. None without a face or with almost no clothes.
    """
    face = cutout.face
    if face is None:
        return None
    y, x = np.mgrid[0:HEIGHT:4, 0:WIDTH:4].astype(np.float32)
    chin, tall = face.chin, float(face.chin[1] - face.forehead[1])
    size = (WIDTH // 4, HEIGHT // 4)
    small = cv2.resize(cutout.colours, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    person = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA)
    neck = (np.abs(x - chin[0]) < 0.25 * face.width) & (y < chin[1] + 0.15 * tall)
    labels = np.where(y > chin[1] + 0.12 * tall, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[(y > chin[1] + 0.6 * tall) & (np.abs(x - chin[0]) > 0.8 * face.width)] = cv2.GC_FGD
    labels[(y < chin[1] + 0.02 * tall) | neck | (person < 0.9)] = cv2.GC_BGD
    certain = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    if certain.mean() < 0.02:
        return None
    models = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)  # GrabCut begins with clusters drawn at random
    small[person < 0.9] = 0
    labels, _, _ = cv2.grabCut(small, labels, None, models[0], models[1], 4, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    clothes = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    for how, across in ((cv2.MORPH_OPEN, 5), (cv2.MORPH_CLOSE, 7)):
        clothes = cv2.morphologyEx(clothes, how, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across)))
    reach = cv2.dilate(clothes, np.ones((5, 5), np.uint8)) * (person < 0.9)  # the soft edge is part of the clothes
    whole = np.maximum(clothes, reach).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(cv2.resize(whole, (WIDTH, HEIGHT)), (0, 0), 2), np.float32)
