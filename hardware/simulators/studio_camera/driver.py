"""The driver of the simulated studio: a camera like any other, with a sitter who follows commands."""

from __future__ import annotations

import io
import itertools
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from PIL import Image

from config.arrays import Pixels
from hardware.cameras.api import CameraInfo, CameraProblem, Shot
from hardware.simulators.studio_camera.noise import Noise
from hardware.simulators.studio_camera.person import load_person
from hardware.simulators.studio_camera.render import RenderedScene, SceneRenderer
from hardware.simulators.studio_camera.scene import Director, Scene, Script, load_script
from hardware.simulators.studio_camera.sitter_layer import FRAME, SHOT

log = logging.getLogger(__name__)

INFO: Final = CameraInfo(
    driver="studio",
    model="Simulated studio / 模拟影棚",
    serial="STUDIO-0001",
    simulated=True,
    frame_size=FRAME,
    shot_size=SHOT,
    burst=2,
)
_QUALITY: Final = 93
_SWAY_STEP_PX: Final = 1 / 16
"""Step of the drift in live-view pixels: too small to be measured, and two of three pictures need only new noise."""
_MAKE, _MODEL, _ORIENTATION, _DATE_TIME = 0x010F, 0x0110, 0x0112, 0x0132  # EXIF 2.3 tags


@dataclass(frozen=True)
class Delays:
    """Delays of a real camera in seconds: shutter, transfer, and between live-view pictures."""

    shutter: float = 0.25
    transfer: float = 0.3
    frame: float = 1 / 30


NO_DELAYS: Final = Delays(shutter=0.0, transfer=0.0, frame=0.0)


class StudioCamera:
    """Implements hardware.cameras.api.Camera. Commands: "scene NAME", "play", "stop" and "prepare"; others are only
    logged."""

    def __init__(
        self,
        delays: Delays | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._delays = delays or Delays()
        self._clock, self._sleep = clock, sleep
        self._studio: _Studio | None = None
        self._next_frame = 0.0
        self._numbers = itertools.count(1)

    def open(self) -> CameraInfo:
        """Open the studio: about a second the first time in a process."""
        began = self._clock()
        self._studio = _Studio(_renderer(), load_script(), self._clock())
        log.info("studio: open after %.1f s", self._clock() - began)
        return INFO

    def frame(self) -> Pixels:
        studio = self._require_open()
        wait = self._next_frame - self._clock()
        if wait > 0:
            self._sleep(wait)
        now = self._clock()
        self._next_frame = max(now, self._next_frame) + self._delays.frame
        return studio.live(now)

    def shoot(self) -> Shot:
        studio = self._require_open()
        began = self._clock()
        data = studio.shot(began, self._delays.shutter)
        # The delays include the time for rendering, as with a camera.
        wait = began + self._delays.shutter + self._delays.transfer - self._clock()
        if wait > 0:
            self._sleep(wait)
        return Shot(data, f"ZG_{next(self._numbers):04d}.JPG", INFO)

    def send_command(self, command: str) -> None:
        studio = self._require_open()
        arguments = command.split()
        match arguments:
            case ["scene", name] if name in studio.script.scenes:
                studio.director.show(name, self._clock())
            case ["play"]:
                studio.director.play(self._clock())
            case ["stop"]:
                studio.director.stop()
            case ["prepare"]:
                studio.prepare_shot(self._clock())
            case ["stored", _]:
                pass  # it has no card
            case _:
                log.warning("studio: unknown command %r; scenes are %s", command, ", ".join(studio.script.scenes))

    def close(self) -> None:
        studio, self._studio = self._studio, None
        if studio is not None:
            studio.close()

    def _require_open(self) -> _Studio:
        if self._studio is None:
            raise CameraProblem("camera.lost")
        return self._studio


@cache
def _renderer() -> SceneRenderer:
    """Return the renderer of this process. It stores the sitter's expressions, which are the same for every camera."""
    return SceneRenderer(load_person())


class _Studio:
    """The studio while the camera is open."""

    def __init__(self, renderer: SceneRenderer, script: Script, now: float) -> None:
        self.script = script
        self.director = Director(script, "empty", now)
        self._renderer = renderer
        self._noise = Noise(FRAME, spread=1.6, softness=0.0, seed=1)
        self._grain: Noise | None = None
        self._rendered: tuple[Scene, RenderedScene] | None = None
        self._composed: tuple[Scene, tuple[float, float], Pixels] | None = None
        # The newest shot's picture without its grain. A real camera does not render, so the picture is rendered before
        # the shot, while the sitter keeps still, and the shots of a burst share it.
        self._shot_picture: tuple[Scene, Future[tuple[Pixels, Noise]]] | None = None
        self._shot_renderer = ThreadPoolExecutor(1, "studio-shot")
        renderer.warm_up(script.scenes.values())

    def live(self, now: float) -> Pixels:
        """Return the 1280 x 960 picture at `now`."""
        scene, offset = self.director.at(now), _sway_offset(now)
        if self._composed is None or self._composed[:2] != (scene, offset):
            self._composed = (scene, offset, self._render(scene).shift_figures(*offset).picture(scene.blur))
        return self._noise.apply(self._composed[2])

    def _render(self, scene: Scene) -> RenderedScene:
        if self._rendered is None or self._rendered[0] != scene:
            self._rendered = (scene, self._renderer.render(scene, FRAME))
        return self._rendered[1]

    def shot(self, now: float, delay: float) -> bytes:
        """Return the JPEG of the moment `delay` after `now`."""
        picture, grain = self.prepare_shot(now + delay).result()
        return encode_jpeg(grain.apply(picture))

    def prepare_shot(self, now: float) -> Future[tuple[Pixels, Noise]]:
        """Start to render the picture of the scene at `now`, unless it is the newest one already; return it without its
        grain, and the grain."""
        scene = self.director.at(now)
        if self._shot_picture is None or self._shot_picture[0] != scene:
            self._shot_picture = (scene, self._shot_renderer.submit(self._render_shot, scene))
        return self._shot_picture[1]

    def close(self) -> None:
        self._shot_renderer.shutdown(cancel_futures=True)

    def _render_shot(self, scene: Scene) -> tuple[Pixels, Noise]:
        if self._grain is None:  # a station that takes no shots does not need it
            self._grain = Noise(SHOT, spread=2.6, softness=0.8, seed=2)
        return self._renderer.render(scene, SHOT).picture(scene.blur * SHOT[0] / FRAME[0]), self._grain


def _sway_offset(now: float) -> tuple[float, float]:
    """Return a slow drift of a fraction of a pixel, (x, y) in live-view pixels, because nobody sits perfectly still."""
    x = 0.5 * math.sin(2 * math.pi * now / 7.3) + 0.2 * math.sin(2 * math.pi * now / 2.9)
    y = 0.25 * math.sin(2 * math.pi * now / 4.1)
    return round(x / _SWAY_STEP_PX) * _SWAY_STEP_PX, round(y / _SWAY_STEP_PX) * _SWAY_STEP_PX


def encode_jpeg(picture: Pixels) -> bytes:
    """Return `picture` as a camera's JPEG, with the EXIF that marks it as simulated."""
    exif = Image.Exif()
    exif[_MAKE] = "Zhengguan"
    exif[_MODEL] = "Zhengguan simulated studio"
    exif[_ORIENTATION] = 1
    exif[_DATE_TIME] = datetime.now().strftime("%Y:%m:%d %H:%M:%S")
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=_QUALITY, subsampling="4:2:0", exif=exif)
    return out.getvalue()
