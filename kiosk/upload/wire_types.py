"""The bounds of data on the wire: every text has a maximum length, every number a range, every date a plausible year.

So every value can be shown on a page, stored in a database and converted to a time zone. A bound rejects only what a
bug or an attack can send. An invalid number (NaN, infinite, far out of range) becomes None: a photo is not rejected
because one of its metrics failed.
"""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

FIRST_YEAR: Final = 1970
"""A station whose clock has no battery starts in 1970; its visits are stored, and marked for the reviewer."""
LAST_YEAR: Final = 2100
MAX_NUMBER: Final = 1e12
MAX_CLOCK_AHEAD: Final = 5e9
"""Seconds: more than the time between FIRST_YEAR and LAST_YEAR."""
MAX_FILE_BYTES: Final = 1 << 30
MAX_NAME_LENGTH: Final = 120
MAX_VERDICTS: Final = 200
MAX_DISCARDED_SHOTS: Final = 100
MAX_ENROLMENTS: Final = 8
MAX_ERROR_LENGTH: Final = 2000
MAX_RECIPE_BYTES: Final = 64 << 10
_MAX_DEPTH: Final = 12
_MAX_INTEGER: Final = 1 << 63

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
Key = Annotated[str, StringConstraints(max_length=120)]
"""A message id, a rule's name, a code."""
Sentence = Annotated[str, StringConstraints(max_length=MAX_ERROR_LENGTH)]


def _sane_year(moment: AwareDatetime) -> AwareDatetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year is outside {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _bounded_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if abs(value) <= MAX_NUMBER else None  # comparisons with NaN are false
    return value


def _bounded_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    bounded: dict[str, Any] = _bounded(recipe, 0)
    size = len(json.dumps(bounded, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > MAX_RECIPE_BYTES:
        raise ValueError(f"the recipe has {size} bytes, at most {MAX_RECIPE_BYTES} are accepted")
    return bounded


def _bounded(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError(f"the recipe is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {key: _bounded(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(inner, depth + 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) >= _MAX_INTEGER:
        raise ValueError("the recipe has an integer of more than 63 bits")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_sane_year)]
Number = Annotated[float | None, BeforeValidator(_bounded_number)]
Recipe = Annotated[dict[str, Any], AfterValidator(_bounded_recipe)]
FileSize = Annotated[int, Field(gt=0, le=MAX_FILE_BYTES)]
