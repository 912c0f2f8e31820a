"""Choose the best shot of a burst, and decide whether it has to be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.guidance.coaching.hints import EYE_RULES, PLACEMENT_RULES, hint_rule_for
from kiosk.guidance.live import ImageAnalysis
from kiosk.guidance.verdict import Outcome, Verdict

_MIN_RELATIVE_EYE_OPENING: Final = 0.85
"""Relative to the widest eyes in the burst: lids jitter by a tenth from picture to picture, a blink is below a half."""
_RETAKE_RULES: Final = frozenset({"stillness", "focus"})  # keeping still at the next try may correct these


@dataclass(frozen=True)
class ShotQuality:
    """The verdicts of the shot rules on one shot, and the values that rank good ones: eye opening and sharpness of the
    face (ratios); None if not measured."""

    verdicts: tuple[Verdict, ...]
    eye_opening: float | None = None
    sharpness: float | None = None


def shot_quality(analysis: ImageAnalysis) -> ShotQuality:
    """Return the part of an analysis that decides between shots."""
    opening, sharp = (analysis.metrics.get(name) for name in ("eye_opening", "sharpness"))
    return ShotQuality(analysis.verdicts, opening.value if opening else None, sharp.value if sharp else None)


def best_index(shots: Sequence[ShotQuality | None]) -> int:
    """Return the index of the best shot; None stands for one that could not be analyzed.

    Open eyes come first, then the fewest broken rules, then eyes as wide as in the others, then the fewest rules in
    doubt, then sharpness; of equal ones the first.
    """
    widest = max((shot.eye_opening or 0.0 for shot in shots if shot), default=0.0)
    return min(range(len(shots)), key=lambda index: _rank(shots[index], widest))


def _rank(shot: ShotQuality | None, widest_eyes: float) -> tuple[float, ...]:
    if shot is None:
        return (2.0,)
    failed = [verdict for verdict in shot.verdicts if verdict.outcome is Outcome.FAIL]
    doubts = sum(verdict.outcome in (Outcome.UNSURE, Outcome.NOT_MEASURED) for verdict in shot.verdicts)
    shut = any(verdict.rule in EYE_RULES for verdict in failed)
    half_shut = (shot.eye_opening or 0.0) < _MIN_RELATIVE_EYE_OPENING * widest_eyes
    return (float(shut), len(failed), float(half_shut), doubts, -(shot.sharpness or 0.0))


def retake_reason(shot: ShotQuality | None) -> Verdict | None:
    """Return the first failed rule that the sitter can meet at another try; None if there is none.

    Faults of light and backdrop would be the same again: then the portrait is made, and the review shows the fault. For
    people and placement the photo engine decides, because it finds out whether a portrait is possible."""
    if shot is None:
        return None
    return next((v for v in shot.verdicts if v.outcome is Outcome.FAIL and _fixable_by_retake(v)), None)


def _fixable_by_retake(verdict: Verdict) -> bool:
    if verdict.rule in PLACEMENT_RULES:
        return False
    fault = hint_rule_for(verdict.rule, verdict.reason.rpartition(".")[2], verdict.reason)
    return not fault.operator_hint or verdict.rule in _RETAKE_RULES
