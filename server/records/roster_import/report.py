"""Report what a roster file changes, line by line, for the command and the page. It contains no complete ID number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from config.errors import Problem
from config.i18n import translations
from config.person_names import mask_name
from server.records.roster_import.import_plan import Change, ImportPlan, mask_value
from server.records.roster_import.row import BadLine, count_reasons

MAX_LINES: Final = 20


def report(plan: ImportPlan, language: str) -> Iterator[str]:
    """Yield notes on the file, every change, the first new students, and the first that the file does not name."""
    for note in plan.notes:
        yield note.in_language(language)
    for change in plan.changed:
        yield change_line(change, language)
    tr = translations(language)
    if plan.created:
        names = [f"{mask_name(row.name)} {row.student_no}".strip() for row in plan.created[:MAX_LINES]]
        yield tr.translate("roster.report_new", count=len(plan.created), names=_join_names(names, len(plan.created)))
    if plan.missing:
        names = [f"{mask_name(known.name)} {known.student_no}".strip() for known in plan.missing[:MAX_LINES]]
        yield tr.translate(
            "roster.report_missing", count=len(plan.missing), names=_join_names(names, len(plan.missing))
        )


def change_line(change: Change, language: str) -> str:
    """Format line, student, and each value as old → new."""
    tr = translations(language)
    values = "; ".join(
        f"{tr.translate(f'roster.column_{column}')} {mask_value(column, old)} → {mask_value(column, new)}"
        for column, (old, new) in change.columns.items()
    )
    return tr.translate(
        "roster.report_changed", line=change.row.line, name=mask_name(change.student.name), values=values
    )


def bad_line_report(bad: tuple[BadLine, ...], language: str) -> Iterator[str]:
    """Yield a sentence for each of the first rejected lines; for the rest, the number of lines per reason."""
    for line in islice(bad, MAX_LINES):
        yield line.in_language(language)
    if len(bad) > MAX_LINES:
        yield Problem("roster.report_more", count=len(bad) - MAX_LINES).in_language(language)
        for key, count in count_reasons(bad).most_common():
            example = next(line for line in bad if line.key == key)
            yield f"{count} × {example.in_language(language)}"


def _join_names(names: list[str], count: int) -> str:
    return ", ".join(names) + (" …" if count > len(names) else "")
