"""The retouch guard: was the face of a student's portrait changed since the engine made it?

Edges, background and clothes may be retouched; eyes, skin, nose, mouth, brows and the outline of the face may not. The
own portrait is laid exactly over the retouched one (a small shift or another scale of the whole picture is honest) and
saved with that file's own tables; what then still differs inside the face was done by somebody. What counts as face:
kiosk.capture.retouch.face_region. Every limit, and where it was measured: config/settings/retouch.toml.

It cannot see: changes fainter than the limits, retouching of hair (allowed), a change of the outline that the cut-out's
edge of 2 to 3 px hides, and anything done before the engine's own portrait.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from config.settings.retouch import RetouchLimits, retouch_limits
from kiosk.capture.image_io.decode import Pixels, decode
from kiosk.capture.retouch.expected import box_around, expected, laid
from kiosk.capture.retouch.face_region import FaceRegion, face_region
from kiosk.capture.retouch.findings import Finding, findings, outcome, pictured, worst
from kiosk.capture.retouch.metrics import likeness, measured
from kiosk.capture.retouch.recompression import saving
from kiosk.capture.retouch.registration import Similarity, from_points, register
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.landmarks import Face, FaceFinder
from kiosk.guidance.verdict import Outcome

_STEADY: Final = (33, 133, 362, 263, 1, 4, 61, 291, 105, 334, 6, 168)  # mesh points that tell where a face lies
_FITS: Final = 0.9  # likeness of one face to itself, however it was saved
_AROUND: Final = 24  # units of a 200th of the face's width: the cut round face and neck


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the guard says of a retouched portrait.

    `verdict` is the worst of the findings, PASS without any. `saved` is how the retouched file was saved; `place` leads
    from the own pixels to the retouched ones. `map` is float32 (h, w) over the retouched picture: 0 as expected, 1 a
    person should look, 2 and more changed. `figures` are the measures of the whole face, by the names in retouch.toml.
    """

    verdict: Outcome
    findings: tuple[Finding, ...]
    saved: str
    place: Similarity
    figures: dict[str, float]
    map: NDArray[np.float32] = field(repr=False)


def compare(own: bytes, retouched: bytes, finder: FaceFinder, limits: RetouchLimits | None = None) -> Comparison:
    """Compares the file `retouched` with the engine's `own` portrait of the same student.

    Raises PhotoProblem where either is no picture, or the own one shows no single face.
    """
    bounds = limits or retouch_limits()
    mine, theirs = decode(own).pixels, decode(retouched).pixels
    face = _only_face(mine, finder)
    seen = finder.find(theirs).faces
    saved = saving(retouched)
    if not seen:
        return _told(Finding.whole("no_face", 0, 1, Outcome.FAIL, theirs), str(saved), theirs)
    region = face_region(mine, face)
    start = from_points(face.points[list(_STEADY), :2], seen[0].points[list(_STEADY), :2])
    place = register(_grey(mine), _grey(theirs), region.face, start)
    placed_region = region.moved(place.matrix, (theirs.shape[1], theirs.shape[0]), place.scale)
    placed = laid(mine, theirs, place, placed_region.face)
    alike = likeness(placed, theirs, placed_region.face, placed_region.width / 200)
    if bounds.likeness.excess(alike) >= 2:
        kind = "mirrored" if _is_mirrored(mine, theirs, face, seen[0], region) else "person"
        told = Finding.whole(kind, alike, bounds.likeness.refuse, Outcome.FAIL, theirs)
        return _told(told, str(saved), theirs, place)
    keep = placed_region.face | placed_region.outer
    box = box_around(keep, round(_AROUND * placed_region.width / 200))
    part = placed_region.within(box)
    before, now = box.of(placed), box.of(theirs)
    should = expected(before, now, box.of(keep), part.face, saved)
    differs = measured(before, should, now, part)
    found = (*_of_the_whole(mine, theirs, place, alike, bounds), *findings(differs, part, box, bounds))
    heat = np.zeros(theirs.shape[:2], np.float32)
    box.of(heat)[:] = pictured(differs, part, bounds)
    figures = {"likeness": alike, **differs.figures}
    return Comparison(worst(found), found, str(saved), place, figures, heat)


def _of_the_whole(
    mine: Pixels, theirs: Pixels, place: Similarity, alike: float, limits: RetouchLimits
) -> tuple[Finding, ...]:
    """What was done to the picture as a whole: another size, turned, hardly the same face."""
    told = []
    if mine.shape != theirs.shape:
        told.append(Finding.whole("size", theirs.shape[1], mine.shape[1], Outcome.UNSURE, theirs))
    for kind, limit, value in (
        ("rotated", limits.rotation, abs(place.rotation)),
        ("person", limits.likeness, alike),
    ):
        if excess := limit.excess(value):
            told.append(Finding.whole(kind, value, limit.unsure, outcome(excess), theirs))
    return tuple(told)


def _told(finding: Finding, saved: str, theirs: Pixels, place: Similarity | None = None) -> Comparison:
    """A comparison that ended at once."""
    heat = np.full(theirs.shape[:2], 2, np.float32)
    return Comparison(finding.outcome, (finding,), saved, place or Similarity(1, 0, 0, 0), {}, heat)


def _only_face(pixels: Pixels, finder: FaceFinder) -> Face:
    faces = finder.find(pixels).faces
    if not faces:
        raise PhotoProblem("photo.no_face")
    if len(faces) > 1:
        raise PhotoProblem("photo.two_faces", count=len(faces))
    return faces[0]


def _is_mirrored(mine: Pixels, theirs: Pixels, face: Face, seen: Face, region: FaceRegion) -> bool:
    """Whether the retouched face fits when it is turned back."""
    back = np.ascontiguousarray(theirs[:, ::-1])
    points = np.array([seen.left_eye, seen.right_eye, seen.nose, seen.chin]) * (-1, 1) + (theirs.shape[1] - 1, 0)
    own = np.array([face.right_eye, face.left_eye, face.nose, face.chin])
    place = register(_grey(mine), _grey(back), region.face, from_points(own, points.astype(np.float32)))
    fitted = region.moved(place.matrix, (back.shape[1], back.shape[0]), place.scale)
    return likeness(laid(mine, back, place, fitted.face), back, fitted.face, fitted.width / 200) > _FITS


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)
