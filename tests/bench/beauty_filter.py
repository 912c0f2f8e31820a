"""Accuracy of the beauty filter score: `python -m tests.bench.beauty_filter [FOLDER ...] [--fit]`.

Faces of photographs are reduced to 320 px, get sensor noise at two levels, are beautified or not, and pass through
three channels. The negatives are the untouched picture and the processing of phones (non-local means, sharpening). With
--fit the weights of config/settings/beauty_filter.toml are fitted again (ridge logistic regression) and printed;
figures are always those of pictures left out of the fit. Photographs from the web may be retouched already, so the true
figures may differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.arrays import Pixels
from config.opencv import cv2
from kiosk.capture.retouch.smoothness import FEATURE_NAMES, MIN_FACE_WIDTH_PX, smoothness_features
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files
from tests.bench.retouching import (
    bilateral,
    enlarge_eyes,
    frequency_separation,
    guided_filter,
    recompress,
    slim,
    smooth_and_grain,
    whiten,
)

Base = tuple[str, Pixels, Face]
Edit = Callable[[Pixels, Face], Pixels]
FOLDS = 8
NOISE = (0.8, 2.0)
RIDGE = 1.0
LOOK, STRONG = 0.05, 0.01  # share of false alarms at each of the two limits


def denoise(pixels: Pixels, strength: float) -> Pixels:
    return np.asarray(cv2.fastNlMeansDenoisingColored(pixels, None, strength, strength, 5, 15), np.uint8)


def phone_sharpen(pixels: Pixels) -> Pixels:
    return np.clip(1.5 * pixels - 0.5 * cv2.GaussianBlur(pixels, (0, 0), 1.2).astype(np.float32), 0, 255).astype(
        np.uint8
    )


ORDINARY: dict[str, Edit] = {
    "untouched": lambda p, f: p,
    "phone: denoised, h 2": lambda p, f: denoise(p, 2),
    "phone: denoised, h 3": lambda p, f: denoise(p, 3),
    "phone: denoised, sharpened": lambda p, f: phone_sharpen(denoise(p, 3)),
}
BEAUTY: dict[str, Edit] = {
    "bilateral 1": lambda p, f: bilateral(p, f, 1),
    "bilateral 2": lambda p, f: bilateral(p, f, 2),
    "bilateral 4": lambda p, f: bilateral(p, f, 4),
    "guided 2": lambda p, f: guided_filter(p, f, 2),
    "guided 4": lambda p, f: guided_filter(p, f, 4),
    "bilateral 4, regrained": lambda p, f: smooth_and_grain(p, f, 4),
    "frequency separation": lambda p, f: frequency_separation(p, f, 2),
    "median 5": lambda p, f: np.asarray(cv2.medianBlur(p, 5)),
}
UNDETECTABLE: dict[str, Edit] = {
    "whitened 2": lambda p, f: whiten(p, f, 2),
    "slimmed 4 %": lambda p, f: slim(p, f, 4),
    "eyes 16 % larger": lambda p, f: enlarge_eyes(p, f, 16),
}
CHANNELS: dict[str, Callable[[Pixels], Pixels]] = {
    "q95": lambda p: recompress(p, 95),
    "q85 x0.9": lambda p: recompress(_scale(p, 0.9), 85, 2),
    "q70 x0.7": lambda p: recompress(_scale(p, 0.7), 70, 2),
}


def _scale(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def add_noise(pixels: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Add sensor noise of `level` code values at mid grey; reduced pictures from the web have none."""
    noise = rng.normal(0, 1, pixels.shape).astype(np.float32)
    noise = cv2.GaussianBlur(0.7 * noise + 0.5 * noise.mean(axis=2, keepdims=True), (0, 0), 0.5)
    image = pixels.astype(np.float32)
    return np.clip(image + level * np.sqrt(0.35 + image / 190) * noise / noise.std(), 0, 255).astype(np.uint8)


def base_pictures(folders: list[Path], finder: FaceFinder) -> Iterator[Base]:
    """Yield each picture's widest face, 320 px wide at most, with its surroundings."""
    for path in sorted(path for folder in folders for path in picture_files(folder)):
        if "cutouts" in path.parts:
            continue
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        faces = finder.find(pixels).faces
        if not faces or faces[0].width < MIN_FACE_WIDTH_PX / 0.9 / 0.7:
            continue
        face, scale = faces[0], min(1.0, 320 / faces[0].width)
        left, top = (max(0, round(float(v) - 1.3 * face.width)) for v in face.nose)
        part = pixels[top : top + round(2.6 * face.width), left : left + round(2.6 * face.width)]
        yield path.stem, _scale(part, scale), face.transform(scale, (-left * scale, -top * scale))


Samples = dict[tuple[str, str], list[tuple[int, list[float]]]]


def feature_samples(bases: list[Base], edits: dict[str, Edit]) -> Samples:
    """Return the features by (variant, channel), each with the number of its picture."""
    rng, samples = np.random.default_rng(7), {}
    for number, (_, pixels, face) in enumerate(bases):
        for level in NOISE:
            noisy = add_noise(pixels, level, rng)
            for variant, edit in edits.items():
                edited = edit(noisy, face)
                for channel, send in CHANNELS.items():
                    sent = send(edited)
                    scale = sent.shape[1] / edited.shape[1]
                    features = smoothness_features(sent, face.transform(scale, (0, 0)))
                    if features is not None:
                        row = [features[name] for name in FEATURE_NAMES]
                        samples.setdefault((variant, channel), []).append((number, row))
    return samples


