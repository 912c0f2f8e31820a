"""The start of a repair: the crop of the shot, its matte, and the region of the face, which no stroke changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from config.arrays import FloatImage, Mask, Pixels
from kiosk.capture.matting.matte import Matte
from kiosk.capture.repair.matte_repair import repair_matte
from kiosk.capture.repair.spill import SpillHue, find_spill_hue
from kiosk.capture.repair.strokes import Strokes
from kiosk.capture.retouch.face_region import find_face_region
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.face import Face


@dataclass(frozen=True)
class RepairStart:
    """`image`: the crop, float32 (h, w, 3) sRGB 0..1; `portrait`: before any repair and compression; `face`: the
    protected region, bool (h, w); `hue`: the backdrop's, None where it is grey."""

    image: FloatImage = field(repr=False)
    matte: Matte = field(repr=False)
    portrait: Pixels = field(repr=False)
    face: Mask = field(repr=False)
    hue: SpillHue | None

    @staticmethod
    def of(image: FloatImage, matte: Matte, portrait: Pixels, faces: Sequence[Face]) -> RepairStart:
        """Find the region of the face and the hue. Raises PhotoProblem (photo.no_face, photo.two_faces): without a face
        nothing would be protected."""
        if not faces:
            raise PhotoProblem("photo.no_face")
        if len(faces) > 1:
            raise PhotoProblem("photo.two_faces", count=len(faces))
        region = find_face_region(portrait, faces[0])
        return RepairStart(image, matte, portrait, region.face, find_spill_hue(image, matte.alpha))

    def repair(self, strokes: Strokes) -> Matte:
        """Return the matte after `strokes`. Raises what `repair_matte` raises."""
        return repair_matte(self.image, self.matte, strokes, self.face, self.hue)
