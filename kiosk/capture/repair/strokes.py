"""The strokes that a retoucher painted on a portrait, as a recipe records them.

Positions are shares of the portrait's width and height, so that they do not depend on a screen. Numbers are rounded
when they are read: the strokes of a recipe are exactly those that made its portrait. Needs no engine, so that a web
server can check what a browser sends.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from config.errors import Problem

MAX_STROKES: Final = 400
MAX_POINTS: Final = 20_000
"""Of all strokes together: an hour of painting. They are replayed in about a second."""
MAX_JSON_BYTES: Final = 600_000
MIN_SIZE: Final = 0.004  # of the portrait's width: two pixels
MAX_SIZE: Final = 0.3
MIN_PRESSURE: Final = 0.05
_OUTSIDE: Final = 0.5  # a stroke may leave the portrait by this share of its sides


class Tool(StrEnum):
    """`keep` and `remove` make pixels person or background, `smooth` softens the edge between them, `remove_spill`
    removes the backdrop's hue from the person's colours."""

    KEEP = "keep"
    REMOVE = "remove"
    SMOOTH = "smooth"
    REMOVE_SPILL = "remove_spill"


def _rounded(digits: int) -> AfterValidator:
    return AfterValidator(lambda value: round(value, digits))


Position = Annotated[float, Field(ge=-_OUTSIDE, le=1 + _OUTSIDE, allow_inf_nan=False), _rounded(4)]
Pressure = Annotated[float, Field(ge=MIN_PRESSURE, le=1, allow_inf_nan=False), _rounded(2)]
Point = tuple[Position, Position, Pressure]


class Stroke(BaseModel):
    """One movement of the brush. `size` is its diameter as a share of the portrait's width at full pressure; within
    `hardness` of its radius it works fully. `points` are (x, y, pressure)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tool: Annotated[Tool, Field(strict=False)]
    size: Annotated[float, Field(ge=MIN_SIZE, le=MAX_SIZE, allow_inf_nan=False), _rounded(4)]
    hardness: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), _rounded(2)]
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=MAX_POINTS, strict=False)]


Strokes = tuple[Stroke, ...]


def _check_number_of_points(strokes: Strokes) -> Strokes:
    if sum(len(stroke.points) for stroke in strokes) > MAX_POINTS:
        raise PydanticCustomError(_TOO_LONG, "too many points")
    return strokes


_TOO_LONG: Final = "too_long"
_ADAPTER: Final = TypeAdapter(
    Annotated[Strokes, Field(max_length=MAX_STROKES, strict=False), AfterValidator(_check_number_of_points)]
)


def parse_strokes(text: bytes | str) -> Strokes:
    """Return the strokes of a JSON list. Raises Problem: repair.strokes_large, repair.strokes_wrong (with the place of
    the first error)."""
    if len(text) > MAX_JSON_BYTES:
        raise _too_large()
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise _problem(error) from error


def strokes_of(values: object) -> Strokes:
    """Return the strokes of a recipe's entry, which is plain JSON. Raises what `parse_strokes` raises."""
    return parse_strokes(json.dumps(values))


def strokes_to_json(strokes: Strokes) -> list[dict[str, Any]]:
    """Return the strokes in plain JSON types, as `strokes_of` reads them."""
    return [stroke.model_dump(mode="json") for stroke in strokes]


def _problem(error: ValidationError) -> Problem:
    first = error.errors()[0]
    if first["type"] == _TOO_LONG:
        return _too_large()
    return Problem("repair.strokes_wrong", where=".".join(str(part) for part in first["loc"]) or "-")


def _too_large() -> Problem:
    return Problem("repair.strokes_large", strokes=MAX_STROKES, points=MAX_POINTS)
