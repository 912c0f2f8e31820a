"""The retouch guard: detect whether the face of a student's portrait was changed since the engine made it.

Edges, background and clothes may be retouched; eyes, skin, nose, mouth, brows and the outline of the face may not. The
engine's own portrait is aligned with the retouched one (a small shift or another scale of the whole picture is
legitimate) and saved with that file's tables; remaining differences inside the face are retouching.
kiosk.capture.retouch.face_region defines the face; config/settings/retouch.toml contains every limit and its source.

It does not detect: changes below the limits, retouching of hair (allowed), a change of the outline that is hidden in
the cut-out's edge of 2 to 3 px, and changes before the engine made its own portrait.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2
from config.settings.retouch import RetouchLimits, retouch_limits
from config.similarity import Similarity, fit_similarity
from kiosk.capture.image_io.decode import decode
from kiosk.capture.retouch.face_region import FaceRegion, find_face_region
from kiosk.capture.retouch.findings import Finding, find_changes, outcome_for, severity_map, worst_outcome
from kiosk.capture.retouch.metrics import likeness, measure_differences
from kiosk.capture.retouch.recompression import read_jpeg_settings
from kiosk.capture.retouch.registration import register
from kiosk.capture.retouch.resave_simulation import align_to, box_around, simulate_resave
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.landmarks import Face, FaceFinder
from kiosk.guidance.verdict import Outcome

_ANCHOR_LANDMARKS: Final = (
    33,
    133,
    362,
    263,
    1,
    4,
    61,
    291,
    105,
    334,
    6,
    168,
)  # mesh points that locate a face
_MIN_LIKENESS: Final = 0.9  # likeness of one face to itself, however it was saved
_MARGIN_UNITS: Final = 24  # units of a 200th of the face's width: the cut round face and neck


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result of the guard for a retouched portrait.

    `verdict` is the worst of the findings, PASS without any. `saved` describes the compression of the retouched file;
    `place` maps pixels of the own portrait to those of the retouched one. `map` is float32 (h, w) over the retouched
    picture: 0 as expected, 1 for a review, 2 and more for a change. `figures` are the metrics of the whole face, by the
    names in retouch.toml.
    """

    verdict: Outcome
    findings: tuple[Finding, ...]
    saved: str
    place: Similarity
    figures: dict[str, float]
    map: NDArray[np.float32] = field(repr=False)


def compare(own: bytes, retouched: bytes, finder: FaceFinder, limits: RetouchLimits | None = None) -> Comparison:
    """Compare the file `retouched` with the engine's `own` portrait of the same student.

    Raises PhotoProblem if either is no picture, or the own one does not show exactly one face.
    """
    bounds = limits or retouch_limits()
    mine, theirs = decode(own).pixels, decode(retouched).pixels
    face = _single_face(mine, finder)
    their_faces = finder.find(theirs).faces
    saved_as = read_jpeg_settings(retouched)
    if not their_faces:
        return _early_result(Finding.whole_picture("no_face", 0, 1, Outcome.FAIL, theirs), str(saved_as), theirs)
    region = find_face_region(mine, face)
    anchors = list(_ANCHOR_LANDMARKS)
    start = fit_similarity(face.points[anchors, :2], their_faces[0].points[anchors, :2])
    transform = register(_grey(mine), _grey(theirs), region.face, start)
    placed_region = region.warp(transform.matrix, (theirs.shape[1], theirs.shape[0]), transform.scale)
    aligned = align_to(mine, theirs, transform, placed_region.face)
    alike = likeness(aligned, theirs, placed_region.face, placed_region.width / 200)
    if bounds.likeness.excess(alike) >= 2:
        kind = "mirrored" if _is_mirrored(mine, theirs, face, their_faces[0], region) else "person"
        finding = Finding.whole_picture(kind, alike, bounds.likeness.reject_from, Outcome.FAIL, theirs)
        return _early_result(finding, str(saved_as), theirs, transform)
    keep = placed_region.face | placed_region.outer
    box = box_around(keep, round(_MARGIN_UNITS * placed_region.width / 200))
    part = placed_region.crop(box)
    before, now = box.crop(aligned), box.crop(theirs)
    expected = simulate_resave(before, now, box.crop(keep), part.face, saved_as)
    differences = measure_differences(before, expected, now, part)
    findings = (
        *_whole_picture_findings(mine, theirs, transform, alike, bounds),
        *find_changes(differences, part, box, bounds),
    )
    heat = np.zeros(theirs.shape[:2], np.float32)
    box.crop(heat)[:] = severity_map(differences, part, bounds)
    figures = {"likeness": alike, **differences.figures}
    return Comparison(worst_outcome(findings), findings, str(saved_as), transform, figures, heat)


def _whole_picture_findings(
    mine: Pixels, theirs: Pixels, transform: Similarity, alike: float, limits: RetouchLimits
) -> tuple[Finding, ...]:
    """Return the changes of the whole picture: another size, a rotation, a face that is hardly the same."""
    changes = []
    if mine.shape != theirs.shape:
        changes.append(Finding.whole_picture("size", theirs.shape[1], mine.shape[1], Outcome.UNSURE, theirs))
    for kind, limit, value in (
        ("rotated", limits.rotation, abs(transform.roll)),
        ("person", limits.likeness, alike),
    ):
        if excess := limit.excess(value):
            changes.append(Finding.whole_picture(kind, value, limit.review_from, outcome_for(excess), theirs))
    return tuple(changes)


def _early_result(finding: Finding, saved: str, theirs: Pixels, transform: Similarity | None = None) -> Comparison:
    """Return a comparison that ended with one finding."""
    heat = np.full(theirs.shape[:2], 2, np.float32)
    return Comparison(finding.outcome, (finding,), saved, transform or Similarity(1, 0, 0, 0), {}, heat)


def _single_face(pixels: Pixels, finder: FaceFinder) -> Face:
    faces = finder.find(pixels).faces
    if not faces:
        raise PhotoProblem("photo.no_face")
    if len(faces) > 1:
        raise PhotoProblem("photo.two_faces", count=len(faces))
    return faces[0]


def _is_mirrored(mine: Pixels, theirs: Pixels, face: Face, their_face: Face, region: FaceRegion) -> bool:
    """Return whether the retouched face matches after mirroring."""
    back = np.ascontiguousarray(theirs[:, ::-1])
    points = np.array([their_face.left_eye, their_face.right_eye, their_face.nose, their_face.chin])
    points = points * (-1, 1) + (theirs.shape[1] - 1, 0)
    own = np.array([face.right_eye, face.left_eye, face.nose, face.chin])
    place = register(_grey(mine), _grey(back), region.face, fit_similarity(own, points.astype(np.float32)))
    fitted = region.warp(place.matrix, (back.shape[1], back.shape[0]), place.scale)
    return likeness(align_to(mine, back, place, fitted.face), back, fitted.face, fitted.width / 200) > _MIN_LIKENESS


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)
