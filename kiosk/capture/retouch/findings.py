"""The findings in maps of differences: kind, region, strength and box of each change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from config.arrays import Mask, Pixels, Plane
from config.opencv import cv2
from config.settings.retouch import Limit, RetouchLimits
from kiosk.capture.retouch.face_region import PLACES, FaceRegion
from kiosk.capture.retouch.metrics import DifferenceMaps
from kiosk.capture.retouch.resave_simulation import Box
from kiosk.guidance.verdict import Outcome

_MAX_SPOT_WIDTH: Final = 0.15  # of the face's width
_WHOLE_FACE_SHARE: Final = 0.35  # of the face's area: a larger change counts as one of the whole face
_MIN_REGION_PX: Final = 6  # pixels
_MIN_EXPLAINED_SHARE: Final = 0.4  # of the difference: above, the change counts as a movement
_MIN_KEPT_TEXTURE: Final = 0.95  # share of texture that hair and clothes keep if the file is only saved again
_ELSEWHERE_TOLERANCE: Final = 0.12  # share of texture by which softened skin may keep less than hair and clothes


@dataclass(frozen=True)
class Finding:
    """One change. The message of `kind` is `retouch.<kind>`, that of `place` is `retouch.place.<place>`;
    `value` against `limit` (see retouch.toml); `box` in pixels of the retouched picture: left, top, right, bottom."""

    kind: str
    place: str
    value: float
    limit: float
    outcome: Outcome
    box: tuple[int, int, int, int]

    @classmethod
    def whole_picture(cls, kind: str, value: float, limit: float, outcome: Outcome, picture: Pixels) -> Finding:
        return cls(kind, "picture", float(value), float(limit), outcome, (0, 0, picture.shape[1], picture.shape[0]))


def outcome_for(excess: float) -> Outcome:
    return Outcome.FAIL if excess >= 2 else Outcome.UNSURE if excess >= 1 else Outcome.PASS


def worst_outcome(findings: tuple[Finding, ...]) -> Outcome:
    outcomes = {finding.outcome for finding in findings}
    return next((one for one in (Outcome.FAIL, Outcome.UNSURE) if one in outcomes), Outcome.PASS)


def find_changes(
    differences: DifferenceMaps, region: FaceRegion, box: Box, limits: RetouchLimits
) -> tuple[Finding, ...]:
    """Return the findings in the part of the picture at `box`, worst first, one per kind and region."""
    ratios = _limit_ratios(differences, region, limits)
    ranked = [
        *_local_findings(differences, ratios, region, box, limits),
        *_whole_skin_findings(differences, region, box, limits),
    ]
    ranked = _merge_softened(ranked, differences, region, box) + _outer_findings(differences, box, limits)
    worst: dict[tuple[str, str], RankedFinding] = {}
    for excess, finding in ranked:
        key = (finding.kind, finding.place)
        if key not in worst or worst[key][0] < excess:
            worst[key] = (excess, finding)
    ordered = sorted(worst.values(), key=lambda pair: -pair[0])
    return tuple(finding for _, finding in _drop_redundant(ordered))


def severity_map(differences: DifferenceMaps, region: FaceRegion, limits: RetouchLimits) -> Plane:
    """Return 0 as expected, 1 for a review, 2 and more for a change."""
    heat = np.max(list(_limit_ratios(differences, region, limits).values()), 0)
    outer = np.minimum(_ratio(differences.outer, limits.outer), 1.5)
    return np.asarray(np.maximum(heat, outer), np.float32)


RankedFinding = tuple[float, Finding]


def _limit_ratios(differences: DifferenceMaps, region: FaceRegion, limits: RetouchLimits) -> dict[str, Plane]:
    smoother = np.maximum(
        _ratio(differences.fine, limits.local_fine_texture), _ratio(differences.coarse, limits.local_coarse_texture)
    )
    return {
        "shape": _ratio(differences.moved, limits.shape),
        "spot": _ratio(differences.spot, limits.spot),
        "patch": _ratio(differences.patch, limits.patch),
        "smoothed": np.where(region.skin, smoother, 0),
        "sharpened": np.where(region.skin, _ratio(differences.fine, limits.local_sharpening), 0),
    }


def _ratio(values: Plane, limit: Limit) -> Plane:
    """Return 0 for no difference, 1 at `review_from`, 2 at `reject_from`, linear in between and beyond."""
    none = 1.0 if limit.unit == "share" else 0.0
    way = (values - none) / (limit.review_from - none)
    beyond = 1 + (values - limit.review_from) / (limit.reject_from - limit.review_from)
    return np.asarray(np.clip(np.where(way < 1, way, beyond), 0, 9), np.float32)


def _local_findings(
    differences: DifferenceMaps, ratios: dict[str, Plane], region: FaceRegion, box: Box, limits: RetouchLimits
) -> list[RankedFinding]:
    """Return the local changes. A movement changes colour and texture as well, and paint changes texture; a change that
    one kind explains is not reported as another."""
    moved = (ratios["shape"] >= 1) & (differences.explained > _MIN_EXPLAINED_SHARE)
    painted = np.maximum(ratios["spot"], ratios["patch"])
    colour = np.where(moved, 0, painted)
    rest = cv2.dilate(((painted >= 1) | (ratios["shape"] >= 1)).astype(np.uint8), np.ones((5, 5))) > 0
    graded = []
    for where in _regions(np.where(moved, ratios["shape"], 0)):
        graded.append(_rank("shape", where, ratios["shape"], differences.moved, limits.shape, region, box))
    for where in _regions(colour):
        spot = np.where(where, differences.spot, 0) >= limits.spot.review_from
        kind = "spot" if spot.any() and _is_small(where, region) else _tone_kind(differences, where)
        values, limit = (differences.spot, limits.spot) if spot.any() else (differences.patch, limits.patch)
        graded.append(_rank(kind, where, colour, values, limit, region, box))
    for where in _regions(np.where(rest, 0, ratios["smoothed"])):
        fine = limits.local_fine_texture.excess(float(differences.fine[where].min())) > 0
        values, limit = (
            (differences.fine, limits.local_fine_texture) if fine else (differences.coarse, limits.local_coarse_texture)
        )
        graded.append(_rank("smoothed", where, ratios["smoothed"], values, limit, region, box))
    for where in _regions(np.where(rest, 0, ratios["sharpened"])):
        graded.append(
            _rank("sharpened", where, ratios["sharpened"], differences.fine, limits.local_sharpening, region, box)
        )
    return graded


def _regions(excess: Plane) -> list[Mask]:
    """Return the connected areas in which a limit is exceeded."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((excess >= 1).astype(np.uint8), connectivity=8)
    return [labels == k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _MIN_REGION_PX]


