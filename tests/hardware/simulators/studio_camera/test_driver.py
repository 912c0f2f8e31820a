"""The studio as a camera: its frames, shots, commands and delays."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from hardware.cameras.api import CameraProblem
from hardware.simulators.studio_camera.driver import NO_DELAYS, Delays, StudioCamera
from hardware.simulators.studio_camera.person import Person
from hardware.simulators.studio_camera.render import RenderedScene, SceneRenderer
from hardware.simulators.studio_camera.scene import Scene, load_script
from hardware.simulators.studio_camera.sitter_layer import FRAME, SHOT
from tests.hardware.simulators.studio_camera.conftest import FaceDetector
from tests.paths import ROOT
from tests.waiting import eventually


class Clock:
    """A clock that advances only in `sleep` and when the test sets it."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def camera(person: Person, clock: Clock) -> Iterator[StudioCamera]:
    camera = StudioCamera(NO_DELAYS, clock, clock.sleep)
    camera.open()
    yield camera
    camera.close()


def show(camera: StudioCamera, clock: Clock, name: str) -> None:
    camera.send_command(f"scene {name}")
    clock.now += 10


def test_the_studio_reports_that_it_is_simulated(person: Person) -> None:
    camera = StudioCamera(NO_DELAYS)
    info = camera.open()
    camera.close()
    assert info.simulated
    assert (info.driver, info.frame_size, info.shot_size) == ("studio", FRAME, SHOT)


def test_frames_are_rgb_and_never_twice_the_same(camera: StudioCamera, clock: Clock) -> None:
    show(camera, clock, "right")
    first, second = camera.frame(), camera.frame()
    assert first.shape == (960, 1280, 3)
    assert first.dtype == np.uint8
    assert not np.array_equal(first, second)
    red, _, blue = first[900, 400].astype(int)  # the sitter's suit is orange: RGB, not BGR
    assert red > blue + 60
    paper = first[20:60, 20:60].reshape(-1, 3).mean(axis=0)
    assert paper[2] > paper[0] + 60


def test_the_sitter_keeps_still_enough_in_right(camera: StudioCamera, clock: Clock, detect_faces: FaceDetector) -> None:
    show(camera, clock, "right")
    positions = []
    for _ in range(4):
        clock.now += 0.7
        positions.append(detect_faces(camera.frame())[0].eyes)
    assert np.ptp(np.array(positions), axis=0).max() < 4


def test_a_scene_command_moves_the_sitter_over_some_frames(
    camera: StudioCamera, clock: Clock, detect_faces: FaceDetector
) -> None:
    show(camera, clock, "right")
    camera.send_command("scene off_centre")
    clock.now += 0.3
    underway = detect_faces(camera.frame())[0].eyes[0]
    clock.now += 5
    arrived = detect_faces(camera.frame())[0].eyes[0]
    assert 660 < underway < 830 < arrived


def test_the_play_starts_with_an_empty_studio(camera: StudioCamera, clock: Clock, detect_faces: FaceDetector) -> None:
    show(camera, clock, "right")
    camera.send_command("play")
    camera.frame()
    clock.now += 1.9
    assert detect_faces(camera.frame()) == []
    clock.now += 60
    assert len(detect_faces(camera.frame())) == 1


@pytest.mark.parametrize("command", ["scene nowhere", "scene", "dance", ""])
def test_unknown_commands_are_logged_and_change_nothing(
    command: str, camera: StudioCamera, clock: Clock, detect_faces: FaceDetector, caplog: pytest.LogCaptureFixture
) -> None:
    show(camera, clock, "right")
    with caplog.at_level(logging.WARNING):
        camera.send_command(command)
    assert repr(command) in caplog.text
    clock.now += 5
    assert len(detect_faces(camera.frame())) == 1


