"""One rule of a photo standard: the band of a metric, its source, and the checks of both."""

from __future__ import annotations

import math
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.standards.base import FiniteFloat, NonEmptyText, StrictModel, invalid_standard
from config.standards.metrics import METRICS


class Stage(StrEnum):
    """Where a rule is evaluated: on a live frame, on a shot, on the finished portrait, or by a person."""

    LIVE = "live"
    SHOT = "shot"
    PORTRAIT = "portrait"
    PERSON = "person"


class Rule(StrictModel):
    """One rule: the band of a metric from `min` to `max` (bounds included), and its source.

    If several crops are possible, the one with the metric nearest to `target` is chosen. `tolerance` is the error of
    the metric: a value nearer than that to a bound is "unsure". `verbatim`: the source states the number itself;
    otherwise `rationale` explains it.

    A rule without a metric is answered `by` a person, at Stage.PERSON: it has no band, and its question is the message
    `rule.<name>.question`.

    A rule that is only `advice` never fails: if its metric is out of the band, the verdict is "unsure".
    """

    by: Literal["machine", "person"] = "machine"
    metric: Annotated[str, Field(strict=True)] = ""
    unit: Annotated[str, Field(strict=True)] = ""
    min: FiniteFloat | None = None
    max: FiniteFloat | None = None
    target: FiniteFloat | None = None
    tolerance: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    advice: Annotated[bool, Field(strict=True)] = False
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    quote: NonEmptyText
    source: NonEmptyText
    retrieved: Annotated[date, Field(strict=True)]
    verbatim: Annotated[bool, Field(strict=True)]
    rationale: Annotated[str, Field(strict=True)] = ""

    @model_validator(mode="after")
    def _validate(self) -> Rule:
        _check_rule(self)
        return self

    @property
    def bounds(self) -> dict[str, float | None]:
        """Return the bounds by side, "low" or "high", as in the message ids of verdicts."""
        return {"low": self.min, "high": self.max}


def band_limits(rule: Rule) -> tuple[float, float]:
    """Return the band; an open side is infinite."""
    return -math.inf if rule.min is None else rule.min, math.inf if rule.max is None else rule.max


def _check_rule(rule: Rule) -> None:
    """Raise the first error of the rule."""
    if rule.by == "person":
        _check_manual_rule(rule)
        return
    if "person" in rule.stages:
        raise invalid_standard("person_stage", "stages")
    _check_metric(rule)
    _check_band(rule)
    if not rule.verbatim and not rule.rationale:
        raise invalid_standard("no_rationale", "rationale")


def _check_manual_rule(rule: Rule) -> None:
    if tuple(rule.stages) != ("person",):
        raise invalid_standard("person_stage", "stages")
    for key in ("metric", "unit", "min", "max", "target", "tolerance"):
        if key in rule.model_fields_set:
            raise invalid_standard("person_bounds", key)


def _check_metric(rule: Rule) -> None:
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
    low, high = band_limits(rule)
    if rule.min is None and rule.max is None:
        raise invalid_standard("no_bounds")
    if low > high:
        raise invalid_standard("min_above_max", "min", low=low, high=high)
    if rule.target is not None and not low <= rule.target <= high:
        raise invalid_standard("target", "target", given=rule.target, low=low, high=high)
    if rule.tolerance and 2 * rule.tolerance >= high - low:
        raise invalid_standard("tolerance", "tolerance", given=rule.tolerance, low=low, high=high)
