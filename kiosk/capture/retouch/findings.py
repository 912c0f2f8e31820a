"""Maps of differences -> findings: what was done, where, how strongly, each with its box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.opencv import cv2
from config.settings.retouch import Limit, RetouchLimits
from kiosk.capture.image_io.decode import Pixels
from kiosk.capture.retouch.expected import Box
from kiosk.capture.retouch.face_region import PLACES, FaceRegion
from kiosk.capture.retouch.metrics import Measured
from kiosk.guidance.verdict import Outcome

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SMALL: Final = 0.15  # of the face's width: a larger spot is no spot
_WIDE: Final = 0.35  # of the face's area: what covers more is the whole face
_LEAST: Final = 6  # pixels
_EXPLAINED: Final = 0.4  # of the difference: then it was moved rather than painted
_WHOLE: Final = 0.95  # share of texture that hair and clothes keep when only saved
_AS_ELSEWHERE: Final = 0.12  # share of texture: skin that lost no more than hair and clothes was not smoothed by itself


@dataclass(frozen=True)
class Finding:
    """One thing that was done. `kind` has the sentence `retouch.<kind>`, `place` the words `retouch.place.<place>`;
    `value` against `limit` (see retouch.toml); `box` in pixels of the retouched picture: left, top, right, bottom."""

    kind: str
    place: str
    value: float
    limit: float
    outcome: Outcome
    box: tuple[int, int, int, int]

    @classmethod
    def whole(cls, kind: str, value: float, limit: float, outcome: Outcome, picture: Pixels) -> Finding:
        return cls(kind, "picture", float(value), float(limit), outcome, (0, 0, picture.shape[1], picture.shape[0]))


def outcome(excess: float) -> Outcome:
    return Outcome.FAIL if excess >= 2 else Outcome.UNSURE if excess >= 1 else Outcome.PASS


def worst(found: tuple[Finding, ...]) -> Outcome:
    outcomes = {finding.outcome for finding in found}
    return next((one for one in (Outcome.FAIL, Outcome.UNSURE) if one in outcomes), Outcome.PASS)


def findings(told: Measured, region: FaceRegion, box: Box, limits: RetouchLimits) -> tuple[Finding, ...]:
    """The findings in a cut of the picture at `box`, the gravest first, one of a kind and place."""
    ratios = _ratios(told, region, limits)
    found = [*_local(told, ratios, region, box, limits), *_of_the_skin(told, region, box, limits)]
    found = _softened(found, told, region, box) + _outer(told, box, limits)
    grave: dict[tuple[str, str], Graded] = {}
    for excess, finding in found:
        key = (finding.kind, finding.place)
        if key not in grave or grave[key][0] < excess:
            grave[key] = (excess, finding)
    ordered = sorted(grave.values(), key=lambda pair: -pair[0])
    return tuple(finding for _, finding in _not_twice(ordered))


def pictured(told: Measured, region: FaceRegion, limits: RetouchLimits) -> Map:
    """0 as expected, 1 worth a look, 2 and more changed."""
    heat = np.max(list(_ratios(told, region, limits).values()), 0)
    outer = np.minimum(_ratio(told.outer, limits.outer), 1.5)
    return np.asarray(np.maximum(heat, outer), np.float32)


Graded = tuple[float, Finding]


def _ratios(told: Measured, region: FaceRegion, limits: RetouchLimits) -> dict[str, Map]:
    smoother = np.maximum(_ratio(told.fine, limits.fine_texture_here), _ratio(told.coarse, limits.coarse_texture_here))
    return {
        "shape": _ratio(told.moved, limits.shape),
        "spot": _ratio(told.spot, limits.spot),
        "patch": _ratio(told.patch, limits.patch),
        "smoothed": np.where(region.skin, smoother, 0),
        "sharpened": np.where(region.skin, _ratio(told.fine, limits.sharper_here), 0),
    }


def _ratio(values: Map, limit: Limit) -> Map:
    """0 at no difference, 1 at `unsure`, 2 at `refuse`, linear in between and beyond."""
    none = 1.0 if "texture" in limit.meaning or limit.unit == "share" else 0.0
    way = (values - none) / (limit.unsure - none)
    beyond = 1 + (values - limit.unsure) / (limit.refuse - limit.unsure)
    return np.asarray(np.clip(np.where(way < 1, way, beyond), 0, 9), np.float32)


def _local(told: Measured, ratios: dict[str, Map], region: FaceRegion, box: Box, limits: RetouchLimits) -> list[Graded]:
    """What was done in single places. A movement changes colour and texture as well, and paint changes texture: what
    one explains is not told again as another."""
    moved = (ratios["shape"] >= 1) & (told.explained > _EXPLAINED)
    painted = np.maximum(ratios["spot"], ratios["patch"])
    colour = np.where(moved, 0, painted)
    rest = cv2.dilate(((painted >= 1) | (ratios["shape"] >= 1)).astype(np.uint8), np.ones((5, 5))) > 0
    graded = []
    for where in _parts(np.where(moved, ratios["shape"], 0)):
        graded.append(_graded("shape", where, ratios["shape"], told.moved, limits.shape, region, box))
    for where in _parts(colour):
        spot = np.where(where, told.spot, 0) >= limits.spot.unsure
        kind = "spot" if spot.any() and _is_small(where, region) else _tone(told, where)
        values, limit = (told.spot, limits.spot) if spot.any() else (told.patch, limits.patch)
        graded.append(_graded(kind, where, colour, values, limit, region, box))
    for where in _parts(np.where(rest, 0, ratios["smoothed"])):
        fine = limits.fine_texture_here.excess(float(told.fine[where].min())) > 0
        values, limit = (told.fine, limits.fine_texture_here) if fine else (told.coarse, limits.coarse_texture_here)
        graded.append(_graded("smoothed", where, ratios["smoothed"], values, limit, region, box))
    for where in _parts(np.where(rest, 0, ratios["sharpened"])):
        graded.append(_graded("sharpened", where, ratios["sharpened"], told.fine, limits.sharper_here, region, box))
    return graded


def _parts(excess: Map) -> list[Mask]:
    """The connected places where something is in excess."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((excess >= 1).astype(np.uint8), connectivity=8)
    return [labels == k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _LEAST]


