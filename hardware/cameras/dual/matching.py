"""Find the framing between two pictures of the same scene, and estimate its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Doubles, Pixels
from config.opencv import cv2
from config.similarity import Similarity, fit_similarity
from hardware.cameras.api import CameraProblem
from hardware.cameras.dual.settings import DualCameraSettings
from hardware.cameras.dual.similarity import shot_grid

Features = tuple[Doubles, NDArray[np.float32]]
"""Positions in continuous pixels (n x 2), and descriptors of length one (n x 128)."""

_MAX_DISTANCE_RATIO: Final = 0.8
"""The ratio test: the second best match must be this much worse (Lowe, IJCV 60(2), 2004, section 7.1)."""

_SIFT_CONTRAST: Final = 0.02  # half of SIFT's default, because studios are evenly lit and plain
_FEATURES_PER_PIXEL: Final = 1.5  # maximum per pixel of the picture's width; more cost time without a benefit
_RESAMPLES: Final = 60
_DUPLICATE_DISTANCE_PX: Final = 1.0  # pixels: two features nearer than this are one feature detected twice


class FramingProblem(CameraProblem):
    """The reason why no framing was found, or why it was rejected. Keys camera.warning.framing_*."""

    @property
    def warning(self) -> str:
        return self.key.removeprefix("camera.warning.")


@dataclass(frozen=True)
class Match:
    """The framing between two pictures. `error` is a share of the shot's width: the largest of the 90th percentile of
    the inliers' distances, the 95 % bootstrap error of the worst corner, and its displacement by a homography."""

    similarity: Similarity
    error: float
    matches: int
    inliers: int


def match_pictures(live: Pixels, shot: Pixels, settings: DualCameraSettings) -> Match:
    """Return the similarity from `live` to `shot`, both RGB and of any size. Raises FramingProblem."""
    source, target = _match_features(_detect_features(live), _detect_features(shot))
    if len(source) < settings.min_matches:
        raise FramingProblem("camera.warning.framing_few")
    source, target = source / live.shape[1], target / shot.shape[1]
    inliers = _ransac_inliers(source, target, settings.inlier_distance)
    count = int(inliers.sum())
    if count < max(settings.min_matches, settings.min_inliers + settings.min_inlier_ratio * len(source)):
        raise FramingProblem("camera.warning.framing_disagrees")
    height = shot.shape[0] / shot.shape[1]
    inliers_at_sitter = inliers[_is_near_sitter(target, height)]
    if len(inliers_at_sitter) >= settings.min_inliers and inliers_at_sitter.mean() < settings.min_inlier_ratio:
        raise FramingProblem("camera.warning.framing_disagrees")  # they match the wall, not the sitter
    source, target = source[inliers], target[inliers]
    similarity = fit_similarity(source, target)
    distances = np.linalg.norm(similarity.transform(source) - target, axis=1)
    resampling_error = _resampling_error(similarity, source, target, height)
    homography_error = _homography_error(similarity, source, target, height)
    error = float(max(np.percentile(distances, 90), resampling_error, homography_error))
    return Match(similarity, error, len(inliers), count)


def _match_features(live_features: Features, shot_features: Features) -> tuple[Doubles, Doubles]:
    """Return the positions of matches in both pictures, continuous pixels: mutual best matches that pass the ratio
    test."""
    (live_points, live_descriptors), (shot_points, shot_descriptors) = live_features, shot_features
    if min(len(live_points), len(shot_points)) < 2:
        return np.empty((0, 2)), np.empty((0, 2))
    cosines = live_descriptors @ shot_descriptors.T  # cosines, as the descriptors have length one
    best = cosines.argmax(axis=1)
    rows = np.arange(len(live_points))
    best_two = np.partition(cosines, -2, axis=1)[:, -2:]
    distance = np.sqrt(np.maximum(0.0, 2 - 2 * best_two[:, 1]))
    second_best = np.sqrt(np.maximum(0.0, 2 - 2 * best_two[:, 0]))
    is_good = (cosines.argmax(axis=0)[best] == rows) & (distance < _MAX_DISTANCE_RATIO * second_best)
    source, target = live_points[is_good], shot_points[best[is_good]]
    _, unique = np.unique(np.round(source / _DUPLICATE_DISTANCE_PX), axis=0, return_index=True)
    return source[unique], target[unique]


def _detect_features(picture: Pixels) -> Features:
    """Detect SIFT features."""
    # Without enable_precise_upscale OpenCV's features are a quarter of a pixel off, always in the same direction.
    max_features = round(_FEATURES_PER_PIXEL * picture.shape[1])
    sift: Any = cv2.SIFT.create(nfeatures=max_features, contrastThreshold=_SIFT_CONTRAST, enable_precise_upscale=True)
    keys, descriptors = sift.detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None)
    points = np.array([key.pt for key in keys], np.float64).reshape(-1, 2) + 0.5
    array = np.zeros((0, 128), np.float32) if descriptors is None else np.asarray(descriptors, np.float32)
    # RootSIFT (Arandjelovic and Zisserman, CVPR 2012): fewer wrong matches at no cost
    return points, np.sqrt(array / np.maximum(array.sum(axis=1, keepdims=True), 1e-6))


def _ransac_inliers(source: Doubles, target: Doubles, within: float) -> NDArray[np.bool_]:
    """Return which matches are inliers of one similarity (RANSAC)."""
    scaled = 1000.0  # estimateAffinePartial2D stops too early with coordinates below one
    _, inliers = cv2.estimateAffinePartial2D(
        source * scaled, target * scaled, method=cv2.RANSAC, ransacReprojThreshold=within * scaled, maxIters=5000
    )
    return np.zeros(len(source), bool) if inliers is None else inliers.ravel().astype(bool)


def _is_near_sitter(target: Doubles, height: float) -> NDArray[np.bool_]:
    """Return which points are near head and shoulders: in the middle 0.4 of the shot's width and 0.7 of its height."""
    from_middle = np.abs(target - (0.5, height / 2))
    return np.asarray((from_middle < (0.2, 0.35 * height)).all(axis=1), np.bool_)


def _resampling_error(similarity: Similarity, source: Doubles, target: Doubles, height: float) -> float:
    """Return the bootstrap error of the worst corner: the 95th percentile over resampled matches."""
    random = np.random.default_rng(0)  # the same pictures must have the same error every time
    corners = similarity.inverse().transform(shot_grid(height))
    expected = similarity.transform(corners)
    displacements = []
    for _ in range(_RESAMPLES):
        sample = random.integers(0, len(source), len(source))
        displacements.append(
            np.linalg.norm(fit_similarity(source[sample], target[sample]).transform(corners) - expected, axis=1).max()
        )
    return float(np.percentile(displacements, 95))


def _homography_error(similarity: Similarity, source: Doubles, target: Doubles, height: float) -> float:
    """Return the displacement of the worst corner if the same matches are fitted by a homography: an estimate of lens
    distortion and perspective where there are no matches."""
    homography, _ = cv2.findHomography(source, target, 0)
    if homography is None:
        return 0.0
    grid = shot_grid(height)
    mapped = cv2.perspectiveTransform(similarity.inverse().transform(grid)[None], homography)[0]
    return float(np.linalg.norm(mapped - grid, axis=1).max())
