"""The output of `check` for a file: a headline and the rules that do not pass, in columns; or one JSON object."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from config.errors import Problem
from config.i18n import Translations
from config.renamed_keys import rename_keys
from config.standards.registry import PhotoStandard
from kiosk.capture.report.number_format import format_band, format_value
from kiosk.capture.report.wording import colour_name, format_reason
from kiosk.capture.retouch.beauty_filter import Suspicion, suspicion_lines
from kiosk.capture.verification.check_file import CheckReport
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.verdict import MANUAL_CHECK, NOT_IN_FILE, Outcome, Verdict
from kiosk.tools.photo.shots import printable

SCHEMA_VERSION: Final = 1
"""Version of the JSON object; raised when a key is removed or changes its meaning. New keys do not change it."""
_SYMBOLS: Final = {Outcome.PASS: "✓", Outcome.FAIL: "✗", Outcome.UNSURE: "?", Outcome.NOT_MEASURED: "–"}
_STYLES: Final = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.UNSURE: "yellow",
    Outcome.NOT_MEASURED: "dim",
}
_SUMMARY_OUTCOMES: Final = {Summary.RIGHT: Outcome.PASS, Summary.WRONG: Outcome.FAIL, Summary.UNSURE: Outcome.UNSURE}
_ORDER: Final = (Outcome.FAIL, Outcome.UNSURE, Outcome.NOT_MEASURED, Outcome.PASS)


class CheckPrinter:
    """Prints each file as it is checked, and a summary after several. Colours appear on a terminal only and repeat the
    meaning of the symbols."""

    def __init__(self, standard: PhotoStandard, tr: Translations, stream: TextIO, show_all: bool) -> None:
        self._standard = standard
        self._translations = tr
        self._show_all = show_all
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._counts: Counter[str] = Counter()

    def print_file(self, name: str, result: CheckReport | Problem, suspicion: Suspicion | None = None) -> None:
        """Print one file: its headline, then the rules that do not pass, or all of them on request; then the
        `suspicion`."""
        translate = self._translations.translate
        if isinstance(result, Problem):
            self._counts["unread"] += 1
            self._line(
                Text("✗ ", _STYLES[Outcome.FAIL]),
                translate("check.unreadable", file=name, why=result.in_language(self._translations.language)),
            )
            return
        self._counts[result.summary.value] += 1
        outcome = _SUMMARY_OUTCOMES[result.summary]
        self._line(
            Text(f"{_SYMBOLS[outcome]} ", _STYLES[outcome]), headline(name, result, self._standard, self._translations)
        )
        if result.fault is not None:
            self._line(Text(f"  {translate(result.fault.key, **result.fault.values)}", _STYLES[Outcome.FAIL]))
        shown = [v for v in result.evaluated if v.outcome is not Outcome.PASS]
        if self._show_all:
            shown = [v for v in result.verdicts if v.reason not in (MANUAL_CHECK, NOT_IN_FILE)]
        for line in self._table(sorted(shown, key=lambda v: _ORDER.index(v.outcome))):
            self._line(line)
        if self._show_all:
            for verdict in result.manual:
                self._line(f"  ☐ {translate(f'rule.{verdict.rule}.question')}")
            later = [v for v in result.verdicts if v.reason == NOT_IN_FILE]
            if later:
                rules = translate("sheet.comma").join(translate(f"rule.{verdict.rule}") for verdict in later)
                self._line(Text("  – " + translate("check.not_in_file", rules=rules), "dim"))
        elif result.manual and result.summary is not Summary.WRONG:
            self._line(Text("  ☐ " + translate("check.manual_checks", count=len(result.manual)), "dim"))
        for clue in suspicion_lines(suspicion, self._translations) if suspicion is not None else ():
            self._line(f"  {clue}")

    def print_summary(self, sheet: Path | None) -> None:
        """Print the summary after the last file."""
        if self._counts.total() > 1:
            names = [name for name in ("right", "wrong", "unsure", "unread") if self._counts[name]]
            line = "   ".join(
                f"{self._translations.translate(f'sheet.summary.{name}')} {self._counts[name]}" for name in names
            )
            self._line("")
            self._line(self._translations.translate("check.total", count=self._counts.total(), sums=line))
        if sheet is not None:
            self._line(self._translations.translate("check.sheet", sheet=printable(str(sheet))))

    def _table(self, verdicts: Sequence[Verdict]) -> list[Text]:
        rows = [
            (
                self._translations.translate(f"rule.{v.rule}"),
                format_value(v),
                format_band(v, self._translations),
                format_reason(v, self._translations),
            )
            for v in verdicts
        ]
        widths = [max((cell_len(row[n]) for row in rows), default=0) for n in range(3)]
        lines = []
        for verdict, (name, value, band, reason) in zip(verdicts, rows, strict=True):
            line = Text("  ")
            line.append(f"{_SYMBOLS[verdict.outcome]} ", _STYLES[verdict.outcome])
            line.append(_pad(name, widths[0]) + "  ")
            line.append(_pad(value, -widths[1]) + "  ", "bold")
            line.append(_pad(band, widths[2]) + "  ", "dim")
            line.append(reason)
            line.rstrip()
            lines.append(line)
        return lines

    def _line(self, *parts: Text | str) -> None:
        self._console.print(*parts, sep="", soft_wrap=True)


def headline(name: str, report: CheckReport, standard: PhotoStandard, tr: Translations) -> str:
    """Return `photo.jpg: does not meet chsi (blue background); 3 of 23 rules fail`."""
    verdicts = report.evaluated
    counts = Counter(verdict.outcome for verdict in verdicts)
    background = colour_name(report.background, tr)
    if report.background_matched:
        background = tr.translate("check.nearest", colour=background)
    values = {"file": name, "standard": standard.name, "background": background, "all": len(verdicts)}
    open_count = counts[Outcome.UNSURE] + counts[Outcome.NOT_MEASURED]
    return tr.translate(f"check.summary.{report.summary}", **values, failed=counts[Outcome.FAIL], open=open_count)


def as_json(
    file: str,
    result: CheckReport | Problem,
    standard: PhotoStandard,
    tr: Translations,
    suspicion: Suspicion | None = None,
) -> str:
    """Return one object on one line. Keys and codes are English; `said` is in the chosen language. Numbers are as
    measured, in the unit next to them.

    - `schema`: 1. `file`: as given. `sum`: right, wrong, unsure or unreadable, and then only `problem` {key, said}.
    - `standard` {name, version, sha256}; `background` {name, nearest: chosen by the measured colour, wanted, found}.
    - `fault`: null, or {key, said}: the picture is not upright, or a part of it is lost.
    - `facts`: of the file, its sha256 among them. `head`: px of the picture, null without a face; `crown` may be null.
    - `verdicts`: one for every rule {rule, outcome, value, unit, low, high, reason, said}; outcome is pass, fail,
      unsure or not_measured. `reason` not_measured.manual_check: a person has to check it; not_measured.live_only: it
      cannot be measured on a file.
    - `suspicion`, only with --upload: {score 0 to 1, level none, look or strong, evidence, unable, said}.
    """
    document: dict[str, Any] = {"schema": SCHEMA_VERSION, "file": file}
    document["standard"] = {"name": standard.name, "version": standard.version, "sha256": standard.sha256}
    if isinstance(result, Problem):
        problem = {"key": result.key, "said": result.in_language(tr.language)}
        return json.dumps({**document, "sum": "unreadable", "problem": problem}, ensure_ascii=False)
    document |= {"sum": result.summary.value, "facts": asdict(result.facts)}
    document["background"] = {
        "name": result.background,
        "nearest": result.background_matched,
        "wanted": standard.output.backgrounds[result.background],
        "found": result.background_mean,
    }
    fault = result.fault
    document["fault"] = fault and {"key": fault.key, "said": tr.translate(fault.key, **fault.values)}
    document["head"] = None if result.head is None else asdict(result.head)
    document["verdicts"] = [_verdict_entry(v, tr) for v in result.verdicts]
    if suspicion is not None:
        document["suspicion"] = {**asdict(suspicion), "said": suspicion_lines(suspicion, tr)}
    return json.dumps(document, ensure_ascii=False)


def _verdict_entry(verdict: Verdict, tr: Translations) -> dict[str, Any]:
    entry = rename_keys(asdict(verdict), {"min": "low", "max": "high"})  # the names of schema 1
    return {**entry, "said": _reason_text(verdict, tr)}


def _reason_text(verdict: Verdict, tr: Translations) -> str:
    question = f"rule.{verdict.rule}.question"
    return tr.translate(question) if tr.has(question) else format_reason(verdict, tr)


def _pad(text: str, width: int) -> str:
    """Pad the text at its end, or with a negative width at its beginning; Chinese characters are two cells wide."""
    space = " " * max(0, abs(width) - cell_len(text))
    return text + space if width >= 0 else space + text
