"""The error of the matte against the true one, on shots composed from cut-outs (tests/bench/composed_shots.py).

Run: python -m tests.bench.matte [--modnet FILE] [--photos FOLDER] [--seed N]

The shots have 960x1280 pixels. Our engine works on the portrait, 480x640; its alpha is enlarged with a guided filter
(He, Sun, Tang 2013) to be compared at 960x1280, where even the true alpha of a portrait has a SAD of 1.7 to 2.5. SAD640
is therefore the SAD at 480x640, times four, without any enlargement. "MODNet raw" is MODNet as HivisionIDPhotos runs
it: 512 px, its output enlarged, no decontamination; "ours + MODNet" runs it on the engine's input. SAD in thousands of
alpha units, MSE in thousandths, gradient and connectivity errors after Rhemann et al. (2009) in thousands; dE is the
mean CIE76 error of the portrait (480x640, before the blue, white and grey of the national standard) in the band around
the person's edge, dE0 the same without decontamination.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Plane
from config.opencv import cv2
from config.settings.matting_models import known_networks, models_folder
from config.srgb import linear_to_srgb
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from kiosk.capture.matting.onnx_network import OnnxNetwork
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.composed_shots import DYES, KINDS, ComposedShot, composed_shots
from tests.bench.machine import machine
from tests.bench.picture_files import cutout_folder

OUTPUT: Final = (480, 640)
BACKGROUNDS: Final = ((100, 197, 255), (255, 255, 255), (240, 240, 240))
FIGURES: Final = ("SAD", "SAD640", "MSE", "Grad", "Conn", "dE", "dE0", "ms")
Network = Callable[[NDArray[np.uint8]], Plane]
MatteResult = tuple[Plane, Plane | None]
"""Alpha at any size, and the foreground's colours at OUTPUT, None for the shot's own colours."""


class Methods:
    """The matting methods that the table compares; each returns (alpha, foreground) for a portrait-sized picture."""

    def __init__(self, network: Network | None, engines_network: OnnxNetwork | None) -> None:
        self._finder = FaceFinder(still=True)
        self._network, self._engines_network = network, engines_network
        self.by_name: dict[str, Callable[[ComposedShot, Plane], MatteResult]] = {
            "MediaPipe raw": self._mask,
            "ours": self._ours,
        }
        if network is not None:
            self.by_name |= {"MODNet raw": self._raw, "ours + MODNet": self._fused}

    def close(self) -> None:
        self._finder.close()

    def _person(self, small: Plane) -> Plane:
        mask = self._finder.find(np.rint(small * 255).astype(np.uint8)).person_mask_at(OUTPUT)
        assert mask is not None
        return mask

    def _mask(self, _shot: ComposedShot, small: Plane) -> MatteResult:
        return self._person(small), None

    def _ours(self, _shot: ComposedShot, small: Plane) -> MatteResult:
        matte = compute_matte(small, self._person(small), MatteSettings())
        return matte.alpha, matte.foreground

    def _raw(self, shot: ComposedShot, _small: Plane) -> MatteResult:
        assert self._network is not None
        return self._network(shot.pixels), None

    def _fused(self, shot: ComposedShot, small: Plane) -> MatteResult:
        assert self._engines_network is not None
        matte = compute_matte(small, self._person(small), MatteSettings(), self._engines_network.alpha(small))
        return matte.alpha, matte.foreground


def modnet(file: Path) -> Network:
    """Return MODNet from `file` (ONNX) with its authors' input: shortest side 512, sides multiples of 32, values -1 to
    1."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def alpha(pixels: NDArray[np.uint8]) -> Plane:
        height, width = pixels.shape[:2]
        scale = 512 / min(height, width)
        size = (int(width * scale) // 32 * 32, int(height * scale) // 32 * 32)
        values = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1
        output = session.run(None, {name: np.ascontiguousarray(values.transpose(2, 0, 1)[None])})[0][0, 0]
        return np.asarray(cv2.resize(output, (width, height), interpolation=cv2.INTER_AREA), np.float32)

    return alpha


def engines_network(file: Path) -> OnnxNetwork:
    """Return MODNet from `file` with the engine's input."""
    entry = next(network for network in known_networks() if network.name == "modnet")
    return OnnxNetwork(entry, file.read_bytes)


def measure(shot: ComposedShot, result: MatteResult) -> dict[str, float]:
    """Return all FIGURES except the time."""
    alpha, foreground = result
    truth, height = shot.alpha, shot.alpha.shape[0]
    whole = alpha if alpha.shape == truth.shape else upscale(shot.pixels, alpha)
    small = downscale(shot.pixels.astype(np.float32) / 255)
    alpha = alpha if alpha.shape[0] < height else downscale(alpha)
    band, target = edge_band(downscale(truth)), (downscale(truth), downscale(shot.foreground))
    return {
        "SAD": float(np.abs(whole - truth).sum()) / 1e3,
        "SAD640": float(np.abs(alpha - downscale(truth)).sum()) * 4 / 1e3,
        "MSE": float(((whole - truth) ** 2).mean()) * 1e3,
        "Grad": gradient_error(whole, truth) / 1e3,
        "Conn": connectivity_error(whole, truth) / 1e3,
        "dE": colour_error(alpha, small if foreground is None else foreground, *target, band),
        "dE0": colour_error(alpha, small, *target, band),
    }


def downscale(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, OUTPUT, interpolation=cv2.INTER_AREA), np.float32)


def upscale(pixels: NDArray[np.uint8], alpha: Plane) -> Plane:
    """Enlarge an alpha to the size of `pixels`, along their edges; values of exactly 0 and 1 do not change."""
    size = pixels.shape[1::-1]
    big = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
    near = cv2.dilate(((big > 0) & (big < 1)).astype(np.uint8), np.ones((5, 5), np.uint8))
    fine = guided_filter(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32), big, 4, 1e-5 * 255**2)
    return np.asarray(np.clip(np.where(near > 0, fine, big), 0, 1), np.float32)


