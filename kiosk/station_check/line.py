"""One line of the report: what was looked at, how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from config.problem import Problem
from config.words import Phrase, words


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  # the day can begin; this should be seen to
    FAILURE = "failure"  # the day cannot begin like this


@dataclass(frozen=True)
class Line:
    """`subject` names what was looked at (diagnosis.subject.<subject>), `said` is the sentence; `details` are facts for
    who receives the report, in English as the libraries give them."""

    subject: str
    level: Level
    said: Phrase
    details: tuple[str, ...] = ()

    def in_words(self, language: str) -> str:
        return words(language).say(self.said.key, **self.said.values)


def line(subject: str, level: Level, outcome: str, details: tuple[str, ...] = (), **values: object) -> Line:
    """The line whose sentence is diagnosis.<subject>.<outcome>."""
    return Line(subject, level, Phrase(f"diagnosis.{subject}.{outcome}", values), details)


def from_problem(subject: str, level: Level, problem: Problem, details: tuple[str, ...] = ()) -> Line:
    """The line that says what a part itself says is wrong."""
    return Line(subject, level, Phrase(problem.key, problem.values), details)
