"""The table of guidance, measure by measure: `python -m tests.bench.guidance_table [--every N] [FOLDER]`.

Photographs and cut-outs come from FOLDER, from ZHENGGUAN_PHOTOS or from ../shared/photos. Every change of every sitter
is rendered and measured, some 1600 pictures; `--every 4` takes every fourth change of each.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from config.standards.registry import Rule
from kiosk.guidance.verdict import Outcome
from tests.bench.guidance_totals import totals
from tests.bench.guidance_truth import (
    LabelledVerdict,
    MeasuredPicture,
    labelled_verdicts,
    measure_all,
    still_picture_rules,
)
from tests.bench.guidance_values import values
from tests.bench.machine import machine
from tests.bench.picture_files import photo_folder
from tests.bench.rendered_faults import changes
from tests.bench.rendered_sitters import EYES, FACE_SHARE
from tests.bench.synthetic_sitter import CHEEKS

_MAX_LISTED: Final = 6


def table(pictures: list[MeasuredPicture], verdicts: list[LabelledVerdict], rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield line by line: the measures, their errors against known numbers, their values and definitions, the totals
    and the worst verdicts."""
    by_rule: dict[str, list[LabelledVerdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.should_fail is not None:
            by_rule[verdict.rule].append(verdict)
    yield f"{'rule':20} {'measure':20} {'band':>17}  n bad n good    AUC  found unsure  false"
    for name, rule in rules.items():
        yield _line(name, rule, by_rule[name])
    yield ""
    yield from _numeric_errors(pictures)
    yield from _synthetic_sitter(pictures)
    yield ""
    yield from values(pictures, rules)
    yield ""
    yield from _definitions(rules)
    yield ""
    yield from _uncovered_rules(rules, by_rule)
    yield from totals(pictures, verdicts, rules)
    yield ""
    yield from _worst_verdicts(by_rule)


def _line(name: str, rule: Rule, verdicts: list[LabelledVerdict]) -> str:
    bad = [v for v in verdicts if v.should_fail]
    good = [v for v in verdicts if not v.should_fail]
    detected = _share(bad, Outcome.FAIL)
    unsure = _share(verdicts, Outcome.UNSURE)
    false = _share(good, Outcome.FAIL)
    band = f"{'' if rule.min is None else f'{rule.min:g}'} .. {'' if rule.max is None else f'{rule.max:g}'}"
    advice = "   advice only" if rule.advice else ""
    return (
        f"{name:20} {rule.metric:20} {band:>17} {len(bad):6} {len(good):6} {auc(bad, good):>6} "
        f"{detected:>6} {unsure:>6} {false:>6}{advice}"
    )


def _share(verdicts: list[LabelledVerdict], outcome: Outcome) -> str:
    return f"{np.mean([v.outcome is outcome for v in verdicts]):.0%}" if verdicts else "-"


def auc(bad: list[LabelledVerdict], good: list[LabelledVerdict]) -> str:
    """Return how often a faulty picture is farther out of the band than a correct one (Mann-Whitney; ties count a
    half)."""
    high = np.array([v.beyond for v in bad if v.beyond is not None])
    low = np.array([v.beyond for v in good if v.beyond is not None])
    if not len(high) or not len(low):
        return "-"
    more = (high[:, None] > low[None]).mean() + 0.5 * (high[:, None] == low[None]).mean()
    return f"{more:.3f}"


def _numeric_errors(pictures: list[MeasuredPicture]) -> Iterator[str]:
    """Yield the errors of measures whose true change is a number."""
    unchanged = {one.base: one for one in pictures if not one.truth.change}
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in pictures:
        name = one.truth.measure
        before = unchanged[one.base].metrics.get(name)
        after = one.metrics.get(name)
        if before and after and before.value is not None and after.value is not None:
            pairs[name].append((one.truth.expected(before.value) - before.value, after.value - before.value))
    yield "measure against a known change       n    slope   error: mean      sd   largest"
    for name, changes_of_measure in sorted(pairs.items()):
        true, measured = np.array(changes_of_measure).T
        error = measured - true
        slope = float((true * measured).sum() / (true**2).sum())
        yield (
            f"{name:32} {len(changes_of_measure):5} {slope:8.2f}   {error.mean():+11.3f} {error.std():7.3f} "
            f"{np.abs(error).max():9.3f}"
        )


def _synthetic_sitter(pictures: list[MeasuredPicture]) -> Iterator[str]:
    """Yield the values of the drawn sitter, which are known exactly."""
    true = {"face_x": EYES[0] - 0.5, "eye_y": EYES[1], "face_size": FACE_SHARE, "skin_luminance": CHEEKS}
    true |= dict.fromkeys(("yaw", "roll", "light_balance", "backdrop_shadow", "shoulder_tilt", "head_offset"), 0.0)
    for one in pictures:
        if one.name == "drawn":
            measured = {name: one.metrics[name].value for name in true if name in one.metrics}
            text = ", ".join(
                f"{name} {value:.3f} ({true[name]:.3f})" for name, value in measured.items() if value is not None
            )
            yield f"drawn sitter, measured (true): {text}"


def _definitions(rules: Mapping[str, Rule]) -> Iterator[str]:
    known = dict(_docstring_definitions())
    for name, rule in rules.items():
        unit = f" [{rule.unit}]" if rule.unit else ""
        yield f"{name:20} {rule.metric}{unit}: {known.get(rule.metric, 'no definition in kiosk.guidance')}"


def _docstring_definitions() -> Iterator[tuple[str, str]]:
    """Yield the definition of each metric: a sentence of a docstring in kiosk.guidance that begins with its name."""
    for module in [module for name, module in sorted(sys.modules.items()) if name.startswith("kiosk.guidance.")]:
        functions = inspect.getmembers(module, inspect.isfunction)
        for _, function in functions:
            text = " ".join((inspect.getdoc(function) or "").split())
            yield function.__name__, text.partition(". ")[0].removesuffix(".")
        for _, function in functions:
            text = " ".join((inspect.getdoc(function) or "").split())
            for match in re.finditer(r"`(\w+)`(?:, `\w+`)*[^:`]{0,40}: (.+?)(?=\. |; | - `|$)", text):
                yield match[1], match[2]


def _uncovered_rules(rules: Mapping[str, Rule], by_rule: Mapping[str, list[LabelledVerdict]]) -> Iterator[str]:
    rendered = {rule for change in changes() for rule, _ in change.faults}
    unbroken = [name for name in rules if not any(v.should_fail for v in by_rule[name])]
    if unbroken:
        yield f"rules that no picture here breaks: {', '.join(unbroken)}"
    without_rule = rendered - set(rules) - {rule.metric for rule in rules.values()}
    if without_rule:
        yield f"rendered faults without a rule in this standard: {', '.join(sorted(without_rule))}"
    yield ""


def _worst_verdicts(by_rule: Mapping[str, list[LabelledVerdict]]) -> Iterator[str]:
    yield "plainly wrong verdicts, the worst of each rule"
    for name, verdicts in by_rule.items():
        for kind, should_fail in (("missed", True), ("false alarm", False)):
            wrong = [v for v in verdicts if v.wrong and v.should_fail is should_fail]
            wrong.sort(key=lambda v: (v.beyond or 0.0) * (1 if should_fail else -1))
            if wrong:
                listed = "; ".join(f"{v.picture} ({v.beyond or 0:+.3g})" for v in wrong[:_MAX_LISTED])
                yield f"  {name} {kind} {len(wrong)} times: {listed}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--every", type=int, default=1)
    options.add_argument("folder", type=Path, nargs="?", default=photo_folder())
    arguments = options.parse_args()
    began, rules = time.monotonic(), still_picture_rules()
    pictures = measure_all(arguments.folder, arguments.every)
    bases = len({one.base for one in pictures})
    print(f"{len(pictures)} pictures of {bases} sitters and photographs ({arguments.folder}); {machine()}")
    print(f"rendered and measured in {time.monotonic() - began:.0f} s")
    for line in table(pictures, list(labelled_verdicts(pictures, rules)), rules):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
