"""The zero of the chin's level, and the verdicts on raised and lowered chins: `python -m tests.bench.chin_level`.

Every photograph of FOLDER (ZHENGGUAN_PHOTOS, or ../shared/photos) is measured unchanged, with a smile, with raised
brows, and nodding by known angles (rendered_pose). Three lines of the mesh are compared: from the ears to the glabella,
which is the metric; from the ears to the eyes; and from forehead to chin, which depends on jaw and lips. A line is
better if people differ less in it, relative to the share of a nod that it shows. The zero of the rule is not fitted to
any photograph; `leave_one_out` compares each person with the mean of all others.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from config.opencv import cv2
from config.standards.registry import Rule, Stage, load_standard
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.metrics.pose import LEVEL_RISE_DEG, PITCH_SENSITIVITY, pitch
from kiosk.guidance.verdict import Metric, Outcome, evaluate
from tests.bench.canonical_face import LEVEL, seen_by_camera
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files
from tests.bench.rendered_face import add_smile, raise_brows
from tests.bench.rendered_pose import turn_head
from tests.bench.rendered_scene import Scene, photograph, to_light

NODS: Final = (-25, -20, -15, -8, -5, 5, 8, 15, 20, 25)
SIDE_PX: Final = 900


def _rise(face: Face, start: tuple[int, ...], end: tuple[int, ...]) -> float:
    line = face.points[list(start)].mean(axis=0) - face.points[list(end)].mean(axis=0)
    return math.degrees(math.atan2(float(line[1]), float(line[2])))


LINES: Final[dict[str, Callable[[Face], float]]] = {
    "ears to glabella": lambda face: pitch(face) * PITCH_SENSITIVITY + LEVEL_RISE_DEG,
    "ears to eyes": lambda face: _rise(face, (234, 454), (33, 133, 362, 263)),
    "forehead to chin": lambda face: _rise(face, (152,), (10,)) - 90,
}


@dataclass(frozen=True)
class Person:
    """One photograph: its group (the folder), and the faces by change: the angle of a nod, or a name."""

    name: str
    group: str
    faces: dict[float | str, Face] = field(repr=False)

    def difference(self, line: Callable[[Face], float], change: float | str) -> float | None:
        return line(self.faces[change]) - line(self.faces[0.0]) if change in self.faces else None

    def sensitivity(self, line: Callable[[Face], float]) -> float:
        """Return the share of the rendered nods that `line` shows."""
        pairs = [(nod, self.difference(line, nod)) for nod in NODS]
        known = np.array([(nod, shown) for nod, shown in pairs if shown is not None])
        return float((known[:, 0] * known[:, 1]).sum() / (known[:, 0] ** 2).sum())


def people(folder: Path, finder: FaceFinder) -> Iterator[Person]:
    """Yield every photograph with a face, with all rendered changes."""
    for path in picture_files(folder, (".jpg", ".jpeg")):
        codes = cv2.imread(str(path))
        scale = min(1.0, SIDE_PX / max(codes.shape[:2]))
        codes = np.ascontiguousarray(
            cv2.resize(codes, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1]
        )
        faces = finder.find(codes).faces
        if faces:
            light = to_light(codes)
            scene = Scene(path.stem, light, np.ones(codes.shape[:2], np.float32), light, faces[0], noise=0.0)
            yield Person(path.stem, path.parent.name, {0.0: faces[0], **_rendered(scene, finder)})


def _rendered(scene: Scene, finder: FaceFinder) -> dict[float | str, Face]:
    changes: dict[float | str, Callable[[], Scene]] = {nod: lambda k=nod: turn_head(scene, pitch=k) for nod in NODS}
    changes |= {"smile": lambda: add_smile(scene, 1.0), "brows": lambda: raise_brows(scene, 0.5)}
    detected = {change: finder.find(photograph(make())).faces for change, make in changes.items()}
    return {change: faces[0] for change, faces in detected.items() if faces}


def compare_lines(everyone: list[Person]) -> Iterator[str]:
    """Yield the spread between people, in degrees of a true nod, for each line of the mesh."""
    yield f"{'line of the mesh':18} {'group':10}   n  median    sd   shown of a nod (sd)  sd/shown  smile  brows"
    for name, line in LINES.items():
        shares = [one.sensitivity(line) for one in everyone]
        share = float(np.mean(shares))
        for group in sorted({one.group for one in everyone}):
            values = np.array([line(one.faces[0.0]) for one in everyone if one.group == group])
            moved = [
                np.median(
                    [d for one in everyone if one.group == group and (d := one.difference(line, change)) is not None]
                )
                for change in ("smile", "brows")
            ]
            yield (
                f"{name:18} {group:10} {len(values):3} {np.median(values):7.1f} {values.std(ddof=1):5.1f} "
                f"{share:15.2f} ({np.std(shares):.2f}) {values.std(ddof=1) / share:9.1f} "
                f"{moved[0] / share:+6.1f} {moved[1] / share:+6.1f}"
            )


def verdicts_by_angle(everyone: list[Person]) -> Iterator[str]:
    """Yield the verdicts of the rule `pitch` by rendered angle."""
    rule = load_standard("chsi").rules_for(Stage.SHOT)["pitch"]
    yield f"rule pitch: {rule.min:g} .. {rule.max:g}, tolerance {rule.tolerance:g}{', advice' if rule.advice else ''}"
    yield f"{'group':10} {'rendered':>9}   n  median  pass unsure  fail  on the wrong side"
    for group in sorted({one.group for one in everyone}):
        for change in (*(nod for nod in NODS if nod < 0), 0.0, *(nod for nod in NODS if nod > 0), "smile", "brows"):
            values = [pitch(one.faces[change]) for one in everyone if one.group == group and change in one.faces]
            label = change if isinstance(change, str) else f"{change:+g}"
            if values:
                yield f"{group:10} {label:>9} {_verdict_counts(values, rule, change)}"


def _verdict_counts(values: list[float], rule: Rule, change: float | str) -> str:
    verdicts = [evaluate({"pitch": Metric("pitch", value, "deg")}, {"pitch": rule})[0] for value in values]
    counts = " ".join(
        f"{sum(v.outcome is o for v in verdicts):5}" for o in (Outcome.PASS, Outcome.UNSURE, Outcome.FAIL)
    )
    other_side = "" if isinstance(change, str) or not change else ".low" if change > 0 else ".high"
    wrong = sum(bool(other_side) and v.reason.endswith(other_side) for v in verdicts)
    return f"{len(values):3} {np.median(values):7.1f} {counts} {wrong:5}"


def leave_one_out(everyone: list[Person]) -> Iterator[str]:
    """Yield each person's reading, with the mean of all other people of the group."""
    for group in sorted({one.group for one in everyone}):
        values = {one.name: pitch(one.faces[0.0]) for one in everyone if one.group == group}
        for name, value in values.items():
            others = [other for key, other in values.items() if key != name]
            if len(others) > 1:
                middle, spread = float(np.mean(others)), float(np.std(others, ddof=1))
                away = (value - middle) / max(1e-6, spread)
                yield f"{group:10} {name:12} {value:+6.1f}; others {middle:+5.1f}, sd {spread:.1f}; {away:+.1f} sd off"


