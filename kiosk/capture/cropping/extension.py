"""Extend the background where the picture ends beside the person and no crop within it meets the rules.

The extension is whole rows and columns of the portrait in which the matte is 0: they show the new background and
nothing else. The matte itself is computed on the part of the crop within the picture, and no pixel of the picture is
repeated or invented. The extension is allowed only where that matte ends clear of the edge. Hair or a shoulder that the
edge may have cut is never completed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from config.arrays import Plane
from config.standards.extension import ExtensionLimits
from config.standards.registry import Operation, PhotoStandard
from kiosk.capture.cropping.constraints import Constraint, constraint_matrix, edge_rows
from kiosk.capture.cropping.linear_inequalities import feasible

EDGES: Final = ("top", "left", "right")
"""The edges at which background may be added. At the lower edge there is the body."""


@dataclass(frozen=True)
class Extension:
    """Rows at the top and columns at the left and right of the portrait that lie beyond the picture, in pixels."""

    top: int = 0
    left: int = 0
    right: int = 0

    def __bool__(self) -> bool:
        return bool(self.top or self.left or self.right)


NO_EXTENSION: Final = Extension()


def smallest_extension(
    constraints: Sequence[Constraint], picture: tuple[int, int], standard: PhotoStandard, angle: float
) -> Extension | None:
    """Return the extension with which a crop exists: at the fewest edges, there with the fewest pixels, plus the
    reserve of the standard. None if the standard allows no such extension."""
    limits = standard.extension
    if limits is None or not standard.permits(Operation.EXTEND_BACKGROUND):
        return None
    output = (standard.output.width, standard.output.height)

    def suffices(slack: Mapping[str, int]) -> bool:
        return feasible(constraint_matrix(constraints, edge_rows(picture, output, angle, slack)))

    for count in range(1, len(EDGES) + 1):
        sufficient = [_reduce(dict(slack), suffices) for slack in _largest(limits, count) if suffices(slack)]
        if sufficient:
            fewest = min(sufficient, key=lambda slack: sum(slack.values()))
            return Extension(**{edge: _with_reserve(limits, edge, pixels) for edge, pixels in fewest.items()})
    return None


def _with_reserve(limits: ExtensionLimits, edge: str, pixels: int) -> int:
    return min(pixels + limits.reserve, limits.at(edge)) if pixels else 0


def _largest(limits: ExtensionLimits, count: int) -> Iterator[dict[str, int]]:
    """Yield the largest extensions at `count` edges."""
    for edges in combinations(EDGES, count):
        yield {edge: limits.at(edge) for edge in edges}


def _reduce(slack: dict[str, int], suffices: Callable[[Mapping[str, int]], bool]) -> dict[str, int]:
    """Reduce the pixels at each edge in turn as far as there is still a crop; fewer pixels are never better."""
    for edge in slack:
        low, high = -1, slack[edge]
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if suffices({**slack, edge: middle}) else (middle, high)
        slack[edge] = high
    return slack


def cut_edges(alpha: Plane, extension: Extension, limits: ExtensionLimits) -> tuple[str, ...]:
    """Return the extended edges at which the person may be cut off. `alpha`, float32 (h, w), is the matte of the part
    of the crop within the picture, at the portrait's scale."""
    near = limits.clear
    strips = {"top": alpha[:near], "left": alpha[:, :near], "right": alpha[:, -near:]}
    return tuple(
        edge for edge, strip in strips.items() if getattr(extension, edge) and float(strip.max()) > limits.max_alpha
    )
