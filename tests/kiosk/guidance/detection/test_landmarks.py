from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from config.arrays import Pixels
from config.native_log import suppress_stderr
from config.opencv import cv2
from kiosk.guidance.detection import landmarks
from kiosk.guidance.detection.bystanders import SEARCH_INTERVAL_FRAMES
from kiosk.guidance.detection.landmarks import LIVE_SIDE_PX, FaceFinder, downscale
from kiosk.guidance.detection.mesh import find_meshes
from tests.kiosk.guidance.pictures import astronaut, mirror_picture, place_astronaut
from tests.waiting import scale_timeout


def test_the_face_is_found_in_its_place(finder: FaceFinder) -> None:
    detections = finder.find(place_astronaut(scale=2.2, eyes=(640, 380)))
    (face,) = detections.faces
    assert detections.size == (1280, 960)
    assert face.points.shape == (478, 3)
    assert face.points.dtype == np.float32
    assert face.eyes == pytest.approx((640, 380), abs=8)
    assert face.chin[1] > face.mouth[1] > face.nose[1] > face.eyes[1] > face.forehead[1]


def test_left_and_right_are_the_sitters_own(finder: FaceFinder) -> None:
    (face,) = finder.find(place_astronaut()).faces
    assert face.left_eye[0] > face.right_eye[0]
    assert face.left_iris[0] > face.right_iris[0]
    assert face.left_cheek[0] > face.right_cheek[0]


def test_a_still_carries_the_score_of_its_upright_face(finder: FaceFinder) -> None:
    picture = place_astronaut()
    score = finder.find(picture).score
    assert score == finder.detection_score(picture)
    assert score is not None
    assert score > 0.7


@pytest.mark.parametrize("still", [True, False])
def test_an_empty_picture_has_no_faces(still: bool) -> None:
    finder = FaceFinder(still)
    try:
        assert len(finder.find(place_astronaut()).faces) == 1  # control: this finder finds faces
        for _ in range(2):
            detections = finder.find(np.full((960, 1280, 3), 180, np.uint8))
        assert detections.faces == ()
    finally:
        finder.close()


@pytest.mark.parametrize("still", [True, False])
def test_two_people_are_found_and_the_wider_face_comes_first(still: bool) -> None:
    picture = place_astronaut(scale=2.2, eyes=(420, 380))
    picture[:, 800:] = place_astronaut(scale=1.6, eyes=(1050, 420))[:, 800:]
    finder = FaceFinder(still)
    try:
        for _ in range(2):
            detections = finder.find(picture)
    finally:
        finder.close()
    assert len(detections.faces) == 2
    assert detections.faces[0].width > detections.faces[1].width
    assert detections.faces[0].eyes[0] < 800 < detections.faces[1].eyes[0]


def _with_bystander() -> Pixels:
    joined = place_astronaut(scale=2.2, eyes=(420, 380))
    joined[:, 800:] = place_astronaut(scale=1.0, eyes=(1050, 420))[:, 800:]
    return joined


def test_a_sitter_alone_is_found_as_in_the_search_for_all_faces(finder: FaceFinder) -> None:
    picture = place_astronaut()
    first, has_bystanders = finder.find_sitter(picture)
    whole = finder.find(picture)
    assert [face.points.tobytes() for face in first.faces] == [face.points.tobytes() for face in whole.faces]
    assert (first.size, first.score) == (whole.size, whole.score)
    assert first.person is not None
    assert whole.person is not None
    assert first.person.tobytes() == whole.person.tobytes()
    assert not has_bystanders()


def test_a_bystander_is_found_after_the_sitter(finder: FaceFinder) -> None:
    first, has_bystanders = finder.find_sitter(_with_bystander())
    assert len(first.faces) == 1
    assert has_bystanders()


def test_two_large_faces_or_none_are_found_at_once(finder: FaceFinder) -> None:
    picture = place_astronaut(scale=2.2, eyes=(420, 380))
    picture[:, 800:] = place_astronaut(scale=2.0, eyes=(1050, 420))[:, 800:]
    for pixels, count in ((picture, 2), (np.full((960, 1280, 3), 180, np.uint8), 0)):
        first, has_bystanders = finder.find_sitter(pixels)
        assert len(first.faces) == count
        assert not has_bystanders()


def test_a_bystander_is_detected_in_every_frame_until_gone() -> None:
    """The mesh alone overlooks a face half as wide as the sitter's."""
    alone, joined = place_astronaut(scale=2.2, eyes=(420, 380)), _with_bystander()
    finder = FaceFinder(still=False)
    try:
        assert len(find_meshes(finder._mesh, downscale(joined, LIVE_SIDE_PX))) == 1  # control
        first = [len(finder.find(joined).faces) for _ in range(SEARCH_INTERVAL_FRAMES + 1)]
        later = [len(finder.find(alone).faces) for _ in range(SEARCH_INTERVAL_FRAMES + 1)]
    finally:
        finder.close()
    assert first == [2] * (SEARCH_INTERVAL_FRAMES + 1)
    assert later[-1] == 1


