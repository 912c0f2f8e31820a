"""Accuracy of the retouch guard: `python -m tests.bench.retouch [FOLDER] [--quick] [--figures FILE]`.

Compares every portrait with permitted edits, each saved in several ways, and with forbidden changes of rising strength.
Prints how often each was passed, reviewed and rejected, and the worst permitted value of each metric next to its limit
in config/settings/retouch.toml: the limits were set from that table, above the worst permitted value.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from config.arrays import Pixels
from config.settings.retouch import RetouchLimits, retouch_limits
from kiosk.capture.retouch.guard import Comparison, compare
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.machine import machine
from tests.bench.own_portraits import own_portraits
from tests.bench.picture_files import photo_folder
from tests.bench.retouching import ENCODINGS, FORBIDDEN, PERMITTED, add_mole, decode_pixels, encode, heal_mole

Case = tuple[str, bytes, bytes]  # the row of the table, the own file, the retouched file
FIGURES = {
    "tone": ("tone", max),
    "spot": ("spot", max),
    "patch": ("patch", max),
    "shape": ("moved", max),
    "fine_texture": ("fine", min),
    "coarse_texture": ("coarse", min),
    "local_fine_texture": ("fine_least", min),
    "local_coarse_texture": ("coarse_least", min),
    "sharpening": ("fine", max),
    "local_sharpening": ("fine_most", max),
    "outer": ("outer", max),
    "likeness": ("likeness", min),
}
EDITED = ("q80", "q60 4:2:0", "q75 4:2:0 then q95")


def permitted_cases(own: bytes, pixels: Pixels, face: Face, quick: bool) -> Iterator[Case]:
    for name, (edit, strengths) in PERMITTED.items():
        for strength in strengths[-1:] if quick else strengths:
            edited = edit(pixels, face, strength)
            ways = ENCODINGS if name == "untouched" else EDITED[:1] if quick else EDITED
            for way in ways:
                row = f"{name} | {way}" if name == "untouched" else f"{name} {strength:g}"
                yield row, own, ENCODINGS[way](edited)


def forbidden_cases(own: bytes, pixels: Pixels, face: Face, quick: bool) -> Iterator[Case]:
    for name, (edit, strengths) in FORBIDDEN.items():
        for strength in strengths:
            yield f"{name} {strength:g}", own, encode(edit(pixels, face, strength), 80)
    for size in (2, 3, 5, 8):
        with_mole = encode(add_mole(pixels, face, size), 82)
        yield f"heal a mole, px {size}", with_mole, encode(heal_mole(decode_pixels(with_mole), face, size), 80)
    for factor in (0.5, 0.7) if not quick else ():
        yield f"resized and back {factor:g}", own, encode(_resize_and_back(pixels, factor), 80)


def _resize_and_back(pixels: Pixels, factor: float) -> Pixels:
    image = Image.fromarray(pixels)
    small = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)
    return np.asarray(small.resize(image.size, Image.Resampling.LANCZOS))


class Table:
    """Verdicts by row, in order of appearance."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: dict[str, Counter[str]] = defaultdict(Counter)
        self.seconds: list[float] = []
        self.figures: dict[str, list[tuple[float, str]]] = defaultdict(list)

    def add_cases(self, cases: Iterator[Case], finder: FaceFinder, portrait: str) -> None:
        for row, own, retouched in cases:
            began = time.process_time()
            comparison = compare(own, retouched, finder)
            self.seconds.append(time.process_time() - began)
            self.rows[row][comparison.verdict] += 1
            self._record(comparison, f"{portrait}, {row}")

    def _record(self, comparison: Comparison, where: str) -> None:
        for limit, (figure, _) in FIGURES.items():
            if figure in comparison.figures:
                self.figures[limit].append((comparison.figures[figure], where))

    def print(self) -> None:
        print(f"\n{self.title:40s} {'passed':>7s} {'review':>7s} {'reject':>7s}")
        for row, verdicts in self.rows.items():
            counts = [verdicts[kind] for kind in ("pass", "unsure", "fail")]
            print(f"{row:40s} " + " ".join(f"{count:7d}" for count in counts))
        total = sum(self.rows.values(), Counter())
        print(f"{'all':40s} " + " ".join(f"{total[kind]:7d}" for kind in ("pass", "unsure", "fail")))


def print_worst(table: Table, limits: RetouchLimits) -> None:
    print(f"\n{'worst permitted value':22s} {'value':>8s} {'review':>8s} {'reject':>8s}   where")
    for name, (_, worst) in FIGURES.items():
        value, where = worst(table.figures[name])
        limit = getattr(limits, name)
        print(f"{name:22s} {value:8.3f} {limit.review_from:8.3f} {limit.reject_from:8.3f}   {where}")


def other_people(portraits: list[tuple[str, bytes]]) -> Iterator[Case]:
    """Yield each person's portrait with the next person's submitted for it."""
    for (_, own), (_, other) in pairwise(portraits):
        yield "the next person's portrait", own, other


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=photo_folder())
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--figures", type=Path)
    args = parser.parse_args()
    print(f"retouch guard; {machine()}, load {os.getloadavg()[0]:.1f}")
    good, bad, finder = Table("permitted"), Table("forbidden"), FaceFinder(still=True)
    portraits = list(own_portraits(args.folder))
    for name, own in portraits:
        pixels = decode_pixels(own)
        face = finder.find(pixels).faces[0]
        good.add_cases(permitted_cases(own, pixels, face, args.quick), finder, name)
        bad.add_cases(forbidden_cases(own, pixels, face, args.quick), finder, name)
        print(f"   {name}: {len(good.seconds) + len(bad.seconds)} comparisons so far", flush=True)
    bad.add_cases(other_people(portraits), finder, "all")
    print(f"{len(portraits)} portraits: {', '.join(name for name, _ in portraits)}")
    good.print()
    bad.print()
    print_worst(good, retouch_limits())
    seconds = good.seconds + bad.seconds
    print(f"\none comparison: p50 {np.median(seconds):.2f} s, p95 {np.percentile(seconds, 95):.2f} s of processor time")
    if args.figures:
        args.figures.write_text(json.dumps({"permitted": good.figures, "forbidden": bad.figures}))
    finder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
