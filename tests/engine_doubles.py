"""What a photo engine can do wrong, by the hash of the shot; takes the place of the real work in its process."""

from __future__ import annotations

import os
import time
from pathlib import Path

from config.standard import PhotoStandard
from kiosk import developing
from kiosk.capture.originals import Kept
from kiosk.guidance.best_shot import ShotLook


def start_double(folder: Path, key_file: Path, parent: int) -> None:
    developing._look = _look


def _look(shot: Kept, standard: PhotoStandard) -> ShotLook:
    if shot.sha256 == "waits":
        time.sleep(600)
    while shot.sha256 == "circles":
        pass
    if shot.sha256 == "crashes":
        os._exit(3)
    return ShotLook(())
