"""Render the sitter alone, with expression, pose, position and light, as a layer over a backdrop, at any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from config.arrays import Floats, Pixels
from config.opencv import cv2
from hardware.simulators.studio_camera.layer import Layer, Part
from hardware.simulators.studio_camera.person import DETAIL, FACE, PHOTOGRAPHED, Expression, Person
from hardware.simulators.studio_camera.pose import Pose
from hardware.simulators.studio_camera.scene import Scene

if TYPE_CHECKING:
    from hardware.simulators.studio_camera.expression import ExpressionRenderer

FRAME: Final = (1280, 960)
SHOT: Final = (5664, 4248)

_PIXELS_PER_SOURCE: Final = 2.25
"""Live-view pixels per source pixel at scale 1: a face of about 205 pixels."""
CELL_PX: Final = 8
"""The field of the pose is computed at this spacing of live-view pixels and interpolated in between."""
_BLOCK_PX: Final = 80
"""Windows begin at multiples of this many live-view pixels: 354 whole pixels of the shot, and 177 of its half."""
_NEAR_PX: Final = 16
"""Size, in pixels of the cut-out, of the cells that `_near_the_sitter` marks."""
_LEVELS: Final = 4
"""Number of steps between shut and open; they follow each other too fast to be visible."""


@dataclass(frozen=True)
class _Window:
    """The part of the frame that the sitter can cover, in live-view pixels."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class _Warped:
    """The sitter in place: the source pixel of each cell, the colours without light, the cover, and its parts."""

    field: Floats
    colours: Pixels
    cover: Pixels
    parts: tuple[Part, ...]


