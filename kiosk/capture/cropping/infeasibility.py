"""Explain why no crop exists: the smallest set of rules that conflict, and their violations in portrait pixels.

The edges of the picture and the ban on enlargement are fixed. By Helly's theorem at most four inequalities in origin
and scale prove that there is no crop, so all small sets of rules are tried, the smallest first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from config.i18n import Message
from config.standards.registry import PhotoStandard
from kiosk.capture.cropping.constraints import (
    EDGE_NAMES,
    Constraint,
    Head,
    constraint_matrix,
    crop_constraints,
    edge_rows,
)
from kiosk.capture.cropping.extension import Extension
from kiosk.capture.cropping.linear_inequalities import Rows, U, X, Y, bounds, eliminate, feasible
from kiosk.capture.types import PhotoProblem

_PRECISION_PX: Final = 1e-3  # px
_UNREACHABLE_PX: Final = 1e7  # larger than any picture: a rule other than the relaxed one prevents the crop
_ENLARGED: Final = "enlarged"
_NO_EDGES: Final[frozenset[str]] = frozenset()
_MIN_SCALE_ROW: Final = np.array([(0.0, 0.0, -1.0, -1e-3)])  # bound of the search for the required enlargement
_ALL_EDGES: Final = frozenset({*EDGE_NAMES, _ENLARGED})


@dataclass(frozen=True)
class InfeasibleSubset:
    """A smallest set of conflicting rules: without any one of them there is no conflict.

    `violations`: by how many portrait pixels each rule must be relaxed if it is the only one. `edges`: the edges of the
    picture that contribute, and "enlarged" where more pixels would help. `missing_px`: portrait pixels missing at those
    edges.
    """

    violations: dict[str, float]
    constraints: tuple[Constraint, ...]
    edges: frozenset[str]
    missing_px: float


@dataclass(frozen=True)
class _CropProblem:
    picture: tuple[int, int]
    output: tuple[int, int]
    angle: float

    def rows(self, constraints: Sequence[Constraint], active_edges: frozenset[str], slack_px: float = 0.0) -> Rows:
        """Return the constraints with the fixed edges, at which `slack_px` pixels may be missing."""
        all_edges = edge_rows(self.picture, self.output, self.angle, dict.fromkeys(active_edges, slack_px))
        keep = [edge in active_edges for edge in (*EDGE_NAMES, _ENLARGED)]
        return constraint_matrix(constraints, np.concatenate([all_edges[keep], _MIN_SCALE_ROW]))

    def is_feasible(self, constraints: Sequence[Constraint], active_edges: frozenset[str]) -> bool:
        return feasible(self.rows(constraints, active_edges))


def find_infeasible_subset(
    constraints: Sequence[Constraint], picture: tuple[int, int], output: tuple[int, int], angle: float
) -> InfeasibleSubset | None:
    """Return the smallest conflicting set, of several the one with the largest violation; None if there is a crop.

    Conflicts that no change of distance resolves come first: rules alone, then too few pixels, then the edges.
    """
    crop_problem = _CropProblem(picture, output, angle)
    if crop_problem.is_feasible(constraints, _ALL_EDGES):
        return None
    if not crop_problem.is_feasible((), _ALL_EDGES):
        return InfeasibleSubset({}, (), _ALL_EDGES, 0.0)  # the portrait has more pixels than the picture
    stages = (_NO_EDGES, frozenset({_ENLARGED}), frozenset(EDGE_NAMES), _ALL_EDGES)
    active_edges = next(edges for edges in stages if not crop_problem.is_feasible(constraints, edges))
    for size in range(len(constraints) + 1):
        subsets = combinations(constraints, size)
        infeasible = [each for each in subsets if not crop_problem.is_feasible(each, active_edges)]
        if infeasible:
            quantified = [_quantify(each, crop_problem, active_edges) for each in infeasible]
            return max(quantified, key=lambda one: min(one.violations.values(), default=0))
    raise AssertionError("the rules are infeasible only all together")


def _quantify(
    subset: Sequence[Constraint], crop_problem: _CropProblem, active_edges: frozenset[str]
) -> InfeasibleSubset:
    for edge in (_ENLARGED, "bottom", "top", "right", "left"):
        if not crop_problem.is_feasible(subset, active_edges - {edge}):
            active_edges -= {edge}
    violations = {}
    for n, band in enumerate(subset):
        rest = [*subset[:n], *subset[n + 1 :]]
        violations[band.rule] = _min_slack(
            lambda px, b=band, r=rest, e=active_edges: crop_problem.is_feasible([b.relax(px), *r], e)  # type: ignore[misc]
        )
    sides = active_edges - {_ENLARGED}
    missing = _min_slack(lambda px: feasible(crop_problem.rows(subset, active_edges, px))) if sides else 0.0
    return InfeasibleSubset(violations, tuple(subset), active_edges, missing)


def _min_slack(is_feasible: Callable[[float], bool]) -> float:
    """Return the smallest feasible slack, by bisection, because more slack is never worse; `_UNREACHABLE_PX` if no
    slack is feasible."""
    high = 1.0
    while not is_feasible(high):
        high *= 2
        if high > _UNREACHABLE_PX:
            return _UNREACHABLE_PX
    low = 0.0
    while high - low > _PRECISION_PX:
        middle = (low + high) / 2
        low, high = (low, middle) if is_feasible(middle) else (middle, high)
    return high


def explain(
    constraints: Sequence[Constraint], head: Head, picture: tuple[int, int], standard: PhotoStandard
) -> PhotoProblem:
    """Return the problem for the person who can act on it. Call only where there is no crop."""
    output = (standard.output.width, standard.output.height)
    subset = find_infeasible_subset(constraints, picture, output, head.angle)
    assert subset is not None, "there is a crop"
    if not subset.constraints:
        sizes = {"width": picture[0], "height": picture[1], "least_width": output[0], "least_height": output[1]}
        return PhotoProblem("photo.too_small", **sizes)
    values = {"conflict": _rule_names(subset), "misses": {rule: _ceil_px(px) for rule, px in subset.violations.items()}}
    sides = subset.edges - {_ENLARGED}
    if len(sides) == 1:
        return PhotoProblem(f"photo.room_{next(iter(sides))}", pixels=_ceil_px(subset.missing_px), **values)
    if sides:
        return PhotoProblem("photo.too_near", pixels=_ceil_px(len(sides) * subset.missing_px), **values)
    if _ENLARGED in subset.edges:
        return PhotoProblem(
            "photo.too_far", have=int(head.width), need=math.ceil(head.width * _required_growth(subset)), **values
        )
    hair = [subset.violations[band.rule] for band in subset.constraints if band.measure in ("hair_top", "head_height")]
    pixels = _ceil_px(min(hair or subset.violations.values()))
    return PhotoProblem(_hair_message_key(subset, head, standard), pixels=pixels, **values)


def explain_cut(
    edges: Sequence[str], extension: Extension, head: Head, picture: tuple[int, int], standard: PhotoStandard
) -> PhotoProblem:
    """Return the problem where background would complete the portrait, but the person may be cut off at one of `edges`.
    Call only where there is no crop within the picture."""
    problem = explain(crop_constraints(head, standard), head, picture, standard)
    if "top" not in edges:
        return problem
    values = {name: problem.values[name] for name in ("conflict", "misses")}
    return PhotoProblem("photo.hair_cut", pixels=extension.top, **values)


def _rule_names(subset: InfeasibleSubset) -> Message:
    rules = [Message(f"rule.{band.rule}") for band in subset.constraints]
    keys = ("photo.conflict_one", "photo.conflict_two", "photo.conflict_three", "photo.conflict_four")
    return Message(keys[len(rules) - 1], dict(zip(("one", "two", "three", "four"), rules, strict=False)))


def _required_growth(subset: InfeasibleSubset) -> float:
    """Return the factor by which the head must be larger in the picture to have enough pixels."""
    rows = constraint_matrix(subset.constraints, np.empty((0, 4)))
    return 1 / float(bounds(eliminate(eliminate(rows, X), Y), U)[1])


def _hair_message_key(subset: InfeasibleSubset, head: Head, standard: PhotoStandard) -> str:
    """Return the message of a conflict between rules alone: whether lower or fuller hair would reduce it."""
    rules = {band.rule for band in subset.constraints}
    step = 0.01 * head.width

    def violation(crown: float) -> float:
        moved = [band for band in crop_constraints(replace(head, crown=crown), standard) if band.rule in rules]
        crop_problem = _CropProblem((0, 0), (standard.output.width, standard.output.height), head.angle)
        first = moved[0]
        return _min_slack(lambda px: crop_problem.is_feasible([first.relax(px), *moved[1:]], _NO_EDGES))

    lower, higher = violation(head.crown + step), violation(head.crown - step)
    if math.isclose(lower, higher, abs_tol=4 * _PRECISION_PX):
        return "photo.rules_conflict"
    return "photo.hair_high" if lower < higher else "photo.hair_flat"


def _ceil_px(pixels: float) -> int:
    return max(1, math.ceil(pixels))
