"""zhengguan-server import-roster: reports what a file changes, and writes it unless it is only to be checked."""

from __future__ import annotations

import sys
from pathlib import Path

from config.errors import Problem
from config.i18n import FALLBACK
from server.records.models import Campaign
from server.records.roster_import.changes import Plan
from server.records.roster_import.importer import Imported, Origin, compare_roster, import_roster
from server.records.roster_import.report import bad_lines, report


def run(campaign: Campaign, file: Path, sheet: str, skip_bad: bool, dry_run: bool) -> int:
    """The exit code: 1 where lines are wrong that were not to be skipped. Raises Problem where nothing can be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Problem("roster.file", file=file, why=error.strerror) from error
    if dry_run:
        plan = compare_roster(campaign, content, sheet)
        _tell(plan)
        print(Problem("roster.dry_run", **_counts(plan)))
        return 1 if plan.bad and not skip_bad else 0
    done = import_roster(campaign, content, skip_bad, sheet, Origin(file.name), _progress, _tell)
    print(_summary(done))
    return 1 if done.bad and not skip_bad else 0


def _tell(plan: Plan) -> None:
    """Every change, before it is written."""
    for line in bad_lines(plan.bad, FALLBACK):
        print(line, file=sys.stderr)
    for line in report(plan, FALLBACK):
        print(line)


def _progress(done: int, count: int) -> None:
    if (done == count and count > 1000) or done % 2000 == 0:
        print(Problem("roster.encrypting", done=done, count=count), file=sys.stderr, flush=True)


def _summary(done: Imported) -> Problem:
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged, "bad": len(done.bad)}
    return Problem("roster.done" if done.done else "roster.nothing", **counts)


def _counts(plan: Plan) -> dict[str, object]:
    return {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "bad": len(plan.bad),
    }