def by_camera() -> Iterator[str]:
    """Yield readings of the level canonical face for cameras at several heights and distances, with their spread over
    200 face shapes."""
    yield "a level head before a camera: degrees by ears to glabella (sd of shapes), and by forehead to chin"
    for distance in (60, 100, 200, 400):
        for height in (-20, 0, 20):
            plain = [line(seen_by_camera(distance, height, 0.0)) - line(LEVEL) for line in LINES.values()]
            shapes = [LINES["ears to glabella"](seen_by_camera(distance, height, 0.0, seed)) for seed in range(200)]
            aim = math.degrees(math.atan2(height, distance))
            place = f"{distance:4} cm away, {height:+3} cm above the eyes ({aim:+5.1f})"
            yield f"{place} {plain[0]:+6.1f} ({np.std(shapes):.1f}) {plain[2]:+6.1f}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, nargs="?", default=photo_folder())
    arguments = options.parse_args()
    print(f"chin level, {arguments.folder}; {machine()}, load {os.getloadavg()[0]:.1f}")
    finder = FaceFinder(still=True)
    everyone = list(people(arguments.folder, finder))
    finder.close()
    for lines in (compare_lines(everyone), verdicts_by_angle(everyone), leave_one_out(everyone), by_camera()):
        print(*lines, "", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