class SitterRenderer:
    """Renders the sitter in any scene."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._pose = Pose(person.points, person.relief)
        self._near = _near_the_sitter(person.rgba)
        self._faces: dict[Expression, Pixels] = {PHOTOGRAPHED: person.rgba}
        self._newest_warps: dict[bool, tuple[tuple[float, ...], _Warped]] = {}

    def warm_up(self, scenes: Iterable[Scene]) -> None:
        """Render in advance the faces of `scenes` and of the movements to them that are not in files, so that no
        movement stutters."""
        for scene in scenes:
            for step in range(_LEVELS + 1):
                share = step / _LEVELS
                between = replace(scene, eyes=1 - (1 - scene.eyes) * share, mouth=scene.mouth * share)
                if expression_key(between) not in self._person.faces:
                    self._expression(between)

    def render(self, scene: Scene, size: tuple[int, int], mirrored: bool = False) -> Layer | None:
        """Return the sitter's layer in a picture of `size` (width, height; 4:3); None if the sitter is outside it."""
        window = self._window(scene, mirrored)
        if window is None:
            return None
        magnification = size[0] / FRAME[0]
        warped = self._warped(scene, window, size, mirrored)
        return Layer(
            _apply_light(warped.colours, warped.field, scene, magnification),
            warped.cover,
            round(window.left * magnification),
            round(window.top * magnification),
            warped.parts,
        )

    def _warped(self, scene: Scene, window: _Window, size: tuple[int, int], mirrored: bool) -> _Warped:
        """Return the sitter in place, without light. The newest ones of the live view are stored: while only the lamps
        or the lids change, most pictures have the same."""
        pose = (scene.x, scene.y, scene.scale, scene.yaw, scene.pitch, scene.roll, *expression_key(scene))
        newest = self._newest_warps.get(mirrored) if size == FRAME else None
        if newest is not None and newest[0] == pose:
            return newest[1]
        field = self._field(scene, window, mirrored)
        visible = tuple(_visible_parts(field, self._near))
        rgba = _warp(self._expression(scene), field, size[0] / FRAME[0], visible)
        colours = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), dtype=np.uint8)
        whole = Part(0, rgba.shape[0], 0, rgba.shape[1])  # of a shot, which is composited once
        parts = visible if size == FRAME else (whole,)
        warped = _Warped(field, colours, np.asarray(cv2.extractChannel(rgba, 3), dtype=np.uint8), parts)
        if size == FRAME:
            self._newest_warps[mirrored] = (pose, warped)
        return warped

    def _expression(self, scene: Scene) -> Pixels:
        key = expression_key(scene)
        if key not in self._faces:
            stored = self._person.faces.get(key)
            self._faces[key] = self._renderer.with_expression(*key) if stored is None else self._with_face(stored)
        return self._faces[key]

    def _with_face(self, face: Pixels) -> Pixels:
        rgba = self._person.rgba.copy()
        rgba[FACE] = face
        return rgba

    @cached_property
    def _renderer(self) -> ExpressionRenderer:
        """The renderer of faces that are not in files: those of scenes in tests, and of movements from or to them."""
        from hardware.simulators.studio_camera.expression import ExpressionRenderer  # SciPy takes half a second

        return ExpressionRenderer(self._person)

    def _window(self, scene: Scene, mirrored: bool) -> _Window | None:
        scale = _PIXELS_PER_SOURCE * scene.scale
        x, y = scene.x * FRAME[0], scene.y * FRAME[1]
        before, after = scale * self._pose.eyes[0], scale * (512 - self._pose.eyes[0])
        if mirrored:
            before, after = after, before
        left = max(0, int((x - before) // _BLOCK_PX) * _BLOCK_PX)
        right = min(FRAME[0], int(-(-(x + after) // _BLOCK_PX)) * _BLOCK_PX)
        top = max(0, int((y - scale * self._pose.eyes[1]) // _BLOCK_PX) * _BLOCK_PX)
        return _Window(left, top, right, FRAME[1]) if right > left and FRAME[1] > top else None

    def _field(self, scene: Scene, window: _Window, mirrored: bool) -> Floats:
        """Return the source pixel in the cut-out for the centre of each cell of the window and of one block around
        it."""
        xs = np.arange(window.left - _BLOCK_PX, window.right + _BLOCK_PX, CELL_PX) + CELL_PX / 2
        ys = np.arange(window.top - _BLOCK_PX, window.bottom + _BLOCK_PX, CELL_PX) + CELL_PX / 2
        off = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        off = (off - (scene.x * FRAME[0], scene.y * FRAME[1])) / (_PIXELS_PER_SOURCE * scene.scale)
        if mirrored:
            off[:, 0] = -off[:, 0]
        source = self._pose.source(off + self._pose.eyes, scene.yaw, scene.pitch, scene.roll)
        return np.asarray(source * DETAIL - 0.5, dtype=np.float32).reshape(len(ys), len(xs), 2)


def expression_key(scene: Scene) -> Expression:
    """Return how far eyes and mouth are open, in the steps that are rendered."""
    return round(scene.eyes * _LEVELS) / _LEVELS, round(scene.mouth * _LEVELS) / _LEVELS


def _expand_field(field: Floats, magnification: float) -> Floats:
    """Interpolate a field of cells to the window's pixels, and remove the block around it."""
    size = (round(field.shape[1] * CELL_PX * magnification), round(field.shape[0] * CELL_PX * magnification))
    rim = round(_BLOCK_PX * magnification)
    wide = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide[rim : size[1] - rim, rim : size[0] - rim], dtype=np.float32)


def _near_the_sitter(rgba: Pixels) -> Pixels:
    """Return which cells of _NEAR_PX source pixels of the cut-out have a part of the sitter within two cells."""
    height, width = rgba.shape[0] // _NEAR_PX, rgba.shape[1] // _NEAR_PX
    cover = rgba[..., 3].reshape(height, _NEAR_PX, width, _NEAR_PX).max(axis=(1, 3))
    return np.asarray(cv2.dilate(cover, np.ones((5, 5), np.uint8)), dtype=np.uint8)


def _visible_parts(field: Floats, near: Pixels) -> Iterator[Part]:
    """Yield the part of each row of blocks in which the sitter can be seen, in live-view pixels of the window."""
    rim = _BLOCK_PX // CELL_PX
    # The middle of a cell at the photograph's edge can be outside it.
    columns, rows = (
        np.clip(field[rim:-rim, rim:-rim, axis] / _NEAR_PX, 0, near.shape[1 - axis] - 1).astype(np.int32)
        for axis in (0, 1)
    )
    visible = near[rows, columns] > 0
    for row in range(0, len(visible), rim):
        occupied = np.flatnonzero(visible[row : row + rim].any(axis=0))
        if occupied.size:
            top = row * CELL_PX
            yield Part(top, top + _BLOCK_PX, int(occupied[0]) * CELL_PX, (int(occupied[-1]) + 1) * CELL_PX)


def _warp(rgba: Pixels, field: Floats, magnification: float, parts: Iterable[Part]) -> Pixels:
    """Warp `rgba` by the field, where the sitter is: two thirds of the window are empty. A shot is warped at half its
    size, which is finer than the cut-out, and then doubled."""
    halved = magnification > 2
    scale = magnification / 2 if halved else magnification
    interpolation = cv2.INTER_CUBIC if halved else cv2.INTER_LINEAR
    x, y = (_expand_field(np.ascontiguousarray(field[..., axis]), scale) for axis in (0, 1))
    warped = np.zeros((*x.shape, 4), np.uint8)
    for part in parts:
        area = np.s_[
            round(part.top * scale) : round(part.bottom * scale),
            int(part.left * scale) : round(part.right * scale),
        ]
        warped[area] = cv2.remap(rgba, x[area], y[area], interpolation)
    if not halved:
        return warped
    return np.asarray(cv2.resize(warped, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _apply_light(colours: Pixels, field: Floats, scene: Scene, magnification: float) -> Pixels:
    """Apply the scene's lights to the colours; the change from one side's light to the other's is along the nose."""
    if scene.light_left == scene.light_right == scene.exposure == 1:
        return colours
    t = np.clip((field[..., 0] / DETAIL - 224) / 64 + 0.5, 0, 1)
    t = t * t * (3 - 2 * t)
    gain = np.asarray((scene.light_left * (1 - t) + scene.light_right * t) * scene.exposure, dtype=np.float32)
    wide = _expand_field(gain, magnification)
    return np.asarray(cv2.multiply(colours, cv2.merge([wide, wide, wide]), dtype=cv2.CV_8U), dtype=np.uint8)
