"""A recipe read back: what it takes to make the same portrait again, and how two portraits differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeVar, cast, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from config.errors import Problem
from config.opencv import cv2
from config.standards.registry import Output, load_standard
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.matting.matte import MatteSettings
from kiosk.capture.recipe.recipe import FORMAT, Asked, NetworkUsed
from kiosk.guidance.detection.face import FACE_OVAL, Face

_EDGE: Final = (0.02, 0.98)  # of the matte: between them a pixel is part person, part background
_EDGE_REACH: Final = 9  # px: an edge rings as far as its JPEG block

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Instructions:
    """A recipe's numbers in the types of the engine."""

    asked: Asked
    crop: Crop
    matte: MatteSettings
    network: NetworkUsed | None
    output: Output
    quality: int
    subsampling: str
    optimized: bool


@dataclass(frozen=True)
class Difference:
    """How two portraits of the same size differ: the `largest` difference in levels of 255, at (x, y) `at`, `where`
    that is (face, edge, background, person), and the share of pixels that differ at all."""

    largest: int
    at: tuple[int, int]
    where: str
    share: float


def instructions(recipe: Mapping[str, Any]) -> Instructions:
    """The instructions of a recipe of format 1 or 2.

    Raises Problem: recipe.format, recipe.incomplete (with the entry), recipe.other_engine (settings that this engine
    has no longer, or not yet), recipe.other_standard (format 1, whose standard has changed).
    """
    if recipe.get("format") not in (1, FORMAT):
        raise Problem("recipe.format", format=recipe.get("format"), known=FORMAT)
    try:
        encoder, network = recipe["encoder"], recipe.get("network")
        output, asked = (_of_format_1 if recipe["format"] == 1 else _of_format_2)(recipe)
        return Instructions(
            asked,
            Crop(**recipe["crop"]),
            _matte(recipe["matte"]),
            NetworkUsed(**network) if network else None,
            output,
            int(encoder["quality"]),
            str(encoder["subsampling"]),
            bool(encoder["optimized"]),
        )
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise Problem("recipe.incomplete", what=_entry(error)) from error


def difference(
    one: NDArray[np.uint8], other: NDArray[np.uint8], alpha: NDArray[np.float32], face: Face | None
) -> Difference:
    """How `one` differs from `other`, both uint8 (h, w, 3); `alpha` (h, w) and `face` say what is where."""
    levels = np.abs(one.astype(np.int16) - other.astype(np.int16)).max(axis=2)
    y, x = np.unravel_index(int(levels.argmax()), levels.shape)
    where = str(_places(alpha, face)[y, x])
    return Difference(int(levels[y, x]), (int(x), int(y)), where, float((levels > 0).mean()))


def _places(alpha: NDArray[np.float32], face: Face | None) -> NDArray[np.str_]:
    partly = ((alpha > _EDGE[0]) & (alpha < _EDGE[1])).astype(np.uint8)
    edge = cv2.dilate(partly, np.ones((2 * _EDGE_REACH + 1,) * 2, np.uint8)) > 0
    inside = np.zeros(alpha.shape, np.uint8)
    if face is not None:
        cv2.fillPoly(inside, [np.rint(face.points[list(FACE_OVAL), :2]).astype(np.int32)], (1,))
    places = np.where(alpha > _EDGE[1], "person", "background")
    return np.where(inside > 0, "face", np.where(edge, "edge", places))


def _of_format_2(recipe: Mapping[str, Any]) -> tuple[Output, Asked]:
    asked = recipe["decode"]
    return Output.model_validate(recipe["standard"]["output"]), Asked(tuple(asked["least"]), asked["shortest"])


def _of_format_1(recipe: Mapping[str, Any]) -> tuple[Output, Asked]:
    """The numbers of the output come from the standard, if it is still the one named."""
    noted, shot = recipe["standard"], recipe["shot"]
    now = load_standard(str(noted["name"]))
    if now.version != noted["version"]:
        raise Problem("recipe.other_standard", name=noted["name"], version=noted["version"], now=now.version)
    output = now.with_background(str(noted["background"])).output
    reduced = int(shot["decoded_reduction"]) > 1
    # One less than what came of it: the decoder rounds up, and only the next fraction would go below.
    shortest = min(shot["decoded_size"]) - 1 if reduced else None
    return output, Asked((output.width, output.height), shortest)


def _matte(noted: Mapping[str, Any]) -> MatteSettings:
    settings = _rebuilt(MatteSettings, noted)
    now = settings.as_recipe()
    if {key: noted.get(key) for key in now if not hasattr(settings, key)} != {
        key: value for key, value in now.items() if not hasattr(settings, key)
    }:
        raise Problem("recipe.other_engine")
    return settings


def _rebuilt(kind: type[Kind], noted: Mapping[str, Any]) -> Kind:
    """A dataclass from its `asdict` that went through JSON. Every field must be there: a default may have changed."""
    hints = get_type_hints(kind)
    values = {}
    for one in fields(cast(Any, kind)):
        if one.name not in noted:
            raise Problem("recipe.other_engine")
        value, hint = noted[one.name], hints[one.name]
        if isinstance(hint, type) and is_dataclass(hint):
            value = _rebuilt(hint, value)
        values[one.name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _entry(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ".".join(str(part) for part in first["loc"])
    return str(error.args[0]) if error.args else type(error).__name__
