"""Checks across the parts of a photo standard: rules must be consistent with each other, the output and the
catalogues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.i18n import LANGUAGES, message_ids
from config.standards.base import invalid_standard
from config.standards.output import Output
from config.standards.rule import Rule, band_limits

Rules = Mapping[str, Rule]
_TOLERANCE = 1e-9


def check_messages(rules: Rules) -> None:
    """Require the messages of every rule in every language."""
    for name, rule in rules.items():
        sides = [f".{side}" for side, bound in rule.bounds.items() if bound is not None]
        for tail in ("", *([".question"] if rule.by == "person" else sides)):
            if not all(f"rule.{name}{tail}" in message_ids(language) for language in LANGUAGES):
                raise invalid_standard("no_texts", f"rules.{name}{tail}", given=name)


def check_consistency(output: Output, rules: Rules) -> None:
    """Require that all bands can be met together, and that the output file is within them."""
    for key, lower, upper, metric in _output_bounds(output):
        for name, rule in _rules_for_metric(rules, metric):
            low, high = band_limits(rule)
            if lower < low or upper > high:
                raise invalid_standard("contradiction", f"output.{key}", other=f"rules.{name}")
    _check_order(rules, "hair_top", "eye_line")
    _check_within(rules, "eye_line", output.height)
    _check_within(rules, "hair_top", output.height)
    _check_within(rules, "face_width", output.width)
    _check_height_budget(output, rules)


def _output_bounds(output: Output) -> Iterator[tuple[str, float, float, str]]:
    """Yield the key of the output, the minimum and maximum value of the file, and the metric."""
    yield "width", output.width, output.width, "width"
    yield "height", output.height, output.height, "height"
    yield "dpi", output.dpi, output.dpi, "dpi"
    yield "min_quality", output.min_quality, output.min_quality, "jpeg_quality"
    yield "min_bytes", output.min_bytes, output.min_bytes, "bytes"
    yield "max_bytes", output.max_bytes, output.max_bytes, "bytes"


def _rules_for_metric(rules: Rules, metric: str) -> list[tuple[str, Rule]]:
    return [(name, rule) for name, rule in rules.items() if rule.metric == metric]


def _check_order(rules: Rules, upper: str, lower: str) -> None:
    for name, above in _rules_for_metric(rules, upper):
        for other, below in _rules_for_metric(rules, lower):
            if band_limits(above)[0] >= band_limits(below)[1]:
                raise invalid_standard("contradiction", f"rules.{name}.min", other=f"rules.{other}.max")


def _check_within(rules: Rules, metric: str, limit: int) -> None:
    for name, rule in _rules_for_metric(rules, metric):
        low, high = band_limits(rule)
        if low >= limit or high <= 0:
            raise invalid_standard("contradiction", f"rules.{name}", other="output")


def _check_height_budget(output: Output, rules: Rules) -> None:
    """Require that the space above the hair, the head and the body can add up to the whole height."""
    parts = [(name, rule, 1 / output.height) for name, rule in _rules_for_metric(rules, "hair_top")[:1]]
    for metric in ("head_height", "body_share"):
        parts += [(name, rule, 1.0) for name, rule in _rules_for_metric(rules, metric)[:1]]
    if len(parts) != 3:
        return
    lowest = sum(max(0.0, band_limits(rule)[0]) * share for _, rule, share in parts)
    highest = sum(band_limits(rule)[1] * share for _, rule, share in parts)
    if lowest > 1 + _TOLERANCE or highest < 1 - _TOLERANCE:
        others = ", ".join(f"rules.{name}" for name, _, _ in parts[:2])
        raise invalid_standard("contradiction", f"rules.{parts[2][0]}", other=others)
