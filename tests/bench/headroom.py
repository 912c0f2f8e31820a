"""When the engine adds background above the hair, and when it refuses to: `python -m tests.bench.headroom [FOLDER]`.

Shots composed before three backdrops (tests/bench/composed_shots.py), whose true matte is known, are cut off GAPS_PX
above the true top of the hair, or below it. If the edge cuts the hair, it is wrong to make a portrait; otherwise it is
wrong to refuse one.
"""

from __future__ import annotations

import io
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.types import PhotoProblem
from tests.bench.composed_shots import ComposedShot, composed_shots
from tests.bench.machine import machine
from tests.bench.picture_files import cutout_folder

CHSI: Final = load_standard("chsi")
KINDS: Final = ("blue", "white", "natural")
GAPS_PX: Final = (-12, -4, -1, 2, 4, 7, 12, 25)
"""Pixels of the portrait from the upper edge to the true top of the hair; negative where the edge cuts it."""
_SHOT_UNIT: Final = 2  # pixels of a composed shot for one of the portrait
_HAIR_ALPHA: Final = 0.5


def hair_top(shot: ComposedShot) -> int:
    """Return the first row with a pixel that is more hair than backdrop."""
    return int(np.argmax((shot.alpha > _HAIR_ALPHA).any(axis=1)))


def cut_above(shot: ComposedShot, gap: int) -> bytes:
    """Return the shot as a JPEG whose upper edge is `gap` portrait pixels above the hair."""
    top = hair_top(shot) - _SHOT_UNIT * gap
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(shot.pixels[top:])).save(file, "JPEG", quality=95)
    return file.getvalue()


def outcome(engine: PhotoEngine, shot: bytes) -> tuple[str, int, str]:
    """Return "made" or the reason of the refusal, the rows added, and the verdict on the top of the hair."""
    try:
        portrait = engine.make_and_verify(shot, CHSI, {})
    except PhotoProblem as problem:
        return problem.key.removeprefix("photo."), 0, ""
    verdict = next(v.outcome for v in portrait.verdicts if v.rule == "hair_top")
    return "made", int(portrait.recipe["crop"]["extension"]["top"]), verdict.value


def main(folder: Path) -> None:
    print(machine())
    engine = PhotoEngine()
    results: dict[int, Counter[str]] = defaultdict(Counter)
    added: dict[int, list[int]] = defaultdict(list)
    tops: dict[int, Counter[str]] = defaultdict(Counter)
    for shot in composed_shots(folder, KINDS):
        for gap in GAPS_PX:
            result, rows, verdict = outcome(engine, cut_above(shot, gap))
            results[gap][result] += 1
            if result == "made":
                added[gap].append(rows)
                tops[gap][verdict] += 1
            if (result == "made") == (gap < 0):
                print(f"  gap {gap:4d}: {shot.name} {shot.backdrop_kind}: {result}")
    print(f"{'px above the hair':>18s}   made  hair cut  other  rows added  top of the hair")
    for gap in GAPS_PX:
        counts, rows = results[gap], added[gap]
        other = counts.total() - counts["made"] - counts["hair_cut"]
        median = f"{np.median(rows):.0f}" if rows else "-"
        verdicts = ", ".join(f"{name} {count}" for name, count in sorted(tops[gap].items()))
        print(f"{gap:18d}  {counts['made']:5d}  {counts['hair_cut']:8d}  {other:5d}  {median:>10s}  {verdicts}")
    engine.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else cutout_folder())