def _graded(kind: str, where: Mask, ratio: Map, values: Map, limit: Limit, region: FaceRegion, box: Box) -> Graded:
    top = np.unravel_index(int(np.argmax(np.where(where, ratio, -1))), where.shape)
    value = float(values[where].min() if limit.refuse < limit.unsure else values[where].max())
    excess = float(ratio[top])
    return excess, Finding(kind, _place(where, top, region), value, limit.unsure, outcome(excess), _box(where, box))


def _tone(told: Measured, where: Mask) -> str:
    lightness, colour = float(told.lightness[where].mean()), float(told.colour[where].mean())
    return "coloured" if colour > abs(lightness) else "lightened" if lightness > 0 else "darkened"


def _is_small(where: Mask, region: FaceRegion) -> bool:
    rows, columns = np.nonzero(where)
    return bool(max(np.ptp(rows), np.ptp(columns)) < _SMALL * region.width)


def _place(where: Mask, top: tuple[np.intp, ...], region: FaceRegion) -> str:
    if where.sum() > _WIDE * region.face.sum():
        return "face"
    place = int(region.places[top])
    return PLACES[place - 1] if place else "face"


def _of_the_skin(told: Measured, region: FaceRegion, box: Box, limits: RetouchLimits) -> list[Graded]:
    """What is too faint in any one place but plain over the whole skin."""
    figures = told.figures
    tone = (
        "coloured"
        if abs(figures["tone_lightness"]) < 0.7 * figures["tone"]
        else ("lightened" if figures["tone_lightness"] > 0 else "darkened")
    )
    rows = (
        (tone, figures["tone"], limits.tone),
        ("smoothed", figures["fine"], limits.fine_texture),
        ("smoothed", figures["coarse"], limits.coarse_texture),
        ("sharpened", figures["fine"], limits.sharper),
    )
    graded = []
    for kind, value, limit in rows:
        if excess := limit.excess(value):
            found = Finding(kind, "face", value, limit.unsure, outcome(excess), _box(region.face, box))
            graded.append((excess, found))
    return graded


def _softened(found: list[Graded], told: Measured, region: FaceRegion, box: Box) -> list[Graded]:
    """Where hair and clothes lost as much detail as the skin, the picture was softened as a whole: a question."""
    skin, elsewhere = told.figures["fine"], told.figures["elsewhere"]
    smoothed = [finding for _, finding in found if finding.kind == "smoothed"]
    if not smoothed or elsewhere > min(skin + _AS_ELSEWHERE, _WHOLE):
        return found
    one = Finding("softened", "picture", elsewhere, _WHOLE, Outcome.UNSURE, _box(region.face, box))
    return [pair for pair in found if pair[1].kind != "smoothed"] + [(1.0, one)]


def _outer(told: Measured, box: Box, limits: RetouchLimits) -> list[Graded]:
    """Skin beyond the oval: a question, however large the difference."""
    graded = []
    for where in _parts(np.where(told.outer >= limits.outer.unsure, 1, 0).astype(np.float32)):
        value = float(told.outer[where].max())
        graded.append((1.0, Finding("outer", "outer", value, limits.outer.unsure, Outcome.UNSURE, _box(where, box))))
    return sorted(graded, key=lambda pair: pair[1].value)


def _not_twice(ordered: list[Graded]) -> list[Graded]:
    """What is said of the whole face is not said again of its parts."""
    whole = {finding.kind for _, finding in ordered if finding.place == "face"}
    return [pair for pair in ordered if pair[1].place in ("face", "outer") or pair[1].kind not in whole]


def _box(where: Mask, box: Box) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(where)
    left, top = int(columns.min()) + box.left, int(rows.min()) + box.top
    return left, top, int(columns.max()) + box.left + 1, int(rows.max()) + box.top + 1
