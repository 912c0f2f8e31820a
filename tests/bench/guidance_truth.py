"""The verdicts of guidance on every labelled picture, compared with the label."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Final

from config.opencv import cv2
from config.standards.metrics import METRICS
from config.standards.registry import Rule, Stage, load_standard
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.live import analyze_image
from kiosk.guidance.verdict import Metric, Outcome, Verdict, evaluate
from tests.bench.labelled_pictures import LabelledPicture, Shard, Truth, labelled_pictures

RULES: Final = "chsi"


@dataclass(frozen=True)
class MeasuredPicture:
    """One picture with its metrics and its label."""

    name: str
    base: str
    truth: Truth
    metrics: Mapping[str, Metric] = field(repr=False)


@dataclass(frozen=True)
class LabelledVerdict:
    """One verdict with its label: whether the rule should have failed; None if that is unknown."""

    picture: str
    rule: str
    should_fail: bool | None
    outcome: Outcome
    beyond: float | None
    """Distance of the value from the band (below 0: inside), in the measure's unit."""

    @property
    def as_labelled(self) -> bool:
        return self.outcome is (Outcome.FAIL if self.should_fail else Outcome.PASS)

    @property
    def wrong(self) -> bool:
        """Whether a fault passes or a kept rule fails; "unsure" and "not measured" are neither."""
        return self.outcome is (Outcome.PASS if self.should_fail else Outcome.FAIL)


def still_picture_rules() -> dict[str, Rule]:
    """Return the rules of live frames and shots that can be evaluated on a single picture."""
    rules = load_standard(RULES).rules_for(Stage.LIVE) | load_standard(RULES).rules_for(Stage.SHOT)
    return {name: rule for name, rule in rules.items() if METRICS[rule.metric].stages != ("live",)}


def measure_all(folder: Path, every: int = 1, workers: int = 2) -> list[MeasuredPicture]:
    """Measure all labelled pictures, but only each `every`th change; the models are distributed over processes."""
    shards = [Shard(worker, workers, every) for worker in range(workers)]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        return [one for part in pool.map(_measure_shard, repeat(folder), shards) for one in part]


def _measure_shard(folder: Path, shard: Shard) -> list[MeasuredPicture]:
    cv2.setNumThreads(1)
    finder = FaceFinder(still=True)
    try:
        return [_measure(picture, finder) for picture in labelled_pictures(folder, finder, shard)]
    finally:
        finder.close()


def _measure(picture: LabelledPicture, finder: FaceFinder) -> MeasuredPicture:
    analysis = analyze_image(picture.pixels, load_standard(RULES), Stage.SHOT, finder)
    return MeasuredPicture(picture.name, picture.base, picture.truth, dict(analysis.metrics))


def labelled_verdicts(pictures: list[MeasuredPicture], rules: Mapping[str, Rule]) -> Iterator[LabelledVerdict]:
    """Yield every verdict with its label."""
    before = {one.base: one for one in pictures if not one.truth.change}
    passed = {
        base: {verdict.rule for verdict in evaluate(one.metrics, rules) if verdict.outcome is Outcome.PASS}
        for base, one in before.items()
    }
    for one in pictures:
        for verdict in evaluate(one.metrics, rules):
            label = _label(one, before[one.base], verdict.rule, rules[verdict.rule], passed[one.base])
            yield _to_labelled(one, verdict, label)


def _label(one: MeasuredPicture, before: MeasuredPicture, name: str, rule: Rule, passed: set[str]) -> str | None:
    """Return the side on which the rule should fail; "" if it should pass, None if that is unknown.

    A change that is a number is added to the sitter's own value: a head tilted by 3 degrees and then by 2 more is no
    longer "just right", and a light from the left that balances one from the right is not "clearly wrong".
    """
    label = one.truth.should_fail(name, rule.metric, passed)
    known = before.metrics.get(rule.metric)
    if one.truth.measure != rule.metric or known is None or known.value is None:
        return label
    verdict = evaluate({rule.metric: replace(known, value=one.truth.expected(known.value))}, {name: rule})[0]
    side = verdict.reason.rpartition(".")[2] if verdict.outcome is Outcome.FAIL else ""
    agreed = verdict.outcome is not Outcome.UNSURE and (side == label or (label == "*" and side != ""))
    return label if agreed else None


def _to_labelled(one: MeasuredPicture, verdict: Verdict, label: str | None) -> LabelledVerdict:
    outcome = verdict.outcome
    side = verdict.reason.rpartition(".")[2]
    if label in ("low", "high") and outcome is Outcome.FAIL and side != label:
        outcome = Outcome.PASS  # failed on the opposite side: the hint would be the opposite one
    return LabelledVerdict(
        one.name, verdict.rule, None if label is None else bool(label), outcome, _distance_outside(verdict)
    )


def _distance_outside(verdict: Verdict) -> float | None:
    if verdict.value is None:
        return None
    sides = [verdict.min - verdict.value] if verdict.min is not None else []
    sides += [verdict.value - verdict.max] if verdict.max is not None else []
    return max(sides)
