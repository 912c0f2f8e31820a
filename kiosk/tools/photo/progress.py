"""What `make` says while it works and at its end: a bar with the time left on a terminal, a line a shot in a pipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.i18n import Translations
from kiosk.guidance.verdict import Outcome
from kiosk.tools.photo.job import Done, Result
from kiosk.tools.photo.report import REPORT, rule_said
from kiosk.tools.photo.shots import printable

_NAMED: Final = 4  # shots named with a rule; the report names them all


class Telling:
    """Tells of each shot as it is done; why one has no portrait is said once, at the end."""

    def __init__(self, total: int, words: Translations, stream: TextIO) -> None:
        self._words = words
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._bar: Progress | None = None
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(words.translate("command.progress.left")),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task(words.translate("command.progress.making"), total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, done: Done) -> None:
        """The bar goes on, or there is a line more."""
        if self._bar is None:
            self._line(_line(done, self._words))
        else:
            self._bar.advance(self._task)

    def sum_up(self, done: Sequence[Done], passed_over: Counter[str], out: Path, interrupted: bool) -> None:
        """The end: how many, which rules did not pass, and every shot without a portrait."""
        self._line("")
        for line in summary(done, passed_over, out, interrupted, self._words):
            self._line(line)

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


def _line(done: Done, words: Translations) -> str:
    if done.problem is not None:
        return words.translate("command.line.failed", shot=done.errand.shown)
    key = "command.line.kept" if done.result is Result.KEPT else "command.line.made"
    line = words.translate(key, shot=done.errand.shown, portrait=printable(done.errand.portrait.as_posix()))
    if not done.not_passed:
        return line
    rules = words.translate("command.comma").join(rule_said(rule, outcome, words) for rule, outcome in done.not_passed)
    return words.translate("command.line.but", line=line, rules=rules)


def summary(
    done: Sequence[Done], passed_over: Counter[str], out: Path, interrupted: bool, words: Translations
) -> list[str]:
    """The lines of the end."""
    lines = [words.translate("command.sum.interrupted")] if interrupted else []
    results = Counter(one.result for one in done)
    well = sum(one.well for one in done)
    lines.append(words.translate("command.sum.made", made=results[Result.MADE], kept=results[Result.KEPT], well=well))
    lines += _rules(done, words)
    failed = [one for one in done if one.result is Result.FAILED]
    if failed:
        lines.append(words.translate("command.sum.failed", count=len(failed)))
        lines += [words.translate("command.sum.why", shot=one.errand.shown, why=_why(one, words)) for one in failed]
    if passed_over:
        kinds = ", ".join(f"{kind} {count}" for kind, count in passed_over.most_common())
        lines.append(words.translate("command.sum.passed_over", count=passed_over.total(), kinds=printable(kinds)))
    lines.append(words.translate("command.sum.where", out=printable(str(out)), report=REPORT))
    return lines


def _why(one: Done, words: Translations) -> str:
    return one.problem.in_language(words.language) if one.problem else ""


def _rules(done: Sequence[Done], words: Translations) -> list[str]:
    """How often each rule did not pass, the most frequent first, and of which shots."""
    shots: dict[tuple[str, Outcome], list[str]] = {}
    for one in done:
        for said in one.not_passed:
            shots.setdefault(said, []).append(one.errand.shown)
    if not shots:
        return []
    lines = [words.translate("command.sum.not_passed", count=sum(bool(one.not_passed) for one in done))]
    for (rule, outcome), names in sorted(shots.items(), key=lambda item: -len(item[1])):
        some = words.translate("command.comma").join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
        lines.append(
            words.translate("command.sum.rule", rule=rule_said(rule, outcome, words), count=len(names), shots=some)
        )
    return lines
