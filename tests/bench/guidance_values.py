"""The values of every metric, with or without a rule, on correct and on faulty pictures: for choosing bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from config.standards.registry import Rule
from tests.bench.guidance_truth import MeasuredPicture
from tests.bench.labelled_pictures import Truth

Values = NDArray[np.float64]


def values(pictures: list[MeasuredPicture], rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield line by line: 5th, 50th and 95th percentile of each measure on right and faulty pictures, and their AUC."""
    rule_names = {rule.metric: name for name, rule in rules.items()}
    percentiles = f"{'5 %':>9} {'50 %':>9} {'95 %':>9}"
    yield f"{'measure':22} {'n right':>7} {percentiles}   {'n bad':>7} {percentiles}  AUC"
    for measure in dict.fromkeys(name for one in pictures for name in one.metrics):
        rule = rule_names.get(measure, measure)
        right, bad, side = _split_by_truth(pictures, rule, measure)
        if len(right):
            auc = f"{_auc(right, bad, side):.3f}" if len(bad) else "-"
            note = "" if measure in rule_names else "   no rule"
            yield f"{measure:22} {_format_spread(right)}   {_format_spread(bad)}  {auc}{note}"


def _split_by_truth(pictures: list[MeasuredPicture], rule: str, measure: str) -> tuple[Values, Values, str]:
    """Return the values of right pictures, those of faulty ones, and the side on which the faulty ones should lie."""
    right, bad, side = [], [], "*"
    for one in pictures:
        metric = one.metrics.get(measure)
        label = _label(one.truth, rule, measure)
        if metric is None or metric.value is None or label is None:
            continue
        if label:
            side = label if not bad or label == side else "*"
        (bad if label else right).append(metric.value)
    return np.array(right), np.array(bad), side


def _label(truth: Truth, rule: str, measure: str) -> str | None:
    return truth.should_fail(rule, measure, set())


def _auc(right: Values, bad: Values, side: str) -> float:
    """Return how often a faulty picture has a higher value ("high"), a lower one ("low"), or one farther from the
    median of right pictures ("*")."""
    middle = float(np.median(right))
    right, bad = {"high": (right, bad), "low": (-right, -bad)}.get(side, (abs(right - middle), abs(bad - middle)))
    return float((bad[:, None] > right[None]).mean() + 0.5 * (bad[:, None] == right[None]).mean())


def _format_spread(numbers: Values) -> str:
    if not len(numbers):
        return f"{0:7} {'-':>9} {'-':>9} {'-':>9}"
    low, middle, high = np.percentile(numbers, (5, 50, 95))
    return f"{len(numbers):7} {low:9.3f} {middle:9.3f} {high:9.3f}"
