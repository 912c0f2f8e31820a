"""Move overlapping labels apart, with the smallest total displacement."""

from __future__ import annotations

from collections.abc import Sequence


def layout_labels(targets: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Return the middles of labels of these `sizes`, as near as possible to the `targets`, without overlap, in the same
    order, all between `low` and `high`. If there is too little space they are moved together.

    Least squares with gaps is isotonic regression of the targets less the gaps (pool adjacent violators, Barlow et al.
    1972).
    """
    order = sorted(range(len(targets)), key=lambda i: targets[i])
    offsets, at = [], 0.0
    for i in order:
        offsets.append(at + sizes[i] / 2)
        at += sizes[i]
    room = high - low
    squeeze = min(1.0, room / at) if at else 1.0
    starts = [targets[i] - offset * squeeze for i, offset in zip(order, offsets, strict=True)]
    most = high - at * squeeze
    middles = [0.0] * len(targets)
    for i, offset, start in zip(order, offsets, _pool_adjacent_violators(starts), strict=True):
        middles[i] = min(max(start, low), max(low, most)) + offset * squeeze
    return middles


def _pool_adjacent_violators(targets: Sequence[float]) -> list[float]:
    """Return the nondecreasing sequence nearest to `targets`."""
    pools: list[tuple[float, int]] = []
    for target in targets:
        mean, count = target, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean = (before * number + mean * count) / (number + count)
            count += number
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]