def test_a_shot_is_24_megapixels_of_the_same_scene(
    camera: StudioCamera, clock: Clock, detect_faces: FaceDetector
) -> None:
    show(camera, clock, "right")
    shot = camera.shoot()
    picture = Image.open(io.BytesIO(shot.data))
    assert picture.size == SHOT
    assert picture.format == "JPEG"
    assert picture.getexif()[0x0110] == "Zhengguan simulated studio"
    assert shot.camera.simulated
    enlarged = SHOT[0] / FRAME[0]
    small = np.asarray(picture.resize(FRAME, Image.Resampling.BOX))
    in_shot, in_frame = detect_faces(small)[0].points[:468, :2], detect_faces(camera.frame())[0].points[:468, :2]
    assert np.abs(in_shot - in_frame).mean() < 1.5
    # The pixels agree too, whatever the jitter of FaceMesh: the best match is within a pixel.
    live = camera.frame()[300:560, 520:760].astype(float)
    differences = {
        (dx, dy): np.abs(small[300 + dy : 560 + dy, 520 + dx : 760 + dx] - live).mean()
        for dx in range(-3, 4)
        for dy in range(-3, 4)
    }
    best = min(differences, key=lambda shift: differences[shift])
    assert max(abs(best[0]), abs(best[1])) <= 1
    assert enlarged == SHOT[1] / FRAME[1]


@pytest.fixture
def rendered_shots(monkeypatch: pytest.MonkeyPatch) -> list[Scene]:
    """The scenes that are rendered at the size of a shot during the test."""
    scenes: list[Scene] = []
    render = SceneRenderer.render

    def count(renderer: SceneRenderer, scene: Scene, size: tuple[int, int]) -> RenderedScene:
        if size == SHOT:
            scenes.append(scene)
        return render(renderer, scene, size)

    monkeypatch.setattr(SceneRenderer, "render", count)
    return scenes


def test_a_prepared_camera_has_rendered_before_the_shutter_and_once_for_a_burst(
    camera: StudioCamera, clock: Clock, rendered_shots: list[Scene]
) -> None:
    show(camera, clock, "wall_shadow")
    camera.send_command("prepare")
    eventually(lambda: rendered_shots)
    first, second = camera.shoot(), camera.shoot()
    assert len(rendered_shots) == 1
    assert first.data != second.data, "each has different noise"


def test_a_shot_shows_the_scene_of_its_moment_and_not_the_prepared_one(
    camera: StudioCamera, clock: Clock, rendered_shots: list[Scene], detect_faces: FaceDetector
) -> None:
    show(camera, clock, "right")
    camera.send_command("prepare")
    show(camera, clock, "empty")
    small = Image.open(io.BytesIO(camera.shoot().data)).resize(FRAME, Image.Resampling.BOX)
    assert detect_faces(np.asarray(small)) == []
    assert rendered_shots[-1] == load_script().scenes["empty"]


def test_shots_have_different_names(camera: StudioCamera, clock: Clock) -> None:
    show(camera, clock, "empty")
    assert camera.shoot().name != camera.shoot().name


def test_delays_are_waited_for(person: Person) -> None:
    clock = Clock()
    camera = StudioCamera(Delays(shutter=0.25, transfer=0.3, frame=0.04), clock, clock.sleep)
    camera.open()
    camera.frame()
    began = clock.now
    camera.frame()
    assert clock.now - began == pytest.approx(0.04)
    began = clock.now
    camera.shoot()
    assert clock.now - began == pytest.approx(0.55)
    camera.close()


def test_a_closed_studio_is_a_lost_camera() -> None:
    camera = StudioCamera(NO_DELAYS)
    with pytest.raises(CameraProblem) as problem:
        camera.frame()
    assert problem.value.reason == "lost"


@pytest.mark.process
def test_a_station_that_opens_the_studio_imports_no_scipy() -> None:
    """It takes half a second of processor time, and only rendering an expression that is not stored needs it."""
    program = (
        "import sys\n"
        "from hardware.simulators.studio_camera.driver import StudioCamera\n"
        "camera = StudioCamera()\n"
        "camera.open()\n"
        "camera.send_command('scene eyes_shut')\n"
        "assert camera.frame().any()\n"
        "camera.close()\n"
        "print('numpy' in sys.modules, 'scipy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert result.stdout.split() == ["True", "False"]
