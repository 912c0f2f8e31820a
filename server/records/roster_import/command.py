"""zhengguan server import-roster: report the changes of a file, and write them unless it is a dry run."""

from __future__ import annotations

import sys
from pathlib import Path

from config.errors import Problem
from config.i18n import FALLBACK
from server.records.models import Campaign
from server.records.roster_import.import_audit import ImportSource
from server.records.roster_import.import_plan import ImportPlan
from server.records.roster_import.importer import ImportResult, compare_roster, import_roster
from server.records.roster_import.report import bad_line_report, report


def run(campaign: Campaign, file: Path, sheet: str, skip_bad: bool, dry_run: bool) -> int:
    """Return the exit code: 1 if lines are wrong and were not to be skipped. Raises Problem if nothing can be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Problem("roster.file", file=file, why=error.strerror) from error
    if dry_run:
        plan = compare_roster(campaign, content, sheet)
        _print_plan(plan)
        print(Problem("roster.dry_run", **_counts(plan)))
        return 1 if plan.bad_lines and not skip_bad else 0
    result = import_roster(campaign, content, skip_bad, sheet, ImportSource(file.name), _print_progress, _print_plan)
    print(_summary(result))
    return 1 if result.bad_lines and not skip_bad else 0


def _print_plan(plan: ImportPlan) -> None:
    """Print every change before it is written."""
    for line in bad_line_report(plan.bad_lines, FALLBACK):
        print(line, file=sys.stderr)
    for line in report(plan, FALLBACK):
        print(line)


def _print_progress(done: int, count: int) -> None:
    if (done == count and count > 1000) or done % 2000 == 0:
        print(Problem("roster.encrypting", done=done, count=count), file=sys.stderr, flush=True)


def _summary(result: ImportResult) -> Problem:
    counts = {
        "created": result.created,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "bad": len(result.bad_lines),
    }
    return Problem("roster.done" if result.has_effect else "roster.nothing", **counts)


def _counts(plan: ImportPlan) -> dict[str, object]:
    return {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "bad": len(plan.bad_lines),
    }
