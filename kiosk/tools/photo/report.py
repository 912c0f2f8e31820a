"""What became of every shot of a run, as a table for Excel and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Final

from config.i18n import Translations
from kiosk.guidance.verdict import Outcome
from kiosk.tools.photo.job import Done, Result
from kiosk.tools.photo.output_folder import recipe_name
from kiosk.tools.photo.shots import printable

REPORT: Final = "report.csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t")  # a cell that begins so is calculated when a table is opened (CWE-1236)


def table(done: Sequence[Done], words: Translations) -> bytes:
    """CSV with the byte order mark, without which Excel takes Chinese for something else."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(
        words.translate(f"command.report.{name}") for name in ("shot", "portrait", "result", "rules", "why")
    )
    for one in done:
        row = (
            one.errand.shown,
            _portrait(one),
            words.translate(f"command.result.{one.result}"),
            words.translate("command.comma").join(rule_said(rule, outcome, words) for rule, outcome in one.not_passed),
            one.problem.in_language(words.language) if one.problem else "",
        )
        writer.writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row)
    return file.getvalue().encode("utf-8-sig")


def as_json(done: Sequence[Done], language: str, interrupted: bool) -> str:
    """The same for programs: one object, its keys and codes in English whatever the language of its sentences."""
    shots = [_plain(one, language) for one in done]
    counts = {result.value: sum(one.result is result for one in done) for result in Result}
    whole = {**counts, "not_passed": sum(bool(one.not_passed) for one in done), "interrupted": interrupted}
    return json.dumps({**whole, "shots": shots}, ensure_ascii=False, indent=1)


def rule_said(rule: str, outcome: Outcome, words: Translations) -> str:
    """The name of a rule, and what it says in brackets."""
    key = f"rule.{rule}"
    return words.translate(
        "command.rule",
        rule=words.translate(key) if words.has(key) else rule,
        outcome=words.translate(f"command.outcome.{outcome}"),
    )


def _plain(one: Done, language: str) -> dict[str, Any]:
    has = one.result is not Result.FAILED
    return {
        "shot": one.errand.shown,
        "result": one.result.value,
        "portrait": _portrait(one) or None,
        "recipe": printable(recipe_name(one.errand.portrait).as_posix()) if has else None,
        "not_passed": {rule: outcome.value for rule, outcome in one.not_passed},
        "problem": one.problem.key if one.problem else None,
        "sentence": one.problem.in_language(language) if one.problem else None,
    }


def _portrait(one: Done) -> str:
    return "" if one.result is Result.FAILED else printable(one.errand.portrait.as_posix())
