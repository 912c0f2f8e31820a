"""The first analysis of a shot: its pixels, its one face, and the approximate top of the hair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from config.arrays import Pixels
from config.standards.registry import Operation, PhotoStandard
from kiosk.capture.cropping.roll_correction import RollCorrection
from kiosk.capture.cropping.solver import Crop, Head, target_face_width
from kiosk.capture.image_io.decode import Picture, decode
from kiosk.capture.image_io.lost_rows import lost_percent
from kiosk.capture.recipe.recipe import DecodeRequest
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.orientation import quarter_turns, rotation_problem
from kiosk.guidance.detection.crown import find_crown
from kiosk.guidance.detection.landmarks import Detections, Face, FaceFinder


def face_centre_x(face: Face) -> float:
    """Return the x of the middle of the face: the mean of the middle between the cheeks and the middle between the
    eyes, which neither a slight yaw nor hair over one cheek moves much."""
    cheeks = float(face.left_cheek[0] + face.right_cheek[0]) / 2
    return (cheeks + float(face.eyes[0])) / 2


def head_of_face(face: Face, crown: float, angle: float = 0.0) -> Head:
    """Return the head of `face` whose hair begins at row `crown`, all in pixels of the same picture, turned by `angle`
    (kiosk.capture.cropping.roll_correction) or not."""
    return Head(crown, float(face.eyes[1]), face_centre_x(face), face.width, float(face.chin[1]), angle)


_PIXEL_RESERVE: Final = 2  # decode at half size only if the crop still has twice the portrait's pixels


@dataclass(frozen=True)
class SubjectGeometry:
    """A decoded shot, its one face, the approximate top row of the hair, and the roll correction."""

    decode_request: DecodeRequest
    picture: Picture
    face: Face
    crown: float
    roll_correction: RollCorrection

    def head(self, crown: float) -> Head:
        """Return the head in the rotated picture, in which its hair begins at row `crown`."""
        return head_of_face(self.roll_correction.rotate(self.face), crown, self.roll_correction.angle)

    def corrected_row(self, row: float) -> float:
        """Return a row of the picture, at the middle of the face, as a row of the rotated picture."""
        return self.roll_correction.rotate_row(face_centre_x(self.face), row)

    def head_region(self, scale: float) -> Crop:
        """Return the part with head, shoulders and some backdrop on either side, as far as the picture has them, in
        whole pixels."""
        reach, (width, height) = self.face.width, self.picture.size
        left, right = (
            max(0.0, face_centre_x(self.face) - 1.5 * reach),
            min(width, face_centre_x(self.face) + 1.5 * reach),
        )
        top = max(0.0, min(self.crown, float(self.face.forehead[1])) - 0.6 * reach)
        bottom = min(height, float(self.face.chin[1]) + reach)
        return Crop(round(left), round(top), round(right - left), round(bottom - top), scale)


@dataclass(frozen=True)
class SearchedShot:
    """A decoded shot, upright by its EXIF orientation alone, and the people in it."""

    picture: Picture
    detections: Detections

    @classmethod
    def of(cls, shot: bytes, min_short_side: int, finder: FaceFinder) -> SearchedShot:
        """Decode the shot and find faces and person. Raises what `decode` raises."""
        picture = decode(shot, min_short_side=min_short_side)
        return cls(picture, finder.find(picture.pixels))


class SitterSearch:
    """Searches stills for the sitter first; the search for people behind may run later, alongside other work."""

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self._pending: list[Callable[[], bool]] = []

    def find(self, pixels: Pixels) -> Detections:
        """Like FaceFinder.find, without the faces that `has_bystanders` will find."""
        detections, search = self._finder.find_sitter(pixels)
        self._pending.append(search)
        return detections

    @cached_property
    def has_bystanders(self) -> bool:
        """Whether a picture searched so far shows more faces."""
        return any(search() for search in self._pending)


def analyze_shot(
    shot: bytes,
    standard: PhotoStandard,
    finder: FaceFinder,
    searched: SearchedShot | None = None,
    find: Callable[[Pixels], Detections] | None = None,
) -> SubjectGeometry:
    """Return the one face of a shot (the bytes of its file), decoded at a fraction of its size if that has enough
    pixels. If this is the picture of `searched`, an earlier search of the same shot, it is not searched again.
    `find` is the search, by default that of `finder`.

    A picture that is on its side or upside down is turned if the standard allows it. Raises PhotoProblem: what
    `decode` raises, photo.part_lost, photo.no_face, photo.two_faces, photo.no_person, else what `rotation_problem`
    returns; and Problem where the standard does not allow its colours to be converted.
    """
    find, min_size = find or finder.find, (standard.output.width, standard.output.height)
    decode_request = DecodeRequest(min_size, _PIXEL_RESERVE * min_size[1])
    if searched is not None and not decode_request.gives(searched.picture, shot):
        searched = None
    picture = searched.picture if searched else decode_request.decode(shot)
    if picture.profile not in ("none", "unreadable") and not picture.profile.startswith("sRGB"):
        standard.require(Operation.COLOUR_MANAGEMENT)
    if percent := lost_percent(picture.pixels):
        raise PhotoProblem("photo.part_lost", percent=percent)
    detections = searched.detections if searched else find(picture.pixels)
    while picture.reduction > 1 and not _has_enough_pixels(detections, standard):
        decode_request = DecodeRequest(min_size, 2 * (decode_request.min_short_side or 1))
        picture = decode_request.decode(shot)
        detections = find(picture.pixels)
    turns = quarter_turns(picture.pixels, detections, finder)
    if turns:
        if not standard.permits(Operation.ROTATE):
            raise rotation_problem(turns)
        decode_request = replace(decode_request, quarter_turns=turns)
        picture = decode_request.decode(shot)
        detections = find(picture.pixels)
    face = _single_face(detections)
    return SubjectGeometry(
        decode_request, picture, face, _mask_crown(detections, face), RollCorrection.for_face(face, standard)
    )


def _has_enough_pixels(detections: Detections, standard: PhotoStandard) -> bool:
    """Return whether the face has twice the pixels of the portrait."""
    return bool(detections.faces) and detections.faces[0].width >= _PIXEL_RESERVE * target_face_width(standard)


def _single_face(detections: Detections) -> Face:
    if not detections.faces:
        raise PhotoProblem("photo.no_face")
    if len(detections.faces) > 1:
        raise PhotoProblem("photo.two_faces", count=len(detections.faces))
    return detections.faces[0]


def _mask_crown(detections: Detections, face: Face) -> float:
    """Return the crown of the person mask, within some pixels (p95 5.7 px at portrait size); the matte is more
    exact."""
    if detections.person is None:
        raise PhotoProblem("photo.no_person")
    zoom = detections.person.shape[0] / detections.size[1]
    at = find_crown(detections.person, face_centre_x(face) * zoom, face.width * zoom, float(face.eyes[1]) * zoom)
    if at is None:
        raise PhotoProblem("photo.no_person")
    return at / zoom
