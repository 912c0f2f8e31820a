"""The crop of a shot and its matte, which depend on each other: the matte shows the crown, from which the crop
follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import FloatImage
from config.standards.registry import PhotoStandard, Stage
from kiosk.capture.cropping.extension import cut_edges
from kiosk.capture.cropping.infeasibility import explain_cut
from kiosk.capture.cropping.solver import Crop, Head, solve, target_face_width
from kiosk.capture.cropping.subject import SubjectGeometry, head_of_face
from kiosk.capture.matting.extended_crop import extend_matte, extract_part_within
from kiosk.capture.matting.matte import Matte, extract_crop
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.crown import find_crown

_MAX_ITERATIONS: Final = 3  # how often the crop may be solved again with the crown of the matte

MatteFunction = Callable[[FloatImage], Matte]
"""Returns the matte of a picture, float32 (h, w, 3) sRGB 0..1. Raises PhotoProblem if it shows nobody."""


@dataclass(frozen=True)
class MattedCrop:
    """The crop of `head`, its matte, the row of the portrait at which the matte shows the crown, and the edges of the
    picture at which background would be added although the person may be cut off there."""

    head: Head
    crop: Crop
    matte: Matte = field(repr=False)
    crown: float | None
    cut: tuple[str, ...]


def find_matted_crop(subject: SubjectGeometry, standard: PhotoStandard, compute_matte: MatteFunction) -> MattedCrop:
    """Return the crop that keeps the rules of `standard`, with its matte. Raises PhotoProblem if there is none."""
    crown_row = _initial_crown(subject, standard, compute_matte)
    for _ in range(_MAX_ITERATIONS):
        result = _crop_and_matte(subject, crown_row, standard, compute_matte)
        if result.crown is None or _is_crown_in_band(result.crown, standard):
            break
        crown_row = result.crop.top + result.crown / result.crop.scale
    if result.cut:
        raise explain_cut(result.cut, result.crop.extension, result.head, subject.picture.size, standard)
    return result


def _initial_crown(subject: SubjectGeometry, standard: PhotoStandard, compute_matte: MatteFunction) -> float:
    """Return the crown for the first crop. The crown of the mask is enough if it leads to a crop, because the matte of
    that crop corrects it. A refusal is final, and therefore uses the crown of a matte."""
    crown_row = subject.corrected_row(subject.crown)
    try:
        solve(subject.head(crown_row), subject.picture.size, standard, may_extend=True)
    except PhotoProblem:
        return subject.corrected_row(_crown_from_matte(subject, target_face_width(standard), compute_matte))
    return crown_row


def _crown_from_matte(subject: SubjectGeometry, face_width: float, compute_matte: MatteFunction) -> float:
    """Return the crown in a matte of the surroundings of the head, at the portrait's scale; if there is none, that of
    the mask."""
    region = subject.head_region(min(1.0, face_width / subject.face.width))
    size = (max(1, round(region.width * region.scale)), max(1, round(region.height * region.scale)))
    image = extract_crop(subject.picture.pixels, region, size)
    try:
        matte = compute_matte(image)
    except PhotoProblem:
        return subject.crown
    placed = region.to_portrait(head_of_face(subject.face, subject.crown))
    row = find_crown(matte.alpha, placed.centre, placed.width, placed.eyes)
    return subject.crown if row is None else region.top + row / region.scale


def _crop_and_matte(
    subject: SubjectGeometry, crown_row: float, standard: PhotoStandard, compute_matte: MatteFunction
) -> MattedCrop:
    head = subject.head(crown_row)
    crop = solve(head, subject.picture.size, standard, may_extend=True)
    part = extract_part_within(subject.picture.pixels, crop, (standard.output.width, standard.output.height))
    matte_within = compute_matte(part)
    matte = extend_matte(matte_within, crop.extension)
    placed = crop.to_portrait(head)
    crown = find_crown(matte.alpha, placed.centre, placed.width, placed.eyes)
    cut = cut_edges(matte_within.alpha, crop.extension, standard.extension) if standard.extension else ()
    return MattedCrop(head, crop, matte, crown, cut)


def _is_crown_in_band(crown_row: float, standard: PhotoStandard) -> bool:
    rules = [rule for rule in standard.rules_for(Stage.PORTRAIT).values() if rule.metric == "hair_top"]
    return all((r.min or 0) + r.tolerance <= crown_row <= (r.max or np.inf) - r.tolerance for r in rules)
