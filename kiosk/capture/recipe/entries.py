"""Read the entries of a recipe, which may be damaged or changed: every error names the entry."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pydantic import ValidationError

from config.errors import Problem
from kiosk.guidance.verdict import Outcome

_CHANNELS: Final = 3
_OUTCOMES: Final = frozenset(outcome.value for outcome in Outcome)


@contextmanager
def reading(name: str, parent: Mapping[str, Any], *path: str) -> Iterator[Mapping[str, Any]]:
    """Return the entry `name`, a table, of `parent`, which is at `path` in the recipe.

    Raises Problem recipe.incomplete with the place of the first value that is missing or wrong, also for the errors of
    a `with` block that reads it: those of the functions below, of pydantic and of a missing key.
    """
    entry = parent.get(name)
    if not isinstance(entry, dict):
        raise _incomplete(*path, name)
    try:
        yield entry
    except ValidationError as error:
        raise _incomplete(*path, name, *map(str, error.errors()[0]["loc"])) from error
    except KeyError as error:
        raise _incomplete(*path, name, *(key for key in error.args if isinstance(key, str))) from error
    except (TypeError, ValueError, IndexError) as error:
        raise _incomplete(*path, name) from error


def number(value: object) -> Any:
    """Return `value` if it is a finite number. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def whole_number(value: object, low: int, high: int) -> int:
    """Return `value` if it is a whole number from `low` to `high`. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"not a whole number from {low} to {high}")
    return value


def one_of(value: object, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`. Raises ValueError."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"not one of {', '.join(choices)}")
    return value


def reject_damaged(recipe: Mapping[str, Any]) -> None:
    """Raise Problem recipe.incomplete if an entry that is used besides the replay has another kind than in a recipe:
    hashes, the backdrop, the standard's name, software and verdicts. Missing entries are accepted."""
    for name in ("shot", "portrait", "standard", "software", "verdicts"):
        if not isinstance(recipe.get(name, {}), dict):
            raise _incomplete(name)
    if recipe.get("shot", {}).get("backdrop"):
        with reading("shot", recipe) as shot:
            colour = shot["backdrop"]
            if not isinstance(colour, list) or len(colour) != _CHANNELS:
                raise ValueError("not a colour")
            for value in colour:
                whole_number(value, 0, 255)
    for rule, verdict in recipe.get("verdicts", {}).items():
        if not isinstance(verdict, dict) or verdict.get("outcome") not in _OUTCOMES:
            raise _incomplete("verdicts", rule)


def _incomplete(*path: str) -> Problem:
    return Problem("recipe.incomplete", what=".".join(path))
