"""Render a scene at any size: the lit backdrop with the shadow, and the figures in front of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from config.arrays import Floats, Pixels
from config.opencv import cv2
from hardware.simulators.studio_camera.backdrop import (
    BAND_ROWS,
    paint_backdrop,
    paper_grain,
    render_light,
    render_shadow,
)
from hardware.simulators.studio_camera.disturbances import apply_camera_shift, apply_tint, draw_grey_card
from hardware.simulators.studio_camera.layer import Layer
from hardware.simulators.studio_camera.person import Person
from hardware.simulators.studio_camera.scene import Scene
from hardware.simulators.studio_camera.sitter_layer import CELL_PX, FRAME, SitterRenderer


@dataclass(frozen=True)
class RenderedScene:
    """A scene without its noise: the lit backdrop with the shadow, and the figures from the back to the front."""

    backdrop: Pixels
    layers: tuple[Layer, ...]

    def shift_figures(self, x: float, y: float) -> RenderedScene:
        """Return the scene with the figures moved by a part of a pixel; the backdrop and the soft shadow stay."""
        return RenderedScene(self.backdrop, tuple(layer.shift(x, y) for layer in self.layers))

    def picture(self, blur: float = 0.0) -> Pixels:
        """Compose the picture, RGB; `blur` is the sigma of the blur in pixels of the picture."""
        picture = self.backdrop.copy()
        for layer in self.layers:
            _composite(picture, layer)
        if blur > 0.05:
            return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), dtype=np.uint8)
        return picture


def _composite(picture: Pixels, layer: Layer) -> None:
    """Composite the figure over `picture`, in place."""
    height, width = layer.cover.shape
    under = picture[layer.top : layer.top + height, layer.left : layer.left + width]
    for part in layer.parts:
        for top in range(part.top, part.bottom, BAND_ROWS):
            band = np.s_[top : min(part.bottom, top + BAND_ROWS), part.left : part.right]
            through = cv2.cvtColor(cv2.bitwise_not(layer.cover[band]), cv2.COLOR_GRAY2RGB)
            under[band] = cv2.add(cv2.multiply(under[band], through, scale=1 / 255), layer.colours[band])


class SceneRenderer:
    """Renders scenes of one person."""

    def __init__(self, person: Person) -> None:
        self._figure = SitterRenderer(person)
        self._grains = {FRAME: paper_grain(*FRAME, seed=7)}
        self._newest_paper: tuple[Floats, float, Pixels] | None = None

    def warm_up(self, scenes: Iterable[Scene]) -> None:
        """Render in advance the faces that `scenes` need."""
        self._figure.warm_up(scenes)

    def render(self, scene: Scene, size: tuple[int, int]) -> RenderedScene:
        """Render `scene` for a picture of `size`, FRAME or SHOT."""
        second = self._figure.render(_companion(scene), size, mirrored=True) if scene.companion > 0 else None
        layers = tuple(layer for layer in (second, self._figure.render(scene, size)) if layer is not None)
        columns, rows = FRAME[0] // CELL_PX, FRAME[1] // CELL_PX
        light = render_light(columns, rows, scene.light_left, scene.light_right)
        light = light * render_shadow(_coarse_cover(layers, size, (columns, rows)), scene.wall_shadow, FRAME[1])
        backdrop = self._paper(light, scene.exposure, size)
        backdrop = draw_grey_card(backdrop, scene)
        return RenderedScene(apply_camera_shift(apply_tint(backdrop, scene.warmth), scene), layers)

    def _paper(self, light: Floats, exposure: float, size: tuple[int, int]) -> Pixels:
        """Return the lit paper. The newest of the live view is stored, for a sitter who only moves the lids."""
        if size not in self._grains:
            self._grains[size] = paper_grain(*size, seed=7)  # a station that takes no shots does not need it
        if size != FRAME:
            return paint_backdrop(light, self._grains[size], exposure)
        newest = self._newest_paper
        if newest is None or newest[1] != exposure or not np.array_equal(newest[0], light):
            newest = (light, exposure, paint_backdrop(light, self._grains[size], exposure))
            self._newest_paper = newest
        return newest[2]


def _companion(scene: Scene) -> Scene:
    """Return the scene of the second figure: the next person in the queue, who enters from behind and the right."""
    x = 0.83 + 0.6 * (1 - scene.companion)
    return replace(scene, x=x, y=0.42, scale=0.8, roll=0, yaw=0, companion=0)


def _coarse_cover(layers: tuple[Layer, ...], size: tuple[int, int], coarse: tuple[int, int]) -> Pixels:
    """Return how much of each coarse cell of the picture the figures cover, 0..255."""
    cover = np.zeros((coarse[1], coarse[0]), np.uint8)
    for layer in layers:
        height, width = layer.cover.shape
        left, top = round(layer.left * coarse[0] / size[0]), round(layer.top * coarse[1] / size[1])
        wide, tall = round(width * coarse[0] / size[0]), round(height * coarse[1] / size[1])
        small = cv2.resize(layer.cover, (wide, tall), interpolation=cv2.INTER_AREA)
        part = cover[top : top + tall, left : left + wide]
        np.maximum(part, small, out=part)
    return cover