Model = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def fit_model(rows: NDArray[np.float64], labels: NDArray[np.float64]) -> Model:
    """Return mean, spread and weights (bias last) of a ridge logistic regression with equal weight for both classes."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    x = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    share = np.where(labels > 0, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    weights = np.zeros(x.shape[1])
    ridge = RIDGE * np.r_[np.ones(x.shape[1] - 1), 0]
    for _ in range(40):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (share * (p - labels)) + ridge * weights
        curve = (x * (share * p * (1 - p))[:, None]).T @ x + np.diag(ridge + 1e-9)
        weights -= np.linalg.solve(curve, slope)
    return mean, spread, weights


def scores(model: Model, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, spread, weights = model
    return np.asarray(1 / (1 + np.exp(-(np.c_[(rows - mean) / spread, np.ones(len(rows))] @ weights))))


def flatten(
    by_variant: Samples, variants: dict[str, Edit]
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[tuple[str, str]]]:
    keys = [key for key in by_variant if key[0] in variants for _ in by_variant[key]]
    pairs = [pair for key in by_variant if key[0] in variants for pair in by_variant[key]]
    return np.array([row for _, row in pairs]), np.array([number for number, _ in pairs]), keys


def cross_validate(by_variant: Samples) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return the scores by (variant, channel); each picture is scored by a model that was fitted without it."""
    good, bad = flatten(by_variant, ORDINARY), flatten(by_variant, BEAUTY)
    other = flatten(by_variant, UNDETECTABLE)
    results: dict[tuple[str, str], list[float]] = {}
    for fold in range(FOLDS):
        train_good, train_bad = good[1] % FOLDS != fold, bad[1] % FOLDS != fold
        rows = np.r_[good[0][train_good], bad[0][train_bad]]
        model = fit_model(rows, np.r_[np.zeros(train_good.sum()), np.ones(train_bad.sum())])
        for rows, numbers, keys in (good, bad, other):
            held = np.flatnonzero(numbers % FOLDS == fold)
            for at, score in zip(held, scores(model, rows[held]), strict=True):
                results.setdefault(keys[at], []).append(float(score))
    return {key: np.array(values) for key, values in results.items()}


def auc(good: NDArray[np.float64], bad: NDArray[np.float64]) -> float:
    ranks = np.argsort(np.argsort(np.r_[good, bad])) + 1
    return float((ranks[len(good) :].sum() - len(bad) * (len(bad) + 1) / 2) / (len(good) * len(bad)))


def print_table(scores_by_variant: dict[tuple[str, str], NDArray[np.float64]], limit: float) -> None:
    """Print the AUC against the negatives of the same channel, and the recall at the limit in use."""
    print(f"\n{'AUC (recall at the limit)':28s} " + " ".join(f"{channel:>12s}" for channel in CHANNELS))
    for variant in (*BEAUTY, *UNDETECTABLE):
        cells = []
        for channel in CHANNELS:
            good = np.concatenate([scores_by_variant[(name, channel)] for name in ORDINARY])
            bad = scores_by_variant[(variant, channel)]
            cells.append(f"{auc(good, bad):.2f} ({(bad > limit).mean():.2f})")
        print(f"{variant:28s} " + " ".join(f"{cell:>12s}" for cell in cells))
    print("false alarms at the limit")
    for variant in ORDINARY:
        cells = [f"{(scores_by_variant[(variant, channel)] > limit).mean():.2f}" for channel in CHANNELS]
        print(f"{variant:28s} " + " ".join(f"{cell:>12s}" for cell in cells))


def print_model(by_variant: Samples, look: float, strong: float) -> None:
    good, bad = flatten(by_variant, ORDINARY)[0], flatten(by_variant, BEAUTY)[0]
    mean, spread, weights = fit_model(np.r_[good, bad], np.r_[np.zeros(len(good)), np.ones(len(bad))])
    print(f"\n[smoothness]\nlook = {look:.3f}\nstrong = {strong:.3f}\nbias = {weights[-1]:.4f}")
    for name, m, s, w in zip(FEATURE_NAMES, mean, spread, weights, strict=False):
        print(f"\n[smoothness.features.{name}]\nmean = {m:.4f}\nspread = {s:.4f}\nweight = {w:.4f}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path, default=[photo_folder()])
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    finder = FaceFinder(still=True)
    bases = list(base_pictures(args.folders, finder))
    finder.close()
    print(f"beauty filter score; {len(bases)} faces; {machine()}", flush=True)
    samples = feature_samples(bases, {**ORDINARY, **BEAUTY, **UNDETECTABLE})
    results = cross_validate(samples)
    good = np.concatenate([results[key] for key in results if key[0] in ORDINARY])
    look, strong = np.quantile(good, 1 - LOOK), np.quantile(good, 1 - STRONG)
    print_table(results, float(look))
    if args.fit:
        print_model(samples, float(look), float(strong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
