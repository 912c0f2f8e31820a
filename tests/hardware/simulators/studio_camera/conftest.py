"""The studio's person, loaded once for all these tests, and FaceMesh, which detects the faces of a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from config.arrays import Pixels
from config.native_log import suppress_stderr
from hardware.simulators.studio_camera.person import Person, load_person
from hardware.simulators.studio_camera.render import SceneRenderer
from hardware.simulators.studio_camera.scene import Scene, Script, load_script
from hardware.simulators.studio_camera.sitter_layer import FRAME

# The six points round each eye for the eye aspect ratio (Soukupova and Cech 2016), by their numbers in FaceMesh.
_EYES = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))


@dataclass(frozen=True)
class DetectedFace:
    """The points of one face from FaceMesh: 478 x 3, x, y, depth in the picture's pixels."""

    points: NDArray[np.float64]

    def distance(self, one: int, other: int) -> float:
        return float(np.linalg.norm(self.points[one, :2] - self.points[other, :2]))

    @property
    def roll(self) -> float:
        along = self.points[263] - self.points[33]
        return float(np.degrees(np.arctan2(along[1], along[0])))

    @property
    def yaw(self) -> float:
        along = self.points[454] - self.points[234]
        return float(np.degrees(np.arctan2(along[2], along[0])))

    @property
    def eye_openings(self) -> list[float]:
        return [(self.distance(b, f) + self.distance(c, e)) / (2 * self.distance(a, d)) for a, b, c, d, e, f in _EYES]

    @property
    def lip_gap(self) -> float:
        return self.distance(13, 14) / self.distance(78, 308)

    @property
    def width(self) -> float:
        return self.distance(234, 454)

    @property
    def eyes(self) -> NDArray[np.float64]:
        return np.asarray(self.points[[33, 263], :2].mean(axis=0))


FaceDetector = Callable[[Pixels], list[DetectedFace]]


@pytest.fixture(scope="session")
def person() -> Person:
    return load_person()


@pytest.fixture(scope="session")
def renderer(person: Person) -> SceneRenderer:
    return SceneRenderer(person)


@pytest.fixture(scope="session")
def script() -> Script:
    return load_script()


@pytest.fixture(scope="session")
def detect_faces() -> Iterator[FaceDetector]:
    from kiosk.guidance.detection.mediapipe_solutions import FaceMesh

    with suppress_stderr():
        mesh = FaceMesh(static_image_mode=True, max_num_faces=3, refine_landmarks=True)
        mesh.process(np.zeros((64, 64, 3), np.uint8))

    def detect(picture: Pixels) -> list[DetectedFace]:
        height, width = picture.shape[:2]
        faces = mesh.process(picture).multi_face_landmarks or []
        return [
            DetectedFace(np.array([(p.x * width, p.y * height, p.z * width) for p in face.landmark])) for face in faces
        ]

    yield detect
    mesh.close()


@pytest.fixture(scope="session")
def live(renderer: SceneRenderer, script: Script) -> Callable[[str], Pixels]:
    """A function that returns the live-view picture of the scene with that name."""

    def render(name: str) -> Pixels:
        scene: Scene = script.scenes[name]
        return renderer.render(scene, FRAME).picture(scene.blur)

    return render
