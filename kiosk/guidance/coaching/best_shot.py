"""Of the shots of one burst the best, and why even that one may have to be taken again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.guidance.coaching.hints import EYES, WHERE, fault_of
from kiosk.guidance.live import Examination
from kiosk.guidance.verdict import Outcome, Verdict

_HALF_SHUT: Final = 0.85
"""Of the widest eyes in the burst: lids jitter by a tenth from picture to picture, a blink goes below a half."""
_ANYBODY_S: Final = frozenset({"stillness", "focus"})  # what holding still at the second try may mend


@dataclass(frozen=True)
class ShotLook:
    """What the shot rules say of one shot, and what tells good ones apart: how open the eyes are (ratio) and how sharp
    the face is (ratio); None where it could not be measured."""

    verdicts: tuple[Verdict, ...]
    eye_opening: float | None = None
    sharpness: float | None = None


def look_of(examination: Examination) -> ShotLook:
    """What of an examination decides between shots."""
    opening, sharp = (examination.metrics.get(name) for name in ("eye_opening", "sharpness"))
    return ShotLook(examination.verdicts, opening.value if opening else None, sharp.value if sharp else None)


def best(looks: Sequence[ShotLook | None]) -> int:
    """The place of the best shot; None is one that could not be looked at.

    Open eyes come first, then the fewest broken rules, then eyes as wide as in the others, then the fewest rules in
    doubt, then sharpness; of equal ones the first.
    """
    widest = max((look.eye_opening or 0.0 for look in looks if look), default=0.0)
    return min(range(len(looks)), key=lambda place: _rank(looks[place], widest))


def _rank(look: ShotLook | None, widest: float) -> tuple[float, ...]:
    if look is None:
        return (2.0,)
    failed = [verdict for verdict in look.verdicts if verdict.outcome is Outcome.FAIL]
    doubts = sum(verdict.outcome in (Outcome.UNSURE, Outcome.NOT_MEASURED) for verdict in look.verdicts)
    shut = any(verdict.rule in EYES for verdict in failed)
    half_shut = (look.eye_opening or 0.0) < _HALF_SHUT * widest
    return (float(shut), len(failed), float(half_shut), doubts, -(look.sharpness or 0.0))


def refusal(look: ShotLook | None) -> Verdict | None:
    """The first rule that the shot breaks and that the sitter can keep at another try; None where there is none.

    Light and backdrop would be the same again: with them the shot is developed, and the review says what is wrong. Who
    is in it and where is for the photo engine to say, which knows whether there is a portrait in it.
    """
    if look is None:
        return None
    return next((v for v in look.verdicts if v.outcome is Outcome.FAIL and _worth_another_try(v)), None)


def _worth_another_try(verdict: Verdict) -> bool:
    if verdict.rule in WHERE:
        return False
    fault = fault_of(verdict.rule, verdict.reason.rpartition(".")[2], verdict.reason)
    return not fault.operator or verdict.rule in _ANYBODY_S
