"""The verdicts of a portrait as text: failures first, with their reasons; then what passed, in brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import QGridLayout, QSizePolicy, QWidget

from config.i18n import Message, Translations, translations
from kiosk.guidance.verdict import Outcome, Verdict
from kiosk.ui.base import Card, column
from kiosk.ui.painting.icons import Icon
from kiosk.ui.theme import Scale
from kiosk.ui.widgets.measured_value import format_number, value_message
from kiosk.ui.widgets.scroll_area import TouchScrollArea
from kiosk.ui.widgets.translated import Label, retranslate_all

# The rules that people check first in a portrait; the other passed rules are in one line.
PRIORITY_RULES: Final = (
    *("hair_top", "eye_line", "face_width", "centring", "background_colour"),
    *("eyes_open", "mouth_closed", "roll", "light_balance", "focus"),
)
FILE_RULES: Final = ("width", "height", "dpi", "colour_bits", "bytes", "jpeg_quality")


_FULL_HEIGHT: Final = 460  # design units of height in which failures are visible without scrolling


class VerdictList(TouchScrollArea):
    """Shows the failed and unsure rules, then the passed PRIORITY_RULES, then the rest in one line.

    If no rule failed or is unsure, all content is visible; otherwise the list scrolls.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdicts")
        self.setFocusPolicy(Qt.NoFocus)
        policy = QSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._verdicts: tuple[Verdict, ...] = ()
        self._scale = Scale(1.0, False)
        self._translations = translations()
        self._rebuild()

    def heightForWidth(self, width: int) -> int:
        """Return the height of all content, or of a part if a rule failed or is unsure: then the list scrolls."""
        whole = self.widget().layout().totalHeightForWidth(width)
        has_findings = any(v.outcome in (Outcome.FAIL, Outcome.UNSURE) for v in self._verdicts)
        return min(whole, self._scale.px(_FULL_HEIGHT)) if has_findings else whole

    def sizeHint(self) -> QSize:
        return QSize(self._scale.px(500), self._scale.px(_FULL_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._scale.px(300), self._scale.px(120))

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        if tuple(verdicts) != self._verdicts:
            self._verdicts = tuple(verdicts)
            self._rebuild()

    def update_layout(self, scale: Scale) -> None:
        if scale != self._scale:
            self._scale = scale
            self._rebuild()

    def retranslate(self, tr: Translations) -> None:
        self._translations = tr

    def clear(self) -> None:
        self.show_verdicts(())

    def _rebuild(self) -> None:
        inside = QWidget()
        # Its minimum height is computed for its minimum width, where every line breaks; the real width counts.
        inside.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Ignored)
        box = column(inside)
        box.setSpacing(self._scale.px(14))
        for outcome in (Outcome.FAIL, Outcome.UNSURE):
            for verdict in self._verdicts:
                if verdict.outcome is outcome:
                    box.addWidget(_FailedRule(verdict, self._scale))
        box.addLayout(self._passed_grid())
        box.addStretch(1)
        self.setWidget(inside)
        self.updateGeometry()
        retranslate_all(inside, self._translations)

    def _passed_grid(self) -> QGridLayout:
        passed = {v.rule: v for v in self._verdicts if v.outcome is Outcome.PASS}
        parts = [
            _RuleSummary(Message(f"rule.{n}"), value_message(passed[n]), "tick", self._scale)
            for n in PRIORITY_RULES
            if n in passed
        ]
        unmeasured = [v for v in self._verdicts if v.outcome is Outcome.NOT_MEASURED]
        parts += [_RuleSummary(Message(f"rule.{v.rule}"), value_message(v), "dash", self._scale) for v in unmeasured]
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._scale.px(32))
        grid.setVerticalSpacing(self._scale.px(12))
        for place, part in enumerate(parts):
            grid.addWidget(part, place // 2, place % 2)
        rest = {name: verdict for name, verdict in passed.items() if name not in PRIORITY_RULES}
        if rest:
            grid.addWidget(_RuleSummary(*_passed_summary(rest), "tick", self._scale), (len(parts) + 1) // 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid


def _passed_summary(rest: Mapping[str, Verdict]) -> tuple[Message, Message | None]:
    """Return one line for the passed rules outside PRIORITY_RULES, and facts of the file if all FILE_RULES passed."""
    facts = {name: format_number(verdict.value or 0.0) for name, verdict in rest.items() if name in FILE_RULES}
    if len(facts) < len(FILE_RULES):
        return Message("screen.review.others", {"number": len(rest)}), None
    others = len(rest) - len(FILE_RULES)
    title = Message("screen.review.file_and", {"number": others}) if others else Message("screen.review.file")
    return title, Message(
        "screen.review.facts", {**facts, "kilobytes": format_number((rest["bytes"].value or 0.0) / 1000)}
    )


class _FailedRule(Card):
    """A failed or unsure rule: its name, the value beside its band, and the reason."""

    def __init__(self, verdict: Verdict, scale: Scale) -> None:
        failed = verdict.outcome is Outcome.FAIL
        super().__init__("critical" if failed else "warning", horizontal=True)
        self.update_layout(scale, padding=24, spacing=20)
        texts = QWidget()
        lines = column(texts)
        name = Label(f"rule.{verdict.rule}", "strong")
        lines.addWidget(name)
        if verdict.reason:
            lines.addWidget(Label(verdict.reason, "small"))
        figures = Label(role="smallstrong", wrap=False)
        figures.set_message(value_message(verdict))
        self.box.addWidget(Icon("cross" if failed else "question", scale.px(48)), 0, Qt.AlignVCenter)
        self.box.addWidget(texts, 1)
        self.box.addWidget(figures, 0, Qt.AlignVCenter)


class _RuleSummary(QWidget):
    """A rule that passed or could not be measured, with the value below."""

    def __init__(self, title: Message, below: Message | None, icon: str, scale: Scale) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Minimum)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(scale.px(18))
        grid.setVerticalSpacing(0)
        grid.addWidget(Icon(icon, scale.px(52)), 0, 0, 2, 1, Qt.AlignVCenter)
        name = Label(role="brief")
        name.set_message(title)
        grid.addWidget(name, 0, 1)
        if below is not None:
            figures = Label(role="small")
            figures.set_message(below)
            grid.addWidget(figures, 1, 1)
        grid.setColumnStretch(1, 1)