def guided_filter(guide: Plane, plane: Plane, radius: int, epsilon: float) -> Plane:
    """Apply the guided filter of He, Sun and Tang (2010) with a grey guide: `plane` with the edges of `guide`."""

    def mean(values: Plane) -> Plane:
        return np.asarray(cv2.blur(values, (2 * radius + 1, 2 * radius + 1)), np.float32)

    mean_guide, mean_plane = mean(guide), mean(plane)
    slope = (mean(guide * plane) - mean_guide * mean_plane) / (mean(guide * guide) - mean_guide**2 + epsilon)
    return mean(slope) * guide + mean(mean_plane - slope * mean_guide)


def edge_band(truth: Plane) -> NDArray[np.bool_]:
    mixed = ((truth > 0.02) & (truth < 0.98)).astype(np.uint8)
    return np.asarray(cv2.dilate(mixed, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))) > 0)


def colour_error(alpha: Plane, colours: Plane, truth: Plane, foreground: Plane, band: NDArray[np.bool_]) -> float:
    errors = []
    for background in BACKGROUNDS:
        behind = np.asarray(background, np.float32) / 255
        labs = []
        for share, own in ((alpha, colours), (truth, foreground)):
            mixed = np.clip(own * share[..., None] + behind * (1 - share[..., None]), 0, 1)
            labs.append(cv2.cvtColor(np.asarray(mixed, np.float32), cv2.COLOR_RGB2LAB))
        errors.append(float(np.sqrt(((labs[0] - labs[1]) ** 2).sum(axis=2))[band].mean()))
    return float(np.mean(errors))


def gradient_error(alpha: Plane, truth: Plane) -> float:
    """Return the squared differences of the gradients' magnitudes (Gaussian derivatives of norm 1, sigma 1.4)."""
    sizes = []
    for plane in (alpha, truth):
        soft = cv2.GaussianBlur(plane, (0, 0), 1.4)
        sizes.append(np.hypot(*(cv2.Sobel(soft, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))))
    return float(((sizes[0] - sizes[1]) ** 2).sum()) * 8 * np.pi * 1.4**4


def connectivity_error(alpha: Plane, truth: Plane) -> float:
    """Return the difference in connection to the region that both call person (steps of 0.1, as published)."""
    steps = np.arange(0, 1.01, 0.1)
    level = np.full(alpha.shape, -1.0, np.float32)
    for before, step in itertools.pairwise(steps):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(((alpha >= step) & (truth >= step)).astype(np.uint8))
        main = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else np.zeros(alpha.shape, bool)
        level[(level == -1) & ~main] = before
    level[level == -1] = 1
    shares = [1 - (plane - level) * (plane - level >= 0.15) for plane in (alpha, truth)]
    return float(np.abs(shares[0] - shares[1]).sum())


def rows(
    methods: Methods, folder: Path, kinds: list[str], seed: int
) -> Iterator[tuple[str, str, str, dict[str, float]]]:
    """Yield (method, kind, name, figures) of every shot."""
    for shot in composed_shots(folder, kinds, seed):
        small = portrait(shot.pixels)
        for method, way in methods.by_name.items():
            began = time.perf_counter()
            result = way(shot, small)
            spent = (time.perf_counter() - began) * 1000
            yield method, shot.backdrop_kind, shot.name, {**measure(shot, result), "ms": spent}


def portrait(pixels: NDArray[np.uint8]) -> Plane:
    """Reduce a shot to the portrait's size as the engine reduces a crop: averaged in linear light."""
    value = pixels.astype(np.float32) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return linear_to_srgb(downscale(linear))


def kind_group(kind: str) -> str:
    return kind if kind in DYES or kind == "natural" else "own clothes"


def _installed_modnet() -> Path | None:
    path = models_folder() / "modnet.onnx"
    return path if path.is_file() else None


def main() -> int:
    parser = argparse.ArgumentParser(description="the matte against the true one")
    parser.add_argument(
        "--modnet", type=Path, default=_installed_modnet(), help="MODNet's ONNX file (else the installed one)"
    )
    parser.add_argument("--photos", type=Path, help="a folder of RGBA cut-outs (else ZHENGGUAN_PHOTOS)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seed", type=int, default=0, help="other light, other rooms")
    parser.add_argument("--pictures", action="store_true", help="a line for every picture as well")
    arguments = parser.parse_args()
    print(machine())
    network = None
    try:
        network = modnet(arguments.modnet) if arguments.modnet else None
        folder = arguments.photos or cutout_folder()
    except (ImportError, FileNotFoundError) as missing:
        print(missing, file=sys.stderr)
        return 1
    if network is None:
        print("no rows with MODNet: it is not installed, and its file was not given (--modnet)")
    methods = Methods(network, engines_network(arguments.modnet) if network else None)
    table: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for method, kind, name, figures in rows(methods, folder, arguments.kinds, arguments.seed):
        table[kind_group(kind), method].append(figures)
        if arguments.pictures:
            print(format_line(f"{name} / {kind} / {method}", [figures]))
    print(f"{'':44s}" + "".join(f"{name:>8s}" for name in FIGURES))
    for (kind, method), all_ in sorted(table.items(), key=lambda entry: entry[0][0]):
        print(format_line(f"{kind} / {method} ({len(all_)})", all_))
    methods.close()
    return 0


def format_line(title: str, figures: list[dict[str, float]]) -> str:
    return f"{title:44s}" + "".join(f"{np.mean([one[name] for one in figures]):8.2f}" for name in FIGURES)


if __name__ == "__main__":
    sys.exit(main())
