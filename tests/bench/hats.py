"""Detections of drawn hats, and false alarms: `python -m tests.bench.hats [--every N] [FOLDER]`.

Every photograph and cut-out with a face is measured unchanged, and with each of drawn_hat.HATS. A picture of FOLDER
with a real hat counts as a false alarm; its name is printed. `--every` draws hats on every Nth picture only.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
from PIL import Image

from config.arrays import Pixels
from kiosk.guidance.detection.landmarks import STILL_SIDE_PX, Detections, FaceFinder, downscale
from kiosk.guidance.metrics.head_covering import head_covering
from tests.bench.drawn_hat import HATS
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files

_BACKGROUND: Final = (100, 197, 255, 255)
LIMIT: Final = 1.0


def pictures(folder: Path) -> Iterator[tuple[str, Pixels]]:
    """Yield name and sRGB pixels; cut-outs are composed onto light blue."""
    for path in picture_files(folder):
        image = Image.open(path).convert("RGBA")
        whole = Image.alpha_composite(Image.new("RGBA", image.size, _BACKGROUND), image).convert("RGB")
        yield f"{path.parent.name}/{path.name}", downscale(np.asarray(whole), STILL_SIDE_PX)


def covering(pixels: Pixels, detections: Detections) -> float:
    """Return the metric; 0 if it is not measured."""
    reading = head_covering(pixels, detections) if detections.faces else 0.0
    return reading if isinstance(reading, float) else 0.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--every", type=int, default=1)
    options.add_argument("folder", type=Path, nargs="?", default=photo_folder())
    arguments = options.parse_args()
    finder = FaceFinder(still=True)
    found: Counter[str] = Counter()
    bare: dict[str, float] = {}
    drawn, seconds = 0, 0.0
    for name, pixels in pictures(arguments.folder):
        detections = finder.find(pixels)
        if not detections.faces:
            continue
        start = process_time()
        bare[name] = covering(pixels, detections)
        seconds += process_time() - start
        if (len(bare) - 1) % arguments.every == 0:
            drawn += 1
            for hat in HATS:
                covered = hat.put_on(pixels, detections.faces[0])
                found[hat.name] += covering(covered, finder.find(covered)) > LIMIT
    finder.close()
    alarms = [name for name, value in bare.items() if value > LIMIT]
    print(f"{arguments.folder}; {machine()}; {1000 * seconds / max(1, len(bare)):.1f} ms of processor time a picture")
    print(f"bare heads {len(bare)}, false alarms {len(alarms)} {' '.join(alarms)}")
    print("nearest to an alarm: " + ", ".join(f"{n} {v:.2f}" for n, v in sorted(bare.items(), key=lambda i: -i[1])[:6]))
    for hat in HATS:
        print(f"{hat.name:20} found {found[hat.name]:3} of {drawn}, not found {drawn - found[hat.name]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
