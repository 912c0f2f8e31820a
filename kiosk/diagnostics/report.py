"""The report: lines as they come, for the terminal, and the whole as one text to send."""

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
    WARNING = "warning"  # the day can begin; this should be seen to
    FAILURE = "failure"  # the day cannot begin like this


@dataclass(frozen=True)
class CheckResult:
    """`subject` names what was looked at (diagnosis.subject.<subject>), `message` is the sentence; `details` are facts
    for who receives the report, in English as the libraries give them."""

    subject: str
    level: Level
    message: Message
    details: tuple[str, ...] = ()

    def translate(self, language: str) -> str:
        return translations(language).translate(self.message.key, **self.message.values)


def check_result(
    subject: str, level: Level, outcome: str, details: tuple[str, ...] = (), **values: object
) -> CheckResult:
    """The line whose sentence is diagnosis.<subject>.<outcome>."""
    return CheckResult(subject, level, Message(f"diagnosis.{subject}.{outcome}", values), details)


def result_from_problem(subject: str, level: Level, problem: Problem, details: tuple[str, ...] = ()) -> CheckResult:
    """The line that says what a part itself says is wrong."""
    return CheckResult(subject, level, Message(problem.key, problem.values), details)


LEVEL_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.FAILURE: "✗"}


def format_result(result: CheckResult, words: Translations) -> str:
    """One line for people: mark, subject, sentence."""
    subject = words.translate(f"diagnosis.subject.{result.subject}")
    sentence = words.translate(result.message.key, **result.message.values)
    return f"{LEVEL_MARKS[result.level]} {subject}{words.translate('diagnosis.colon')}{sentence}"


def summary(results: Sequence[CheckResult], words: Translations) -> str:
    """The last line: how many things need seeing to."""
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
    """The whole report with its details. It holds no student's name, number or picture."""
    head = words.translate("diagnosis.head", time=f"{at:%Y-%m-%d %H:%M %z}")
    body: list[str] = [head, ""]
    for one in results:
        body.append(format_result(one, words))
        body += [f"      {detail}" for detail in one.details]
    return "\n".join([*body, "", summary(results, words)]) + "\n"


def as_json_lines(results: Iterable[CheckResult], words: Translations) -> str:
    """One line of JSON each: names for machines, the sentence for people."""
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