def test_a_shot_of_24_megapixels_has_the_landmarks_of_its_small_copy(finder: FaceFinder) -> None:
    small = place_astronaut(scale=2.2, eyes=(640, 380))
    large = np.asarray(cv2.resize(small, (5664, 4248), interpolation=cv2.INTER_CUBIC), np.uint8)
    (near,), (far,) = finder.find(small).faces, finder.find(large).faces
    zoom = 5664 / 1280
    assert far.points[:, :2] / zoom == pytest.approx(near.points[:, :2], abs=near.width * 0.02)


def test_the_person_mask_covers_the_person_and_not_the_empty_side(finder: FaceFinder) -> None:
    picture = np.full((960, 1280, 3), 200, np.uint8)
    picture[:, 400:912] = cv2.resize(astronaut(), (960, 960))[:, 200:712]
    detections = finder.find(picture)
    mask = detections.person_mask_at(detections.size)
    assert mask is not None
    assert mask.shape == (960, 1280)
    x, y = (round(float(v)) for v in detections.faces[0].nose)
    assert mask[y, x] > 0.9
    assert mask[:, :200].max() < 0.1


def test_a_moved_face_measures_the_same(finder: FaceFinder) -> None:
    (face,) = finder.find(place_astronaut()).faces
    moved = face.transform(0.5, (10, -20))
    assert moved.width == pytest.approx(face.width / 2, rel=1e-4)
    assert moved.chin == pytest.approx(face.chin / 2 + np.array([10, -20]), rel=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2)])
def test_a_tiny_picture_has_no_faces(finder: FaceFinder, size: tuple[int, int]) -> None:
    assert finder.find(np.zeros((*size, 3), np.uint8)).faces == ()


@pytest.mark.parametrize("wrong", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3))])
def test_only_rgb_bytes_are_pictures(finder: FaceFinder, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="RGB"):
        finder.find(wrong)


def test_downscale_never_enlarges() -> None:
    assert downscale(astronaut(), 640).shape == (512, 512, 3)
    assert downscale(astronaut(), 100).shape == (100, 100, 3)


def test_a_mirrored_frame_is_found_just_as_well(finder: FaceFinder) -> None:
    (face,), (other,) = finder.find(place_astronaut()).faces, finder.find(mirror_picture(place_astronaut())).faces
    assert other.right_eye[0] == pytest.approx(1279 - face.left_eye[0], abs=face.width * 0.03)


def test_two_threads_that_suppress_stderr_at_the_same_time_restore_it() -> None:
    """The second thread must not restore the redirection of the first."""
    before = os.fstat(2)
    second_in, first_out = threading.Event(), threading.Event()

    def second() -> None:
        with suppress_stderr():
            second_in.set()
            first_out.wait(timeout=scale_timeout(10))

    with ThreadPoolExecutor(1) as threads:
        with suppress_stderr():
            running = threads.submit(second)
            second_in.wait(timeout=0.3)  # long enough for the second thread to enter, if it may
        first_out.set()
        running.result(timeout=scale_timeout(10))
    after = os.fstat(2)
    assert (after.st_dev, after.st_ino) == (before.st_dev, before.st_ino)


NOISY_CODE = (
    "import numpy as np; from kiosk.guidance.detection.landmarks import FaceMesh, _synthetic_face; "
    "FaceMesh().process(_synthetic_face())"
)
QUIET_CODE = (
    "from kiosk.guidance.detection.landmarks import FaceFinder, _synthetic_face\n"
    "for still in (True, False): print(len(FaceFinder(still).find(_synthetic_face()).faces))"
)


@pytest.mark.process
def test_the_networks_print_nothing_on_stderr() -> None:
    def run(code: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=scale_timeout(60))

    assert run(NOISY_CODE).stderr, "MediaPipe does not print any more: the redirection can be removed"
    quiet = run(QUIET_CODE)
    assert quiet.stdout.split() == [b"1", b"1"]
    assert quiet.stderr == b""


def test_after_load_all_no_network_is_loaded_later(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = FaceFinder(still=True)
    finder.load_all()
    for name in ("BodyFinder", "HandFinder"):
        monkeypatch.setattr(landmarks, name, lambda: pytest.fail("loaded later"))
    picture = place_astronaut(scale=2.2, eyes=(640, 380))
    detections = finder.find(picture, body=True)
    assert finder.count_hands(picture, detections.faces[0]) == 0
    assert detections.body is not None
    finder.close()
