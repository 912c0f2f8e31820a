"""Of the shots of one burst the best, and why even that one may have to be taken again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.guidance.coaching.hints import EYE_RULES, PLACEMENT_RULES, hint_rule_for
from kiosk.guidance.live import ImageAnalysis
from kiosk.guidance.verdict import Outcome, Verdict

_MIN_RELATIVE_EYE_OPENING: Final = 0.85
"""Of the widest eyes in the burst: lids jitter by a tenth from picture to picture, a blink goes below a half."""
_RETAKE_RULES: Final = frozenset({"stillness", "focus"})  # what holding still at the second try may mend


@dataclass(frozen=True)
class ShotQuality:
    """What the shot rules say of one shot, and what tells good ones apart: how open the eyes are (ratio) and how sharp
    the face is (ratio); None where it could not be measured."""

    verdicts: tuple[Verdict, ...]
    eye_opening: float | None = None
    sharpness: float | None = None


def shot_quality(analysis: ImageAnalysis) -> ShotQuality:
    """What of an examination decides between shots."""
    opening, sharp = (analysis.metrics.get(name) for name in ("eye_opening", "sharpness"))
    return ShotQuality(analysis.verdicts, opening.value if opening else None, sharp.value if sharp else None)


def best_index(shots: Sequence[ShotQuality | None]) -> int:
    """The place of the best shot; None is one that could not be looked at.

    Open eyes come first, then the fewest broken rules, then eyes as wide as in the others, then the fewest rules in
    doubt, then sharpness; of equal ones the first.
    """
    widest = max((look.eye_opening or 0.0 for look in shots if look), default=0.0)
    return min(range(len(shots)), key=lambda place: _rank(shots[place], widest))


def _rank(shot: ShotQuality | None, widest_eyes: float) -> tuple[float, ...]:
    if shot is None:
        return (2.0,)
    failed = [verdict for verdict in shot.verdicts if verdict.outcome is Outcome.FAIL]
    doubts = sum(verdict.outcome in (Outcome.UNSURE, Outcome.NOT_MEASURED) for verdict in shot.verdicts)
    shut = any(verdict.rule in EYE_RULES for verdict in failed)
    half_shut = (shot.eye_opening or 0.0) < _MIN_RELATIVE_EYE_OPENING * widest_eyes
    return (float(shut), len(failed), float(half_shut), doubts, -(shot.sharpness or 0.0))


def retake_reason(shot: ShotQuality | None) -> Verdict | None:
    """The first rule that the shot breaks and that the sitter can keep at another try; None where there is none.

    Light and backdrop would be the same again: with them the shot is developed, and the review says what is wrong. Who
    is in it and where is for the photo engine to say, which knows whether there is a portrait in it.
    """
    if shot is None:
        return None
    return next((v for v in shot.verdicts if v.outcome is Outcome.FAIL and _fixable_by_retake(v)), None)


def _fixable_by_retake(verdict: Verdict) -> bool:
    if verdict.rule in PLACEMENT_RULES:
        return False
    fault = hint_rule_for(verdict.rule, verdict.reason.rpartition(".")[2], verdict.reason)
    return not fault.operator_hint or verdict.rule in _RETAKE_RULES
