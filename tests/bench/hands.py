"""Detections of hands at the face, and false alarms: `python -m tests.bench.hands [FOLDER]`.

Every photograph with a face is measured unchanged, and with a hand drawn at the cheek at three angles.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from kiosk.guidance.detection.landmarks import STILL_SIDE_PX, FaceFinder, downscale
from tests.bench.drawn_hand import with_hand
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder, picture_files

ANGLES: Final = (0.0, 25.0, -30.0)


def main(folder: Path) -> None:
    print(machine())
    finder = FaceFinder(still=True)
    photos, alarms, detected = 0, [], 0
    for path in picture_files(folder, (".jpg",)):
        pixels = downscale(np.asarray(Image.open(path).convert("RGB")), STILL_SIDE_PX)
        faces = finder.find_faces(pixels).faces
        if not faces:
            continue
        photos += 1
        if finder.count_hands(pixels, faces[0]):
            alarms.append(path.name)
        detected += sum(finder.count_hands(with_hand(pixels, faces[0], angle), faces[0]) > 0 for angle in ANGLES)
    print(f"photographs with a face {photos}, false alarms {len(alarms)} {' '.join(alarms)}")
    print(f"drawn hands detected {detected} of {photos * len(ANGLES)}")
    finder.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else photo_folder())
