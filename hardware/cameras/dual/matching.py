"""Finding the framing between two pictures of the same scene, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from hardware.cameras.api import CameraProblem, Pixels
from hardware.cameras.dual.settings import PairSettings
from hardware.cameras.dual.similarity import Points, Similarity, fitted, shot_grid

Features = tuple[Points, NDArray[np.float32]]
"""Where they are, in continuous pixels, and what they look like: n x 128, each of length one."""

_RATIO: Final = 0.8
"""A match is kept where the second best is that much worse (Lowe, IJCV 60(2), 2004, section 7.1)."""

_CONTRAST: Final = 0.02  # half of SIFT's default: studios are evenly lit and plain
_FEATURES: Final = 1.5  # at most so many to each pixel of the picture's width; more cost time and gain nothing
_RESAMPLED: Final = 60
_SAME_PLACE: Final = 1.0  # pixels: features nearer together are one seen twice


class FramingProblem(CameraProblem):
    """Why no framing was found, or why it is not believed. Keys camera.warning.framing_*."""

    @property
    def warning(self) -> str:
        return self.key.removeprefix("camera.warning.")


@dataclass(frozen=True)
class Match:
    """The framing between two pictures. `error` is a share of the shot's width: the larger of how far nine in ten of
    the agreeing matches are off at most, and how far the worst corner moves when other matches are drawn (95 %)."""

    similarity: Similarity
    error: float
    matches: int
    agreeing: int


def matched(live: Pixels, shot: Pixels, settings: PairSettings) -> Match:
    """The similarity from `live` to `shot`, both RGB and of any size. Raises FramingProblem."""
    source, target = _pairs(_features(live), _features(shot))
    if len(source) < settings.matches_least:
        raise FramingProblem("camera.warning.framing_few")
    source, target = source / live.shape[1], target / shot.shape[1]
    agreeing = _agreeing(source, target, settings.agree_within)
    count = int(agreeing.sum())
    if count < max(settings.matches_least, settings.agreeing_least + settings.agreeing_share * len(source)):
        raise FramingProblem("camera.warning.framing_disagrees")
    height = shot.shape[0] / shot.shape[1]
    here = agreeing[_where_the_sitter_is(target, height)]
    if len(here) >= settings.agreeing_least and here.mean() < settings.agreeing_share:
        raise FramingProblem("camera.warning.framing_disagrees")  # it is the wall's framing, not the sitter's
    source, target = source[agreeing], target[agreeing]
    found = fitted(source, target)
    off = np.linalg.norm(found.mapped(source) - target, axis=1)
    wander, bend = _wander(found, source, target, height), _bend(found, source, target, height)
    return Match(found, float(max(np.percentile(off, 90), wander, bend)), len(agreeing), count)


def _pairs(seen: Features, wanted: Features) -> tuple[Points, Points]:
    """Where the same things are in both pictures, continuous pixels: mutual best matches, well before the second."""
    (points, first), (others, second) = seen, wanted
    if min(len(points), len(others)) < 2:
        return np.empty((0, 2)), np.empty((0, 2))
    alike = first @ second.T  # cosines, as the descriptors have length one
    best = alike.argmax(axis=1)
    rows = np.arange(len(points))
    two = np.partition(alike, -2, axis=1)[:, -2:]
    distance, second_best = np.sqrt(np.maximum(0.0, 2 - 2 * two[:, 1])), np.sqrt(np.maximum(0.0, 2 - 2 * two[:, 0]))
    kept = (alike.argmax(axis=0)[best] == rows) & (distance < _RATIO * second_best)
    source, target = points[kept], others[best[kept]]
    _, once = np.unique(np.round(source / _SAME_PLACE), axis=0, return_index=True)
    return source[once], target[once]


def _features(picture: Pixels) -> Features:
    """Where SIFT sees features, and what they look like."""
    # Without enable_precise_upscale OpenCV's features are a quarter of a pixel aside, always to the same side.
    most = round(_FEATURES * picture.shape[1])
    sift: Any = cv2.SIFT.create(nfeatures=most, contrastThreshold=_CONTRAST, enable_precise_upscale=True)
    keys, found = sift.detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None)
    points = np.array([key.pt for key in keys], np.float64).reshape(-1, 2) + 0.5
    looks = np.zeros((0, 128), np.float32) if found is None else np.asarray(found, np.float32)
    # RootSIFT (Arandjelovic and Zisserman, CVPR 2012): fewer wrong matches for nothing
    return points, np.sqrt(looks / np.maximum(looks.sum(axis=1, keepdims=True), 1e-6))


def _agreeing(source: Points, target: Points, within: float) -> NDArray[np.bool_]:
    """Which matches agree on one similarity (RANSAC)."""
    scaled = 1000.0  # estimateAffinePartial2D stops too early on numbers below one
    _, inliers = cv2.estimateAffinePartial2D(
        source * scaled, target * scaled, method=cv2.RANSAC, ransacReprojThreshold=within * scaled, maxIters=5000
    )
    return np.zeros(len(source), bool) if inliers is None else inliers.ravel().astype(bool)


def _where_the_sitter_is(target: Points, height: float) -> NDArray[np.bool_]:
    """Which points are in the middle of the shot, where head and shoulders are: 0.4 of its width, 0.7 of its height."""
    from_middle = np.abs(target - (0.5, height / 2))
    return np.asarray((from_middle < (0.2, 0.35 * height)).all(axis=1), np.bool_)


def _wander(found: Similarity, source: Points, target: Points, height: float) -> float:
    """How far the worst corner moves when the matches are drawn anew with repetition: 95 % of draws stay within."""
    draw = np.random.default_rng(0)  # the same pictures shall have the same error every time
    corners = found.inverse().mapped(shot_grid(height))
    home = found.mapped(corners)
    moved = []
    for _ in range(_RESAMPLED):
        some = draw.integers(0, len(source), len(source))
        moved.append(np.linalg.norm(fitted(source[some], target[some]).mapped(corners) - home, axis=1).max())
    return float(np.percentile(moved, 95))


def _bend(found: Similarity, source: Points, target: Points, height: float) -> float:
    """How far the worst corner would be elsewhere if the same matches were fitted by a homography, which can bend: what
    a lens distorts, or a lens that looks from aside, shows where no match is."""
    bent, _ = cv2.findHomography(source, target, 0)
    if bent is None:
        return 0.0
    grid = shot_grid(height)
    there = cv2.perspectiveTransform(found.inverse().mapped(grid)[None], bent)[0]
    return float(np.linalg.norm(there - grid, axis=1).max())
