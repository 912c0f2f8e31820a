"""What makes a photo standard sound beyond its types: bands that can be kept, units that fit, rules that agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from config.i18n import LANGUAGES, translations
from config.standards.metrics import METRICS

if TYPE_CHECKING:
    from config.standards.schema import Output, PhotoStandard, Rule

_TOLERANCE = 1e-9


def invalid_standard(kind: str, at: str = "", **values: object) -> PydanticCustomError:
    """What is wrong at the key `at` (below the part that is checked). Its sentence is `problem.standard.<kind>`."""
    texts = {name: f"{value:.10g}" if isinstance(value, float) else str(value) for name, value in values.items()}
    return PydanticCustomError("standard", "a photo standard is wrong", {"kind": kind, "at": at, "values": texts})


# ---------------------------------------------------------------------------------------------------- one rule


def check_rule(rule: Rule) -> None:
    """Raises the first fault of the rule."""
    if rule.by == "person":
        _check_manual_rule(rule)
        return
    if "person" in rule.stages:
        raise invalid_standard("person_stage", "stages")
    _check_measure(rule)
    _check_band(rule)
    if not rule.verbatim and not rule.rationale:
        raise invalid_standard("no_rationale", "rationale")


def _check_manual_rule(rule: Rule) -> None:
    if tuple(rule.stages) != ("person",):
        raise invalid_standard("person_stage", "stages")
    for key in ("metric", "unit", "min", "max", "target", "tolerance"):
        if key in rule.model_fields_set:
            raise invalid_standard("person_bounds", key)


def _check_measure(rule: Rule) -> None:
    if not rule.metric:
        raise invalid_standard("missing", "metric")
    kind = METRICS.get(rule.metric)
    if kind is None:
        raise invalid_standard("unknown_metric", "metric", given=rule.metric, known=", ".join(METRICS))
    if rule.unit != kind.unit:
        raise invalid_standard("wrong_unit", "unit", given=rule.unit, metric=rule.metric, right=f'"{kind.unit}"')
    for stage in rule.stages:
        if stage not in kind.stages:
            raise invalid_standard(
                "stage", "stages", metric=rule.metric, given=stage.value, known=", ".join(kind.stages)
            )


def _check_band(rule: Rule) -> None:
    low, high = bounds(rule)
    if rule.min is None and rule.max is None:
        raise invalid_standard("no_bounds")
    if low > high:
        raise invalid_standard("min_above_max", "min", low=low, high=high)
    if rule.target is not None and not low <= rule.target <= high:
        raise invalid_standard("target", "target", given=rule.target, low=low, high=high)
    if rule.tolerance and 2 * rule.tolerance >= high - low:
        raise invalid_standard("tolerance", "tolerance", given=rule.tolerance, low=low, high=high)


def bounds(rule: Rule) -> tuple[float, float]:
    """The band, open sides at infinity."""
    return -math.inf if rule.min is None else rule.min, math.inf if rule.max is None else rule.max


# ---------------------------------------------------------------------------------------------------- the file to make


def check_output(output: Output) -> None:
    """Raises the first fault of the output."""
    if output.min_bytes > output.max_bytes:
        raise invalid_standard("min_above_max", "min_bytes", low=output.min_bytes, high=output.max_bytes)
    if output.background not in output.backgrounds:
        known = ", ".join(output.backgrounds)
        raise invalid_standard("unknown_background", "background", given=output.background, known=known)


# ---------------------------------------------------------------------------------------------------- the whole


def check_messages(standard: PhotoStandard) -> None:
    """Every rule has its words in every language: a rule that nobody can be told of is no use."""
    for name, rule in standard.rules.items():
        sides = [f".{side}" for side, bound in rule.bounds.items() if bound is not None]
        for tail in ("", *([".question"] if rule.by == "person" else sides)):
            if not all(translations(language).has(f"rule.{name}{tail}") for language in LANGUAGES):
                raise invalid_standard("no_texts", f"rules.{name}{tail}", given=name)


def check_consistency(standard: PhotoStandard) -> None:
    """The bands can be kept together, and the file to be made keeps them."""
    for key, lower, upper, measure in _output_bounds(standard.output):
        for name, rule in _rules_for_metric(standard, measure):
            low, high = bounds(rule)
            if lower < low or upper > high:
                raise invalid_standard("contradiction", f"output.{key}", other=f"rules.{name}")
    _check_order(standard, "hair_top", "eye_line")
    _check_within(standard, "eye_line", standard.output.height)
    _check_within(standard, "hair_top", standard.output.height)
    _check_within(standard, "face_width", standard.output.width)
    _check_height_budget(standard)


def _output_bounds(output: Output) -> Iterator[tuple[str, float, float, str]]:
    """What the file to be made will measure: the key of the output, from, to, and the measure."""
    yield "width", output.width, output.width, "width"
    yield "height", output.height, output.height, "height"
    yield "dpi", output.dpi, output.dpi, "dpi"
    yield "min_quality", output.min_quality, output.min_quality, "jpeg_quality"
    yield "min_bytes", output.min_bytes, output.min_bytes, "bytes"
    yield "max_bytes", output.max_bytes, output.max_bytes, "bytes"


def _rules_for_metric(standard: PhotoStandard, measure: str) -> list[tuple[str, Rule]]:
    return [(name, rule) for name, rule in standard.rules.items() if rule.metric == measure]


def _check_order(standard: PhotoStandard, upper: str, lower: str) -> None:
    for name, above in _rules_for_metric(standard, upper):
        for other, below in _rules_for_metric(standard, lower):
            if bounds(above)[0] >= bounds(below)[1]:
                raise invalid_standard("contradiction", f"rules.{name}.min", other=f"rules.{other}.max")


def _check_within(standard: PhotoStandard, measure: str, limit: int) -> None:
    for name, rule in _rules_for_metric(standard, measure):
        low, high = bounds(rule)
        if low >= limit or high <= 0:
            raise invalid_standard("contradiction", f"rules.{name}", other="output")


def _check_height_budget(standard: PhotoStandard) -> None:
    """Room above the hair, head and body make up the whole height."""
    parts = [(name, rule, 1 / standard.output.height) for name, rule in _rules_for_metric(standard, "hair_top")[:1]]
    for measure in ("head_height", "body_share"):
        parts += [(name, rule, 1.0) for name, rule in _rules_for_metric(standard, measure)[:1]]
    if len(parts) != 3:
        return
    lowest = sum(max(0.0, bounds(rule)[0]) * share for _, rule, share in parts)
    highest = sum(bounds(rule)[1] * share for _, rule, share in parts)
    if lowest > 1 + _TOLERANCE or highest < 1 - _TOLERANCE:
        others = ", ".join(f"rules.{name}" for name, _, _ in parts[:2])
        raise invalid_standard("contradiction", f"rules.{parts[2][0]}", other=others)
