"""A scene with much detail, and the pictures of two cameras with an exactly known framing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from config.arrays import Doubles, Pixels
from config.opencv import cv2
from config.similarity import Similarity
from hardware.cameras.dual.similarity import pixel_matrix, shot_grid

LIVE, SHOT = (560, 420), (600, 400)
SHOT_POSITION = Similarity(1.6, 0.0, -0.30, -0.20)
LIVE_POSITION = Similarity(1.06, 3.0, -0.02, -0.06)
"""The positions of the scene in the two pictures: the live camera's is wider, rotated a little and shifted."""


@cache
def scene(seed: int = 1, width: int = 1000, height: int = 800) -> Pixels:
    """Return a picture of blots of all sizes, like those of cloth, hair and a poster."""
    draw = np.random.default_rng(seed)
    whole = np.zeros((height, width, 3), np.float32)
    for cells in (8, 20, 50, 110):
        coarse = draw.normal(0, 1, (cells * height // width, cells, 3)).astype(np.float32)
        whole += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * (30 if cells < 100 else 20)
    picture = np.clip(whole + 120, 0, 255).astype(np.uint8)
    picture.setflags(write=False)  # all tests share it
    return picture


def view_of(source: Pixels, by: Similarity, size: tuple[int, int]) -> Pixels:
    """Return a camera's picture of `size` (width, height), in which the scene `source` has the position `by`."""
    matrix = pixel_matrix(by, (source.shape[1], source.shape[0]), size)
    shrunk = max(1.0, 1 / float(np.linalg.norm(matrix[:, 0])))
    soft = cv2.GaussianBlur(source, (0, 0), 0.4 * shrunk) if shrunk > 1 else source
    return np.asarray(cv2.warpAffine(soft, matrix, size, borderMode=cv2.BORDER_REFLECT), np.uint8)


def degrade(picture: Pixels, seed: int, gain: float = 0.8, noise: float = 4.0) -> Pixels:
    """Return the picture as taken by a cheap camera: darker, softer, noisy."""
    draw = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.float32) * gain
    return np.clip(soft + draw.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def true_error(estimate: Similarity, live: Similarity, shot: Similarity, height: float = SHOT[1] / SHOT[0]) -> Doubles:
    """Return the errors of `estimate` at nine points of the shot (9 x 1), in widths of the shot."""
    grid = shot_grid(height)
    moved = estimate.transform(live.transform(shot.inverse().transform(grid)))
    return np.asarray(np.linalg.norm(moved - grid, axis=1))


@dataclass(frozen=True)
class TwoFolders:
    """A folder camera for the live view and one for the shots; their command `show` changes the picture."""

    live: Path
    shot: Path

    @property
    def spec(self) -> str:
        return f"dual:folder:{self.live}+folder:{self.shot}"

    def add(
        self, name: str, source: Pixels, live: Similarity = LIVE_POSITION, shot: Similarity = SHOT_POSITION
    ) -> None:
        """Add both cameras' pictures of the scene `source` as `name`."""
        Image.fromarray(degrade(view_of(source, live, LIVE), seed=7)).save(self.live / f"{name}.png")
        Image.fromarray(view_of(source, shot, SHOT)).save(self.shot / f"{name}.jpg", quality=95)


def two_folders(folder: Path) -> TwoFolders:
    folders = TwoFolders(folder / "live", folder / "shot")
    folders.live.mkdir(parents=True)
    folders.shot.mkdir()
    return folders
