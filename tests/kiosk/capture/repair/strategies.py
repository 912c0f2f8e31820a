"""Hypothesis strategies of strokes, within and beyond their bounds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kiosk.capture.repair.strokes import MAX_SIZE, MIN_PRESSURE, MIN_SIZE, Strokes, Tool, strokes_of

POSITIONS = st.floats(-0.5, 1.5)
POINTS = st.tuples(POSITIONS, POSITIONS, st.floats(MIN_PRESSURE, 1))
STROKES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "tool": st.sampled_from([tool.value for tool in Tool]),
        "size": st.floats(MIN_SIZE, MAX_SIZE),
        "hardness": st.floats(0, 1),
        "points": st.lists(POINTS, min_size=1, max_size=6),
    }
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
FOREIGN = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["tool", "size", "hardness", "points", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)


def stroke(tool: str = "keep", points: Any = ((0.5, 0.5, 1.0),), size: float = 0.1, hardness: float = 0.5) -> Strokes:
    """Return one stroke, as the only one of a repair."""
    return strokes_of([{"tool": tool, "size": size, "hardness": hardness, "points": points}])