def _rank(
    kind: str, mask: Mask, ratio: Plane, values: Plane, limit: Limit, region: FaceRegion, box: Box
) -> RankedFinding:
    top = np.unravel_index(int(np.argmax(np.where(mask, ratio, -1))), mask.shape)
    value = float(values[mask].min() if limit.reject_from < limit.review_from else values[mask].max())
    excess = float(ratio[top])
    return excess, Finding(
        kind, _place_name(mask, top, region), value, limit.review_from, outcome_for(excess), _bounding_box(mask, box)
    )


def _tone_kind(differences: DifferenceMaps, mask: Mask) -> str:
    lightness, colour = float(differences.lightness[mask].mean()), float(differences.colour[mask].mean())
    return "coloured" if colour > abs(lightness) else "lightened" if lightness > 0 else "darkened"


def _is_small(mask: Mask, region: FaceRegion) -> bool:
    rows, columns = np.nonzero(mask)
    return bool(max(np.ptp(rows), np.ptp(columns)) < _MAX_SPOT_WIDTH * region.width)


def _place_name(mask: Mask, top: tuple[np.intp, ...], region: FaceRegion) -> str:
    if mask.sum() > _WHOLE_FACE_SHARE * region.face.sum():
        return "face"
    place = int(region.places[top])
    return PLACES[place - 1] if place else "face"


def _whole_skin_findings(
    differences: DifferenceMaps, region: FaceRegion, box: Box, limits: RetouchLimits
) -> list[RankedFinding]:
    """Return the changes that are too weak locally but clear over the whole skin."""
    figures = differences.figures
    tone = (
        "coloured"
        if abs(figures["tone_lightness"]) < 0.7 * figures["tone"]
        else ("lightened" if figures["tone_lightness"] > 0 else "darkened")
    )
    rows = (
        (tone, figures["tone"], limits.tone),
        ("smoothed", figures["fine"], limits.fine_texture),
        ("smoothed", figures["coarse"], limits.coarse_texture),
        ("sharpened", figures["fine"], limits.sharpening),
    )
    graded = []
    for kind, value, limit in rows:
        if excess := limit.excess(value):
            finding = Finding(
                kind, "face", value, limit.review_from, outcome_for(excess), _bounding_box(region.face, box)
            )
            graded.append((excess, finding))
    return graded


def _merge_softened(
    ranked: list[RankedFinding], differences: DifferenceMaps, region: FaceRegion, box: Box
) -> list[RankedFinding]:
    """Merge the findings if hair and clothes lost as much detail as the skin: then the whole picture was softened,
    which a person reviews."""
    skin, elsewhere = differences.figures["fine"], differences.figures["elsewhere"]
    smoothed = [finding for _, finding in ranked if finding.kind == "smoothed"]
    if not smoothed or elsewhere > min(skin + _ELSEWHERE_TOLERANCE, _MIN_KEPT_TEXTURE):
        return ranked
    softened = Finding(
        "softened", "picture", elsewhere, _MIN_KEPT_TEXTURE, Outcome.UNSURE, _bounding_box(region.face, box)
    )
    return [pair for pair in ranked if pair[1].kind != "smoothed"] + [(1.0, softened)]


def _outer_findings(differences: DifferenceMaps, box: Box, limits: RetouchLimits) -> list[RankedFinding]:
    """Return findings on skin outside the oval, which a person reviews at any strength."""
    graded = []
    for where in _regions(np.where(differences.outer >= limits.outer.review_from, 1, 0).astype(np.float32)):
        value = float(differences.outer[where].max())
        graded.append(
            (1.0, Finding("outer", "outer", value, limits.outer.review_from, Outcome.UNSURE, _bounding_box(where, box)))
        )
    return sorted(graded, key=lambda pair: pair[1].value)


def _drop_redundant(ordered: list[RankedFinding]) -> list[RankedFinding]:
    """Remove findings on parts of the face that repeat one on the whole face."""
    whole = {finding.kind for _, finding in ordered if finding.place == "face"}
    return [pair for pair in ordered if pair[1].place in ("face", "outer") or pair[1].kind not in whole]


def _bounding_box(mask: Mask, box: Box) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    left, top = int(columns.min()) + box.left, int(rows.min()) + box.top
    return left, top, int(columns.max()) + box.left + 1, int(rows.max()) + box.top + 1
