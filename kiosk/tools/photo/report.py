"""The result of every shot of a run, as a table for Excel and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Final

from config.i18n import Translations
from kiosk.guidance.verdict import Outcome
from kiosk.tools.photo.job import JobResult, JobStatus
from kiosk.tools.photo.output_folder import recipe_name
from kiosk.tools.photo.shots import printable

REPORT_NAME: Final = "report.csv"
_FORMULA_STARTS: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
)  # a spreadsheet evaluates a cell that begins with one of these (CWE-1236)


def as_csv(results: Sequence[JobResult], tr: Translations) -> bytes:
    """Return CSV with the byte order mark, without which Excel misreads Chinese."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(tr.translate(f"command.report.{name}") for name in ("shot", "portrait", "result", "rules", "why"))
    for one in results:
        row = (
            one.job.display_name,
            _portrait_name(one),
            tr.translate(f"command.result.{one.result}"),
            tr.translate("command.comma").join(rule_text(rule, outcome, tr) for rule, outcome in one.not_passed),
            one.problem.in_language(tr.language) if one.problem else "",
        )
        writer.writerow(f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in row)
    return file.getvalue().encode("utf-8-sig")


def as_json(results: Sequence[JobResult], language: str, interrupted: bool) -> str:
    """Return the results as one JSON object; its keys and codes are English, its sentences in `language`."""
    shots = [_as_dict(one, language) for one in results]
    counts = {result.value: sum(one.result is result for one in results) for result in JobStatus}
    totals = {**counts, "not_passed": sum(bool(one.not_passed) for one in results), "interrupted": interrupted}
    return json.dumps({**totals, "shots": shots}, ensure_ascii=False, indent=1)


def rule_text(rule: str, outcome: Outcome, tr: Translations) -> str:
    """Return the name of a rule, with its outcome in brackets."""
    key = f"rule.{rule}"
    return tr.translate(
        "command.rule",
        rule=tr.translate(key) if tr.has(key) else rule,
        outcome=tr.translate(f"command.outcome.{outcome}"),
    )


def _as_dict(result: JobResult, language: str) -> dict[str, Any]:
    has_portrait = result.result is not JobStatus.FAILED
    return {
        "shot": result.job.display_name,
        "result": result.result.value,
        "portrait": _portrait_name(result) or None,
        "recipe": printable(recipe_name(result.job.portrait).as_posix()) if has_portrait else None,
        "replaced": result.replaced,
        "not_passed": {rule: outcome.value for rule, outcome in result.not_passed},
        "problem": result.problem.key if result.problem else None,
        "sentence": result.problem.in_language(language) if result.problem else None,
    }


def _portrait_name(result: JobResult) -> str:
    return "" if result.result is JobStatus.FAILED else printable(result.job.portrait.as_posix())
