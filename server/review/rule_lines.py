"""The measured places and their allowed bands, drawn over the portrait as on the sheet of kiosk.capture.report.

The server measures nothing: a line is drawn where the envelope has a verdict. So there is a chin only for standards
with a rule on the height of the head or of the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations
from config.standards.registry import PhotoStandard, Stage
from server.records.models import Campaign

_DEFAULT_SIZE: Final = (480, 640)
_LABEL_HEIGHT_PX: Final = 22


@dataclass(frozen=True)
class Band:
    """Where a line may lie, in portrait pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A measured place, in portrait pixels; `outcome` of its rule, "" without one. `label_y`: the text's baseline."""

    x1: float
    y1: float
    x2: float
    y2: float
    outcome: str = ""
    label: str = ""
    label_y: float = 0.0


@dataclass(frozen=True)
class RuleLines:
    """Bands and lines over a portrait; `size` is the portrait's, in pixels."""

    size: tuple[int, int]
    bands: tuple[Band, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Measured:
    """The verdicts on the position of the head, by metric."""

    width: int
    height: int
    verdicts: Mapping[str, Mapping[str, Any]]

    def value(self, metric: str) -> float | None:
        value = self.verdicts.get(metric, {}).get("value")
        return float(value) if isinstance(value, int | float) else None

    def outcome(self, metric: str) -> str:
        return str(self.verdicts.get(metric, {}).get("outcome", ""))

    @property
    def chin(self) -> tuple[str, float] | None:
        """The metric that places the chin, and its row."""
        top, head, body = self.value("hair_top"), self.value("head_height"), self.value("body_share")
        if body is not None:
            return "body_share", self.height * (1 - body)
        return None if top is None or head is None else ("head_height", top + head * self.height)

    @property
    def middle(self) -> float | None:
        offset = self.value("centring")
        return None if offset is None else self.width / 2 + offset


def rule_lines(envelope: Mapping[str, Any], campaign: Campaign, tr: Translations) -> RuleLines | None:
    """Return what the envelope's verdicts show; None if they place nothing."""
    try:
        standard: PhotoStandard | None = campaign.photo_standard()
    except Problem:
        standard = None
    size = (standard.output.width, standard.output.height) if standard else _DEFAULT_SIZE
    measured = _Measured(*size, _verdicts_by_metric(envelope, standard))
    lines = tuple(line for line in _lines(measured, tr) if _is_inside(line, size))
    return RuleLines(size, tuple(_bands(measured)), _with_labels_apart(lines)) if lines else None


def _verdicts_by_metric(envelope: Mapping[str, Any], standard: PhotoStandard | None) -> dict[str, Mapping[str, Any]]:
    """A rule of an unknown standard counts as one on the metric of the same name."""
    rules = standard.rules_for(Stage.PORTRAIT) if standard else {}
    verdicts = envelope.get("verdicts", ())
    return {rules[v["rule"]].metric if v["rule"] in rules else v["rule"]: v for v in verdicts}


def _bands(measured: _Measured) -> Iterator[Band]:
    for metric in ("hair_top", "eye_line"):
        low, high = _bounds(measured.verdicts.get(metric, {}), 0, measured.height)
        if high > low:
            yield Band(0, low, measured.width, high - low)
    half = measured.width / 2
    low, high = _bounds(measured.verdicts.get("centring", {}), -half, half)
    if high > low:
        yield Band(half + low, 0, high - low, measured.height)


def _bounds(verdict: Mapping[str, Any], lowest: float, highest: float) -> tuple[float, float]:
    """Return the band within the picture; an empty one without bounds."""
    low, high = verdict.get("min"), verdict.get("max")
    if low is None and high is None:
        return 0.0, 0.0
    low, high = lowest if low is None else float(low), highest if high is None else float(high)
    return min(max(low, lowest), highest), min(max(high, lowest), highest)


def _lines(measured: _Measured, tr: Translations) -> Iterator[Line]:
    for metric in ("hair_top", "eye_line"):
        row = measured.value(metric)
        if row is not None:
            yield _level_line(measured, row, metric, f"{tr.translate(f'rule.{metric}')} {row:.0f} px")
    if measured.chin is not None:
        metric, row = measured.chin
        yield _level_line(measured, row, metric, f"{tr.translate('review_page.chin')} {row:.0f} px")
    middle, eyes, wide = measured.middle, measured.value("eye_line"), measured.value("face_width")
    if middle is None:
        return
    yield Line(middle, 0, middle, measured.height, measured.outcome("centring"))
    if eyes is not None and wide is not None:
        reach = 0.06 * measured.height
        for side in (middle - wide / 2, middle + wide / 2):
            yield Line(side, eyes - reach, side, eyes + 2 * reach, measured.outcome("face_width"))


def _level_line(measured: _Measured, row: float, metric: str, label: str) -> Line:
    return Line(0, row, measured.width, row, measured.outcome(metric), label, row - 6)


def _is_inside(line: Line, size: tuple[int, int]) -> bool:
    """Whether a page can draw it; NaN is not inside."""
    return all(0 <= x <= size[0] for x in (line.x1, line.x2)) and all(
        -size[1] <= y <= 2 * size[1] for y in (line.y1, line.y2)
    )


def _with_labels_apart(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Move a label below its line where it would lie outside the picture or over the label above."""
    moved, last = [], 0.0
    for line in sorted(lines, key=lambda one: one.label_y):
        if not line.label:
            moved.append(line)
            continue
        y = max(line.label_y, last + _LABEL_HEIGHT_PX)
        last = y
        moved.append(Line(line.x1, line.y1, line.x2, line.y2, line.outcome, line.label, y))
    return tuple(moved)
