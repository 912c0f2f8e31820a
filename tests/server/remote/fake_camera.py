"""The camera of a phone, as a file for Chromium: the simulated studio upright, as frames of YUV4MPEG2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from hardware.simulators.studio_camera.person import load_person
from hardware.simulators.studio_camera.render import SceneRenderer
from hardware.simulators.studio_camera.scene import Scene
from hardware.simulators.studio_camera.sitter_layer import SHOT

SIZE: Final = (1440, 1920)
"""Width and height of the rear camera's stream on an upright phone."""


def studio_frame(scene: Scene) -> Pixels:
    """Render the upright middle of one picture of the studio at SIZE, uint8 (h, w, 3) RGB."""
    picture = SceneRenderer(load_person()).render(scene, SHOT).picture()
    height, width = picture.shape[:2]
    wide = round(height * SIZE[0] / SIZE[1])
    middle = picture[:, (width - wide) // 2 : (width + wide) // 2]
    return np.ascontiguousarray(cv2.resize(middle, SIZE, interpolation=cv2.INTER_AREA))


def write_camera(path: Path, frames: Sequence[tuple[Pixels, int]], frames_per_second: int = 2) -> None:
    """Write `frames`, each as often as its number; the browser repeats the file."""
    height, width = frames[0][0].shape[:2]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{frames_per_second}:1 Ip A1:1 C420jpeg\n".encode())
        for picture, times in frames:
            planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes()
            for _ in range(times):
                file.write(b"FRAME\n" + planes)


def camera_arguments(path: Path) -> list[str]:
    """Return the arguments with which Chromium uses the file as its camera, without a prompt."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]
