"""One shot's way through the command: what is to be done, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import Any

from config.errors import Problem
from config.standards.registry import PhotoStandard
from kiosk.guidance.verdict import Outcome


@dataclass(frozen=True)
class BatchOptions:
    """What holds for all shots of a run.

    `remake`: also those whose portrait is there; `draw_sheets`: draw sheets, too; `use_network`: the installed portrait
    network is heard.
    """

    out: Path
    standard: PhotoStandard
    language: str
    remake: bool = False
    draw_sheets: bool = False
    use_network: bool = False


@dataclass(frozen=True)
class Job:
    """A shot's file and the name of its portrait below the order's folder; `display_name` is how people read its
    name."""

    shot: Path
    portrait: PurePath
    display_name: str


class JobStatus(StrEnum):
    MADE = "made"
    UNCHANGED = "kept"  # was there already, from the same shot by the same standard
    FAILED = "failed"


@dataclass(frozen=True)
class JobResult:
    """What became of an errand. `failing_rules`: the rules that do not say "pass", with what they say instead."""

    job: Job
    result: JobStatus
    not_passed: tuple[tuple[str, Outcome], ...] = ()
    problem: Problem | None = None

    @property
    def passed(self) -> bool:
        """Whether there is a portrait and every rule passes."""
        return self.result is not JobStatus.FAILED and not self.not_passed


def failing_rules(recipe: Mapping[str, Any]) -> tuple[tuple[str, Outcome], ...]:
    """The rules of a recipe's verdicts that do not say "pass"."""
    outcomes = {rule: Outcome(verdict["outcome"]) for rule, verdict in recipe.get("verdicts", {}).items()}
    return tuple((rule, outcome) for rule, outcome in outcomes.items() if outcome is not Outcome.PASS)
