"""Find the faces in a picture, as 478 mesh points each, and the person mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.native_log import suppress_stderr
from config.opencv import cv2
from config.two_threads import run_both
from kiosk.guidance.detection.body import Body, BodyFinder
from kiosk.guidance.detection.bystanders import Bystanders, max_score
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.hands import HandFinder
from kiosk.guidance.detection.mediapipe_solutions import FaceDetection, FaceMesh, SelfieSegmentation
from kiosk.guidance.detection.mesh import CROP_SIDE_PX, covers, find_meshes
from kiosk.guidance.detection.reduction import reduce_to
from kiosk.guidance.detection.refinement import RefinementCrop, mean_face, refinement_crops
from kiosk.guidance.detection.types import Detections

__all__ = ["Detections", "Face", "FaceFinder", "Pixels", "downscale"]

LIVE_SIDE_PX: Final = 640
"""Longest side, in pixels, of the copy of live frames: the networks use 128-256 px anyway."""
STILL_SIDE_PX: Final = 1280

_SearchResult = tuple[list[Face], NDArray[np.float32], float | None]
"""Faces, person mask, and the detector's highest confidence in the whole picture, None where it was not searched."""


class FaceFinder:
    """MediaPipe's face mesh, face detector and person segmentation behind one call.

    `still` is for single pictures up to 24 megapixels (every picture is searched independently, each face refined on a
    crop of the full picture); otherwise frames of one stream are tracked. Use it from one thread; `find` releases the
    GIL, and for a still uses a second thread while it runs.
    """

    def __init__(self, still: bool, max_faces: int = 3) -> None:
        self._still = still
        self._max_faces = max(2, max_faces)  # a limit of one would hide other people
        with suppress_stderr():
            self._mesh = FaceMesh(static_image_mode=still, max_num_faces=self._max_faces, refine_landmarks=True)
            self._single_face_mesh = FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True)
            self._detector = FaceDetection(model_selection=1, min_detection_confidence=0.5)
            self._segmentation = SelfieSegmentation(model_selection=0)
            for picture in (_synthetic_face(), np.zeros((240, 320, 3), np.uint8)):  # the blank one ends the tracking
                for solution in (self._mesh, self._single_face_mesh, self._detector, self._segmentation):
                    solution.process(picture)
        self._body_finder: BodyFinder | None = None  # not all callers need it
        self._hand_finder: HandFinder | None = None
        self._bystanders = Bystanders(self._detector, self._single_face_mesh)

    def find(self, pixels: Pixels, body: bool = False) -> Detections:
        """Find faces and person in `pixels`, uint8 (h, w, 3) RGB. Raises ValueError for anything else.

        With `body` also the body of the widest face, which takes another 35 ms for a still (a stream uses a
        BackgroundJob).
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 (h, w, 3) RGB, got {pixels.dtype} {pixels.shape}")
        height, width = pixels.shape[:2]
        small = self._network_copy(pixels)
        search = self._find_in_still if self._still else self._find_in_stream
        faces, mask, score = search(pixels, small)
        faces.sort(key=lambda face: -face.width)
        below = self.find_body(pixels, faces[0]) if body and faces else None
        return Detections((width, height), tuple(faces[: self._max_faces]), mask, below, score)

    def find_sitter(self, pixels: Pixels) -> tuple[Detections, Callable[[], bool]]:
        """Like `find` in a still, but if there is one face, the search for smaller ones is left to the function that is
        returned: it returns whether there are any. It may run in another thread, alongside `person_mask` and nothing
        else."""
        small = self._network_copy(pixels)

        def one_face() -> tuple[list[Face], list[RefinementCrop]]:
            faces = self._find_meshes(pixels, small)
            return faces, self._refinement_crops(pixels, faces[0]) if len(faces) == 1 else []

        (faces, crops), (mask, score) = run_both(
            one_face, lambda: (self._segment(small), self._bystanders.detect_in_whole(small))
        )
        if len(faces) != 1:
            return self.find(pixels), lambda: False
        first = self._refined_in_two_threads(faces[0], crops)
        detections = Detections((pixels.shape[1], pixels.shape[0]), (first,), mask, score=score.score)

        def has_bystanders() -> bool:
            detected = self._bystanders.detect_in_still(small, score)
            return bool(self._bystanders.find_in_still(pixels, small, faces, detected))

        return detections, has_bystanders

    def _find_in_stream(self, pixels: Pixels, small: Pixels) -> _SearchResult:
        faces = self._find_meshes(pixels, small)
        return [*faces, *self._bystanders.find_in_stream(pixels, small, faces)], self._segment(small), None

    def _find_in_still(self, pixels: Pixels, small: Pixels) -> _SearchResult:
        """Run the meshes in this thread, the detector and the segmentation in another."""

        def meshes() -> tuple[list[Face], list[Face]]:
            faces = self._find_meshes(pixels, small)
            return faces, [self._refine(pixels, face) for face in faces]

        (faces, refined), (mask, detected) = run_both(
            meshes, lambda: (self._segment(small), self._bystanders.detect_in_still(small))
        )
        others = self._bystanders.find_in_still(pixels, small, faces, detected)
        return [*refined, *(self._refine(pixels, face) for face in others)], mask, detected.score

    def _find_meshes(self, pixels: Pixels, small: Pixels) -> list[Face]:
        zoom = pixels.shape[1] / small.shape[1]
        return [face.transform(zoom, (0, 0)) for face in find_meshes(self._mesh, small)]

    def _segment(self, small: Pixels) -> NDArray[np.float32]:
        return np.asarray(self._segmentation.process(small).segmentation_mask, np.float32)

    def _network_copy(self, pixels: Pixels) -> Pixels:
        """Return the copy that the networks search."""
        return _reduced(pixels, STILL_SIDE_PX, reduce_to) if self._still else downscale(pixels, LIVE_SIDE_PX)

    def find_faces(self, pixels: Pixels) -> Detections:
        """Find only the faces that the mesh detects in `pixels`: a third of the time of `find`."""
        height, width = pixels.shape[:2]
        small = self._network_copy(pixels)
        faces = self._find_meshes(pixels, small)
        return Detections((width, height), tuple(sorted(faces, key=lambda face: -face.width)))

    def detection_score(self, pixels: Pixels) -> float:
        """Return the detector's highest confidence (0 to 1) of an upright face in `pixels`; 0 if it finds none."""
        return max_score(self._detector.process(self._network_copy(pixels)).detections or ())

    def person_mask(self, pixels: Pixels) -> NDArray[np.float32]:
        """Find only the person mask of `pixels`, float32 (h, w) at their size."""
        height, width = pixels.shape[:2]
        mask = self._segment(self._network_copy(pixels))
        return np.asarray(cv2.resize(mask, (width, height)), np.float32)

    def count_hands(self, pixels: Pixels, face: Face) -> int:
        """Return how many hands are on or near `face` in `pixels`."""
        if self._hand_finder is None:
            self._hand_finder = HandFinder()
        small = self._network_copy(pixels)
        return self._hand_finder.count_near(small, face.transform(small.shape[1] / pixels.shape[1], (0, 0)))

    def load_all(self) -> None:
        """Load also the networks that most callers do not need: of body and hands."""
        picture = _synthetic_face()
        for face in self.find(picture, body=True).faces:
            self.count_hands(picture, face)

    def close(self) -> None:
        """Free the networks; the finder cannot be used afterwards."""
        networks = (self._mesh, self._single_face_mesh, self._detector, self._segmentation)
        for solution in (*networks, self._body_finder, self._hand_finder):
            if solution is not None:
                solution.close()

    def find_body(self, pixels: Pixels, face: Face) -> Body | None:
        """Find the body below `face` in `pixels`; None if no person is recognized."""
        if self._body_finder is None:
            self._body_finder = BodyFinder()
        return self._body_finder.find_below(pixels, face)

    def _refine(self, pixels: Pixels, face: Face) -> Face:
        """Refine the face: average its detections in crops of the full picture."""
        crops = self._refinement_crops(pixels, face)
        return _mean_of(face, [_find_in_crop(self._single_face_mesh, crop) for crop in crops])

    @staticmethod
    def _refinement_crops(pixels: Pixels, face: Face) -> list[RefinementCrop]:
        height, width = pixels.shape[:2]
        if face.width < 4 or not (0 <= face.nose[0] < width and 0 <= face.nose[1] < height):
            return []
        return refinement_crops(pixels, face, CROP_SIDE_PX)

    def _refined_in_two_threads(self, face: Face, crops: list[RefinementCrop]) -> Face:
        """Like `_refine`, also with the mesh for several faces: in a crop with one face both find the same points. A
        third network would take 40 MB."""
        half = len(crops) // 2
        first, several = run_both(
            lambda: [_find_in_crop(self._single_face_mesh, crop) for crop in crops[:half]],
            lambda: [find_meshes(self._mesh, crop.pixels) for crop in crops[half:]],
        )
        second = [
            crop.to_picture(faces[0]) if len(faces) == 1 else _find_in_crop(self._single_face_mesh, crop)
            for crop, faces in zip(crops[half:], several, strict=True)
        ]
        return _mean_of(face, [*first, *second])


