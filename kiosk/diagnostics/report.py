"""The results of the checks: one line each for the terminal, and the whole report as one text to send."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.errors import Problem
from config.i18n import Message, Translations, translations


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  # the station is ready, but somebody should look at this
    FAILURE = "failure"  # the station cannot be used like this


@dataclass(frozen=True)
class CheckResult:
    """`subject` names the part (diagnosis.subject.<subject>), `message` is the sentence; `details` are facts for
    support, in English as the libraries report them."""

    subject: str
    level: Level
    message: Message
    details: tuple[str, ...] = ()

    def translate(self, language: str) -> str:
        return translations(language).translate(self.message.key, **self.message.values)


def check_result(
    subject: str, level: Level, outcome: str, details: tuple[str, ...] = (), **values: object
) -> CheckResult:
    """Return the result with the message diagnosis.<subject>.<outcome>."""
    return CheckResult(subject, level, Message(f"diagnosis.{subject}.{outcome}", values), details)


def result_from_problem(subject: str, level: Level, problem: Problem, details: tuple[str, ...] = ()) -> CheckResult:
    """Return the result for a problem that the part itself reported."""
    return CheckResult(subject, level, Message(problem.key, problem.values), details)


LEVEL_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILURE: "✗"}


def format_result(result: CheckResult, words: Translations) -> str:
    """Return one line for people: mark, subject, sentence."""
    subject = words.translate(f"diagnosis.subject.{result.subject}")
    sentence = words.translate(result.message.key, **result.message.values)
    return f"{LEVEL_MARKS[result.level]} {subject}{words.translate('diagnosis.colon')}{sentence}"


def summary(results: Sequence[CheckResult], words: Translations) -> str:
    """Return the last line: the number of warnings and failures."""
    failures = sum(one.level is Level.FAILURE for one in results)
    warnings = sum(one.level is Level.WARNING for one in results)
    if failures:
        return words.translate("diagnosis.verdict.failure", failures=failures, warnings=warnings)
    return (
        words.translate("diagnosis.verdict.warning", warnings=warnings)
        if warnings
        else words.translate("diagnosis.verdict.ok")
    )


def as_text(results: Sequence[CheckResult], at: datetime, words: Translations) -> str:
    """Return the whole report with its details. It contains no student's name, number or picture."""
    head = words.translate("diagnosis.head", time=f"{at:%Y-%m-%d %H:%M %z}")
    body: list[str] = [head, ""]
    for one in results:
        body.append(format_result(one, words))
        body += [f"      {detail}" for detail in one.details]
    return "\n".join([*body, "", summary(results, words)]) + "\n"


def as_json_lines(results: Iterable[CheckResult], words: Translations) -> str:
    """Return one line of JSON for each result: names for programs, the sentence for people."""
    return "".join(
        json.dumps(
            {
                "subject": one.subject,
                "level": one.level.value,
                "key": one.message.key,
                "says": words.translate(one.message.key, **one.message.values),
                "details": list(one.details),
            },
            ensure_ascii=False,
        )
        + "\n"
        for one in results
    )
