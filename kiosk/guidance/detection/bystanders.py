"""Find the faces of other people that the mesh misses because they are smaller or farther away than the sitter's.

MediaPipe's full-range detector reduces its input to 192 pixels and needs ten of them in a face: in a whole picture that
is a third of a sitter's face. So it also runs on four overlapping parts, in which a face of half that width is large
enough. A mesh at high resolution confirms every face.

A face on a poster counts like a person's: neither belongs in the backdrop. A small one on the sitter's own chest (a
badge, a print on a shirt) does not count: a person there would be in front of the sitter, and not so small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from config.arrays import Pixels
from kiosk.guidance.detection.face import Face
from kiosk.guidance.detection.mediapipe_solutions import FaceDetection, FaceMesh
from kiosk.guidance.detection.mesh import covers, find_in_square

Area = tuple[slice, slice]

SEARCH_INTERVAL_FRAMES: Final = 3
"""Frames of a stream from one search of the whole picture to the next: it costs as much as the mesh itself."""
PART_INTERVAL_FRAMES: Final = 6
"""Frames from one search of a part to that of the next part: all four in 0.8 s."""
_PART_SHARE: Final = 0.55
"""Share of both sides of the picture: the parts overlap by more than the width of the faces that only they show."""
_MAX_PRINT_WIDTH: Final = 0.6
"""Share of the sitter's face width: a smaller face below the chin, between the shoulders, is a picture of one."""
_CHEST_FACE_WIDTHS: Final = (1.2, 2.5)
"""Face widths: how far the chest extends to either side of the sitter's chin, and below it."""


@dataclass(frozen=True)
class AreaDetections:
    """MediaPipe's detections in each area of a picture, the whole picture first."""

    by_area: tuple[tuple[Any, ...], ...] = field(repr=False)

    @property
    def score(self) -> float:
        """The highest confidence (0 to 1) of an upright face in the whole picture; 0 without one."""
        return max_score(self.by_area[0])


def max_score(detections: Iterable[Any]) -> float:
    """Return the highest confidence (0 to 1) of MediaPipe's detections; 0 without one."""
    return max((float(face.score[0]) for face in detections), default=0.0)


class Bystanders:
    """Finds missed faces with networks that it shares with its owner. Use it from one thread."""

    def __init__(self, detector: FaceDetection, single_face_mesh: FaceMesh) -> None:
        self._detector = detector
        self._single_face_mesh = single_face_mesh
        self._frames = 0
        self._faces_by_area: dict[int, list[Face]] = {}

    def detect_in_whole(self, small: Pixels) -> AreaDetections:
        """Return the detections in a whole still, of which `small` is the copy for the networks."""
        return AreaDetections((tuple(self._detect(small, _areas(small)[0])),))

    def detect_in_still(self, small: Pixels, whole: AreaDetections | None = None) -> AreaDetections:
        """Return the detections in all areas of a still; `whole` are those of the whole still, if it has been searched
        already. Uses the detector alone, so that the meshes may run meanwhile in another thread."""
        whole = whole or self.detect_in_whole(small)
        return AreaDetections((*whole.by_area, *(tuple(self._detect(small, area)) for area in _areas(small)[1:])))

    def find_in_still(self, pixels: Pixels, small: Pixels, known: list[Face], detected: AreaDetections) -> list[Face]:
        """Return all faces in `pixels`, uint8 (h, w, 3) RGB, other than the `known` ones."""
        others: list[Face] = []
        areas = _areas(small) if known else _areas(small)[:1]
        for area, detections in zip(areas, detected.by_area, strict=False):
            others += self._confirm(pixels, small, [*known, *others], area, detections)
        return others

    def find_in_stream(self, pixels: Pixels, small: Pixels, known: list[Face]) -> list[Face]:
        """Like `find_in_still`, but one area is searched at a time, and results are kept in between."""
        for number in self._due_areas(small, bool(known)):
            area = _areas(small)[number]
            detected = self._detect(small, area)
            self._faces_by_area[number] = self._confirm(pixels, small, known, area, detected)
        self._frames += 1
        others: list[Face] = []
        for face in (face for faces in self._faces_by_area.values() for face in faces):
            if not any(covers(other, face.nose) for other in (*known, *others)):
                others.append(face)
        return others

    def _due_areas(self, small: Pixels, face_found: bool) -> Iterator[int]:
        """Yield the areas (0: the whole) to search in this frame. Without a face the mesh has lost the sitter."""
        if not face_found:
            self._faces_by_area.clear()
        if not face_found or self._frames % SEARCH_INTERVAL_FRAMES == 0:
            yield 0
        elif self._frames % PART_INTERVAL_FRAMES == 1:
            yield 1 + self._frames // PART_INTERVAL_FRAMES % (len(_areas(small)) - 1)

    def _detect(self, small: Pixels, area: Area) -> list[Any]:
        return list(self._detector.process(np.ascontiguousarray(small[area])).detections or ())

    def _confirm(
        self, pixels: Pixels, small: Pixels, known: list[Face], area: Area, detections: Iterable[Any]
    ) -> list[Face]:
        """Return the faces among the `detections` in an area of `small` that are not `known`; all in pixels of
        `pixels`."""
        rows, columns = area
        height, width = rows.stop - rows.start, columns.stop - columns.start
        zoom = pixels.shape[1] / small.shape[1]
        extra: list[Face] = []
        for detection in detections:
            box = detection.location_data.relative_bounding_box
            middle = ((box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height)
            centre = np.array([middle[0] + columns.start, middle[1] + rows.start], np.float32) * np.float32(zoom)
            if any(covers(face, centre) for face in (*known, *extra)):
                continue
            face = find_in_square(
                self._single_face_mesh, pixels, centre, 1.1 * zoom * max(box.width * width, box.height * height)
            )
            if face is not None and self._is_other_person(face, [*known, *extra]):
                extra.append(face)
        return extra

    @staticmethod
    def _is_other_person(face: Face, known: list[Face]) -> bool:
        return not any(covers(other, face.nose) or _is_print_on(other, face) for other in known)


def _areas(picture: Pixels) -> list[Area]:
    """Return the whole picture, then its four overlapping parts."""
    height, width = picture.shape[:2]
    tall, wide = max(1, round(_PART_SHARE * height)), max(1, round(_PART_SHARE * width))
    corners = [(top, left) for top in (0, height - tall) for left in (0, width - wide)]
    parts = [(slice(top, top + tall), slice(left, left + wide)) for top, left in corners]
    return [(slice(0, height), slice(0, width)), *parts]


def _is_print_on(wearer: Face, face: Face) -> bool:
    """Return whether size and position of `face` show that it is a picture on the sitter's chest."""
    away = (face.nose - wearer.chin) / max(1.0, wearer.width)
    small = face.width < _MAX_PRINT_WIDTH * wearer.width
    return bool(small and abs(float(away[0])) < _CHEST_FACE_WIDTHS[0] and 0 < float(away[1]) < _CHEST_FACE_WIDTHS[1])
