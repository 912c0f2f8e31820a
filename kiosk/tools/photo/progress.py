"""The output of `make`: a bar with the remaining time on a terminal, a line per shot in a pipe, and a summary."""

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
from kiosk.tools.photo.job import JobResult, JobStatus
from kiosk.tools.photo.report import REPORT_NAME, rule_text
from kiosk.tools.photo.shots import printable

_MAX_NAMED_SHOTS: Final = 4  # shots named per rule; the report names them all


class ProgressReporter:
    """Prints each shot as it is done; the reason of a missing portrait is printed once, at the end."""

    def __init__(self, total: int, tr: Translations, stream: TextIO) -> None:
        self._translations = tr
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._bar: Progress | None = None
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(tr.translate("command.progress.left")),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task(tr.translate("command.progress.making"), total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, result: JobResult) -> None:
        """Advance the bar, or print one more line."""
        if self._bar is None:
            self._line(_result_line(result, self._translations))
        else:
            self._bar.advance(self._task)

    def print_summary(
        self, results: Sequence[JobResult], skipped: Counter[str], out: Path, interrupted: bool, questions: int
    ) -> None:
        """Print the summary: how many, which rules did not pass, how many `questions` of the standard remain for a
        person, and every shot without a portrait."""
        self._line("")
        for line in summary(results, skipped, out, interrupted, questions, self._translations):
            self._line(line)

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


def _result_line(result: JobResult, tr: Translations) -> str:
    if result.problem is not None:
        return tr.translate("command.line.failed", shot=result.job.display_name)
    key = "command.line.kept" if result.result is JobStatus.UNCHANGED else "command.line.made"
    line = tr.translate(key, shot=result.job.display_name, portrait=printable(result.job.portrait.as_posix()))
    if not result.not_passed:
        return line
    rules = tr.translate("command.comma").join(rule_text(rule, outcome, tr) for rule, outcome in result.not_passed)
    return tr.translate("command.line.but", line=line, rules=rules)


def summary(
    results: Sequence[JobResult], skipped: Counter[str], out: Path, interrupted: bool, questions: int, tr: Translations
) -> list[str]:
    """Return the lines of the summary."""
    lines = [tr.translate("command.summary.interrupted")] if interrupted else []
    counts = Counter(one.result for one in results)
    passed = sum(one.passed for one in results)
    lines.append(
        tr.translate("command.summary.made", made=counts[JobStatus.MADE], kept=counts[JobStatus.UNCHANGED], well=passed)
    )
    replaced = [one.job.display_name for one in results if one.replaced]
    if replaced:
        lines.append(tr.translate("command.summary.replaced", count=len(replaced), shots=_some_names(replaced, tr)))
    if questions and any(one.result is not JobStatus.FAILED for one in results):
        lines.append(tr.translate("command.summary.questions", count=questions))
    lines += _rule_lines(results, tr)
    failed = [one for one in results if one.result is JobStatus.FAILED]
    if failed:
        lines.append(tr.translate("command.summary.failed", count=len(failed)))
        lines += [
            tr.translate("command.summary.why", shot=one.job.display_name, why=_problem_text(one, tr)) for one in failed
        ]
    if skipped:
        kinds = ", ".join(f"{kind} {count}" for kind, count in skipped.most_common())
        lines.append(tr.translate("command.summary.skipped", count=skipped.total(), kinds=printable(kinds)))
    lines.append(tr.translate("command.summary.where", out=printable(str(out)), report=REPORT_NAME))
    return lines


def _problem_text(result: JobResult, tr: Translations) -> str:
    return result.problem.in_language(tr.language) if result.problem else ""


def _rule_lines(results: Sequence[JobResult], tr: Translations) -> list[str]:
    """Return how often each rule did not pass, the most frequent first, and with which shots."""
    shots: dict[tuple[str, Outcome], list[str]] = {}
    for one in results:
        for failed in one.not_passed:
            shots.setdefault(failed, []).append(one.job.display_name)
    if not shots:
        return []
    lines = [tr.translate("command.summary.not_passed", count=sum(bool(one.not_passed) for one in results))]
    for (rule, outcome), names in sorted(shots.items(), key=lambda item: -len(item[1])):
        some = _some_names(names, tr)
        lines.append(
            tr.translate("command.summary.rule", rule=rule_text(rule, outcome, tr), count=len(names), shots=some)
        )
    return lines


def _some_names(names: Sequence[str], tr: Translations) -> str:
    more = " …" if len(names) > _MAX_NAMED_SHOTS else ""
    return tr.translate("command.comma").join(names[:_MAX_NAMED_SHOTS]) + more
