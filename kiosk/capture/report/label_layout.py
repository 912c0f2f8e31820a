"""Labels that would lie upon each other are moved apart, all together as little as possible."""

from __future__ import annotations

from collections.abc import Sequence


def layout_labels(targets: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """The middles of labels of these `sizes`, each as near as can be to where it is `starts`, none upon another, all
    between `low` and `high`; the order of what is wanted is kept. Where there is too little room they are packed.

    Least squares with gaps is isotonic regression of what is left when the gaps are taken off (pool adjacent
    violators, Barlow et al. 1972).
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
    placed = [0.0] * len(targets)
    for i, offset, start in zip(order, offsets, _pool_adjacent_violators(starts), strict=True):
        placed[i] = min(max(start, low), max(low, most)) + offset * squeeze
    return placed


def _pool_adjacent_violators(targets: Sequence[float]) -> list[float]:
    """The nondecreasing sequence nearest to `starts`."""
    pools: list[tuple[float, int]] = []
    for target in targets:
        mean, count = target, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean = (before * number + mean * count) / (number + count)
            count += number
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]
