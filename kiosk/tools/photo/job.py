"""One shot in a batch: the options, the job and its result."""

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
    """Options for all shots of a run.

    `remake`: also shots that have a portrait; `draw_sheets`: also draw sheets; `use_network`: use the installed
    portrait network.
    """

    out: Path
    standard: PhotoStandard
    language: str
    remake: bool = False
    draw_sheets: bool = False
    use_network: bool = False


@dataclass(frozen=True)
class Job:
    """A shot's file and the name of its portrait below the output folder; `display_name` is its readable name."""

    shot: Path
    portrait: PurePath
    display_name: str


class JobStatus(StrEnum):
    MADE = "made"
    UNCHANGED = "kept"  # it existed already, from the same shot by the same standard
    FAILED = "failed"


@dataclass(frozen=True)
class JobResult:
    """Result of a job. `not_passed`: the rules that did not pass, with their outcomes. `replaced`: there was a portrait
    of that name, made from another shot."""

    job: Job
    result: JobStatus
    not_passed: tuple[tuple[str, Outcome], ...] = ()
    problem: Problem | None = None
    replaced: bool = False

    @property
    def passed(self) -> bool:
        """Return whether there is a portrait and every rule passes."""
        return self.result is not JobStatus.FAILED and not self.not_passed


def failing_rules(recipe: Mapping[str, Any]) -> tuple[tuple[str, Outcome], ...]:
    """Return the rules of a recipe's verdicts that did not pass."""
    outcomes = {rule: Outcome(verdict["outcome"]) for rule, verdict in recipe.get("verdicts", {}).items()}
    return tuple((rule, outcome) for rule, outcome in outcomes.items() if outcome is not Outcome.PASS)
