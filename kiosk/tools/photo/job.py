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
class Order:
    """What holds for all shots of a run.

    `again`: also those whose portrait is there; `sheet`: draw sheets, too; `network`: the installed portrait network is
    heard.
    """

    out: Path
    standard: PhotoStandard
    language: str
    again: bool = False
    sheet: bool = False
    network: bool = False


@dataclass(frozen=True)
class Errand:
    """A shot's file and the name of its portrait below the order's folder; `shown` is how people read its name."""

    shot: Path
    portrait: PurePath
    shown: str


class Result(StrEnum):
    MADE = "made"
    KEPT = "kept"  # was there already, from the same shot by the same standard
    FAILED = "failed"


@dataclass(frozen=True)
class Done:
    """What became of an errand. `not_passed`: the rules that do not say "pass", with what they say instead."""

    errand: Errand
    result: Result
    not_passed: tuple[tuple[str, Outcome], ...] = ()
    problem: Problem | None = None

    @property
    def well(self) -> bool:
        """Whether there is a portrait and every rule passes."""
        return self.result is not Result.FAILED and not self.not_passed


def not_passed(recipe: Mapping[str, Any]) -> tuple[tuple[str, Outcome], ...]:
    """The rules of a recipe's verdicts that do not say "pass"."""
    said = {rule: Outcome(verdict["outcome"]) for rule, verdict in recipe.get("verdicts", {}).items()}
    return tuple((rule, outcome) for rule, outcome in said.items() if outcome is not Outcome.PASS)
