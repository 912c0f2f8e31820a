"""The envelope's verdicts and recipe in a readable form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from config.i18n import Translations
from config.renamed_messages import current_message_id
from kiosk.upload.wire_types import MAX_VERDICTS

_WORST_FIRST: Final = ("fail", "unsure", "not_measured", "pass")
_MAX_TEXT_LENGTH: Final = 64
_MAX_RECIPE_LINES: Final = 1000
"""The server of revision 86a4649 stored envelopes of any size; these limits apply to what is shown."""


@dataclass(frozen=True)
class VerdictLine:
    """One rule in words; `value` and `band` are formatted, `band` is empty if there is none."""

    outcome: str
    rule: str
    value: str
    band: str
    reason: str


def verdict_lines(envelope: dict[str, Any], tr: Translations) -> list[VerdictLine]:
    """Return the verdicts: failures and unsure ones first, then in the order of the standard."""
    verdicts: list[dict[str, Any]] = sorted(envelope["verdicts"], key=lambda v: _WORST_FIRST.index(v["outcome"]))
    return [_verdict_line(verdict, tr) for verdict in verdicts[:MAX_VERDICTS]]


def outcome_counts(envelope: dict[str, Any]) -> dict[str, int]:
    outcomes = [verdict["outcome"] for verdict in envelope["verdicts"]]
    return {outcome: outcomes.count(outcome) for outcome in _WORST_FIRST}


def recipe_lines(recipe: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return every entry of the recipe by its path ("crop.left"); hashes and long values are shortened."""
    lines = islice(_flatten(recipe or {}), _MAX_RECIPE_LINES)
    return [
        (path[-_MAX_TEXT_LENGTH:], text if len(text) <= _MAX_TEXT_LENGTH else text[:_MAX_TEXT_LENGTH] + "…")
        for path, text in lines
    ]


def _verdict_line(verdict: dict[str, Any], tr: Translations) -> VerdictLine:
    key = f"rule.{verdict['rule']}"
    unit = verdict["unit"]
    value = "" if verdict["value"] is None else f"{_number(verdict['value'])} {unit}".strip()
    reason = current_message_id(verdict["reason"])
    return VerdictLine(
        outcome=verdict["outcome"],
        rule=tr.translate(key) if tr.has(key) else verdict["rule"],
        value=value,
        band=_band(verdict["min"], verdict["max"], unit),
        reason=tr.translate(reason) if reason and tr.has(reason) else "",
    )


def _band(low: float | None, high: float | None, unit: str) -> str:
    if low is not None and high is not None:
        span = _number(low) if low == high else f"{_number(low)} – {_number(high)}"
    elif low is not None:
        span = f"≥ {_number(low)}"
    else:
        span = f"≤ {_number(high)}" if high is not None else ""
    return f"{span} {unit}".strip()


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and not any(isinstance(inner, dict | list) for inner in value):
        yield path, ", ".join(_leaf_text(inner) for inner in value)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flatten(inner, f"{path}.{place}")
    else:
        yield path, _leaf_text(value)


def _leaf_text(value: Any) -> str:
    return _number(value) if isinstance(value, float) else str(value)
