"""Error of the colours at the person's edge: `python -m tests.bench.foreground`.

dE as in tests/bench/matte.py: the mean CIE76 error of the portrait in the edge band, before the blue, white and grey of
the national standard. With the true alpha (the error of the colours alone) and with the engine's, each with the shot's
own colours, with general foreground estimation, with a known backdrop, and with alpha corrected by the backdrop too.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from config.arrays import Plane
from kiosk.capture.matting.backdrop_model import BackdropModel
from kiosk.capture.matting.foreground import ForegroundSettings, decontaminate, estimate_foreground
from kiosk.capture.matting.matte import MatteSettings, compute_matte
from kiosk.capture.matting.trimap import BACKDROP, compute_trimap
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.composed_shots import KINDS, ComposedShot, composed_shots
from tests.bench.machine import machine
from tests.bench.matte import OUTPUT, colour_error, downscale, edge_band, kind_group, portrait
from tests.bench.picture_files import cutout_folder

METHODS = ("own", "multi-level", "known B", "unmixed", "ms")


def measure(image: Plane, alpha: Plane, backdrop: Plane | None, truth: tuple[Plane, Plane]) -> dict[str, float]:
    """Return the dE of each of METHODS except the last, which is the time of `unmixed` in ms."""
    band = edge_band(truth[0])
    began = time.perf_counter()
    corrected = decontaminate(image, alpha, backdrop)
    spent = (time.perf_counter() - began) * 1000
    ways = {
        "own": (alpha, image),
        "multi-level": (alpha, estimate_foreground(image, alpha, None)),
        "known B": (alpha, estimate_foreground(image, alpha, backdrop)),
        "unmixed": (corrected.alpha, corrected.colours),
    }
    return {name: colour_error(*result, *truth, band) for name, result in ways.items()} | {"ms": spent}


def figures(shot: ComposedShot, finder: FaceFinder) -> dict[str, dict[str, float]]:
    """Return the measures by alpha: the true one and the engine's."""
    image = portrait(shot.pixels)
    person = finder.find(np.rint(image * 255).astype(np.uint8)).person_mask_at(OUTPUT)
    assert person is not None
    settings = MatteSettings()
    bands = compute_trimap(image, person, settings.trimap)
    backdrop = None
    if bands.backdrop is not None:
        backdrop = BackdropModel(image, bands.values == BACKDROP).estimate(bands.values == BACKDROP).colour
    as_solved = replace(settings, foreground=ForegroundSettings(doubt=0.0, band=0.0))
    truth = (downscale(shot.alpha), downscale(shot.foreground))
    alphas = {"true alpha": truth[0], "our alpha": compute_matte(image, person, as_solved).alpha}
    return {source: measure(image, alpha, backdrop, truth) for source, alpha in alphas.items()}


def format_line(title: str, rows: list[dict[str, float]]) -> str:
    return f"{title:44s}" + "".join(f"{np.mean([row[way] for row in rows]):12.2f}" for way in METHODS)


def main() -> int:
    parser = argparse.ArgumentParser(description="the colours at the person's edge against known ones")
    parser.add_argument("--photos", type=Path, help="a folder of RGBA cut-outs (else ZHENGGUAN_PHOTOS)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seed", type=int, default=0, help="other light, other rooms")
    arguments = parser.parse_args()
    try:
        folder = arguments.photos or cutout_folder()
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    print(machine())
    print(f"{'':44s}" + "".join(f"{way:>12s}" for way in METHODS))
    finder = FaceFinder(still=True)
    table: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for shot in composed_shots(folder, arguments.kinds, arguments.seed):
        for source, row in figures(shot, finder).items():
            table[kind_group(shot.backdrop_kind), source].append(row)
            print(format_line(f"{shot.name} / {shot.backdrop_kind} / {source}", [row]))
    finder.close()
    for (kind, source), rows in sorted(table.items()):
        print(format_line(f"mean of {len(rows)}: {kind} / {source}", rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
