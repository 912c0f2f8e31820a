"""Every rule by skin tone and by shape of the eyes: `python -m tests.bench.guidance_groups [--rendered] [FOLDER]`.

The skin's tone is the individual typology angle of the cheeks, atan((L* - 50) / b*), in the classes of Del Bino and
Bernerd (2013), and the eyes' shape is the lid gap over the eye's width. FOLDER is ZHENGGUAN_PHOTOS or ../shared/photos.
With `--rendered` each is also measured with skin of less reflectance and with narrower eyes, because photographs of few
people are available. Prints for each rule and group: n, median, how many fail and are unsure.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import Stage, load_standard
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.live import analyze_image
from kiosk.guidance.metrics.patches import face_patch
from kiosk.guidance.metrics.skin import LEFT_CHEEK, RIGHT_CHEEK
from kiosk.guidance.verdict import Outcome, Verdict, evaluate
from tests.bench.guidance_truth import still_picture_rules
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files
from tests.bench.rendered_face import set_eye_opening
from tests.bench.rendered_scene import Scene, photograph, to_light
from tests.bench.rendered_wear import change_skin

SKIN_CLASSES: Final = (("very light", 55), ("light", 41), ("intermediate", 28), ("tan", 10), ("brown", -30))
"""Name and lower limit of each class in degrees; skin below all limits is dark."""
EYE_CLASSES: Final = (("wide eyes", 0.28), ("medium eyes", 0.22), ("narrow eyes", 0.0))
REFLECTANCES: Final = (0.5, 0.3, 0.18)
NARROWER: Final = 0.6
_MAX_LISTED: Final = 4
_RULES: Final = still_picture_rules()
_SIDE_PX: Final = 1350


@dataclass(frozen=True)
class JudgedPicture:
    """One picture with its groups and its verdicts."""

    name: str
    groups: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = field(repr=False)


def skin_angle(pixels: Pixels, finder: FaceFinder) -> float | None:
    """Return the individual typology angle of the cheeks in degrees; None without a face."""
    faces = finder.find(pixels).faces
    patch = face_patch(pixels, faces[0], 100) if faces else None
    if patch is None:
        return None
    cheeks = patch.pixels[patch.polygon_mask(RIGHT_CHEEK) | patch.polygon_mask(LEFT_CHEEK)]
    colour = (np.median(cheeks, axis=0) / 255).astype(np.float32)
    lightness, _, yellow = cv2.cvtColor(colour[None, None], cv2.COLOR_RGB2LAB)[0, 0]
    return math.degrees(math.atan2(float(lightness) - 50, float(yellow)))


def skin_class(angle: float) -> str:
    return next((name for name, low in SKIN_CLASSES if angle > low), "dark") + " skin"


def eye_class(opening: float) -> str:
    return next(name for name, low in EYE_CLASSES if opening >= low)


def judged_pictures(folder: Path, finder: FaceFinder, rendered: bool) -> Iterator[JudgedPicture]:
    """Yield every photograph and its rendered changes."""
    for path in picture_files(folder, (".jpg", ".jpeg")):
        codes = _read(path)
        yield from _judge(path.stem, f"photographs in {path.parent.name}", codes, finder)
        faces = finder.find(codes).faces if rendered else ()
        if faces:
            light = to_light(codes)
            scene = Scene(path.stem, light, np.ones(codes.shape[:2], np.float32), light, faces[0], noise=0.0)
            for share in REFLECTANCES:
                yield from _judge(f"{path.stem} x{share}", "rendered", photograph(change_skin(scene, share)), finder)
            narrow = photograph(set_eye_opening(scene, NARROWER))
            yield from _judge(f"{path.stem} narrow", "rendered", narrow, finder)


def _read(path: Path) -> Pixels:
    codes = cv2.imread(str(path))
    scale = min(1.0, _SIDE_PX / max(codes.shape[:2]))
    codes = cv2.resize(codes, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else codes
    return np.ascontiguousarray(codes[..., ::-1])


def _judge(name: str, group: str, pixels: Pixels, finder: FaceFinder) -> Iterator[JudgedPicture]:
    metrics = analyze_image(pixels, load_standard("chsi"), Stage.SHOT, finder).metrics
    angle, opening = skin_angle(pixels, finder), metrics["eye_opening"].value
    if angle is not None and opening is not None:
        kind = "rendered, " if group == "rendered" else ""
        groups = (group, kind + skin_class(angle), kind + eye_class(opening))
        yield JudgedPicture(name, groups, evaluate(metrics, _RULES))


def table(pictures: list[JudgedPicture]) -> Iterator[str]:
    """Yield the groups of each rule that any picture does not pass, line by line."""
    by_rule: dict[str, dict[str, list[tuple[str, Verdict]]]] = defaultdict(lambda: defaultdict(list))
    for one in pictures:
        for verdict in one.verdicts:
            for group in one.groups:
                by_rule[verdict.rule][group].append((one.name, verdict))
    yield f"{'rule':18} {'group':30}   n   median  fail unsure  those that fail"
    for rule, groups in by_rule.items():
        if any(_count(verdicts, Outcome.FAIL, Outcome.UNSURE) for verdicts in groups.values()):
            for group, verdicts in sorted(groups.items()):
                yield f"{rule:18} {group:30} {_row(verdicts)}"


def _row(verdicts: list[tuple[str, Verdict]]) -> str:
    values = [verdict.value for _, verdict in verdicts if verdict.value is not None]
    middle = f"{np.median(values):8.3f}" if values else f"{'-':>8}"
    failing = [name for name, verdict in verdicts if verdict.outcome is Outcome.FAIL]
    listed = ", ".join(failing[:_MAX_LISTED]) + (" ..." if len(failing) > _MAX_LISTED else "")
    counts = f"{_count(verdicts, Outcome.FAIL):5} {_count(verdicts, Outcome.UNSURE):6}"
    return f"{len(verdicts):3} {middle} {counts}  {listed}"


def _count(verdicts: list[tuple[str, Verdict]], *outcomes: Outcome) -> int:
    return sum(verdict.outcome in outcomes for _, verdict in verdicts)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rendered", action="store_true")
    options.add_argument("folder", type=Path, nargs="?", default=photo_folder())
    arguments = options.parse_args()
    finder = FaceFinder(still=True)
    pictures = list(judged_pictures(arguments.folder, finder, arguments.rendered))
    finder.close()
    print(f"{len(pictures)} pictures ({arguments.folder}); {machine()}, load {os.getloadavg()[0]:.1f}")
    print(*table(pictures), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