def _find_in_crop(mesh: FaceMesh, crop: RefinementCrop) -> Face | None:
    """Return the first face in a crop, in coordinates of the picture."""
    faces = find_meshes(mesh, crop.pixels)
    return crop.to_picture(faces[0]) if faces else None


def _mean_of(face: Face, detected: list[Face | None]) -> Face:
    """Return the mean of those of `detected` that are the same face as `face`; without any, `face`."""
    same = [one for one in detected if one is not None and covers(face, one.nose)]
    return mean_face(same) if same else face


def downscale(pixels: Pixels, side: int) -> Pixels:
    """Return a contiguous copy whose longest side is at most `side` pixels; never enlarged."""
    return _reduced(pixels, side, _area_average)


def _reduced(pixels: Pixels, side: int, reduce: Callable[[Pixels, tuple[int, int]], Pixels]) -> Pixels:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    return reduce(pixels, (max(1, round(width * scale)), max(1, round(height * scale))))


def _area_average(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _synthetic_face() -> Pixels:
    """Return a drawn face that the mesh detects, because the networks warm up, and log, at the first face."""
    picture = np.full((240, 320, 3), 200, np.uint8)
    cv2.ellipse(picture, (160, 120), (52, 70), 0, 0, 360, (224, 180, 150), -1)
    cv2.ellipse(picture, (160, 72), (54, 34), 0, 180, 360, (50, 35, 30), -1)
    for x in (138, 182):
        cv2.ellipse(picture, (x, 108), (11, 6), 0, 0, 360, (250, 250, 250), -1)
        cv2.circle(picture, (x, 108), 5, (40, 25, 20), -1)
        cv2.ellipse(picture, (x, 96), (13, 4), 0, 180, 360, (60, 40, 30), 3)
    cv2.ellipse(picture, (160, 134), (9, 5), 0, 0, 180, (180, 120, 100), 2)
    cv2.ellipse(picture, (160, 156), (20, 6), 0, 0, 360, (180, 80, 80), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1), np.uint8)
