"""Replay a recipe: its settings in the engine's types, and the difference between two portraits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeVar, cast, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from config.errors import Problem
from config.opencv import cv2
from config.renamed_keys import rename_keys
from config.standards.registry import Output, load_standard
from kiosk.capture.cropping.extension import Extension
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.matting.matte import METHOD_WITHOUT_GAPS, RECIPE_KEYS, MatteSettings
from kiosk.capture.recipe.recipe import FORMAT, OUTPUT_KEYS, READABLE_FORMATS, DecodeRequest, NetworkUsed
from kiosk.capture.repair.strokes import Strokes, strokes_of
from kiosk.guidance.detection.face import FACE_OVAL, Face

_EDGE_ALPHA_RANGE: Final = (0.02, 0.98)  # of the matte: between them a pixel is a mixture of person and background
_EDGE_REACH_PX: Final = 9  # ringing extends over an edge's JPEG block

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class ReplayPlan:
    """The settings of a recipe in the engine's types."""

    decode_request: DecodeRequest
    crop: Crop
    matte: MatteSettings
    network: NetworkUsed | None
    output: Output
    quality: int
    subsampling: str
    optimized: bool
    restart_interval: int = 0
    strokes: Strokes = ()


@dataclass(frozen=True)
class PixelDifference:
    """The difference of two portraits of one size: `largest` in levels of 255, its position (x, y) `at`, its region
    `where` (face, edge, background, person), and the share of pixels that differ."""

    largest: int
    at: tuple[int, int]
    where: str
    share: float


def plan_replay(recipe: Mapping[str, Any]) -> ReplayPlan:
    """Return the replay plan of a recipe of format 1 to 4.

    Raises Problem: recipe.format, recipe.incomplete (with the entry), recipe.other_engine (settings that this engine
    has no longer, or not yet), recipe.other_standard (format 1, whose standard has changed); those
    of parse_strokes.
    """
    if recipe.get("format") not in READABLE_FORMATS:
        raise Problem("recipe.format", format=recipe.get("format"), known=FORMAT)
    try:
        encoder, network, repair = recipe["encoder"], recipe.get("network"), recipe.get("repair")
        output, request = (_read_format_1 if recipe["format"] == 1 else _read_format_2)(recipe)
        return ReplayPlan(
            request,
            _read_crop(recipe["crop"]),
            _read_matte_settings(recipe["matte"]),
            NetworkUsed(**network) if network else None,
            output,
            int(encoder["quality"]),
            str(encoder["subsampling"]),
            bool(encoder["optimized"]),
            int(encoder.get("restart_interval", 0)),
            strokes_of(repair["strokes"]) if repair else (),
        )
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise Problem("recipe.incomplete", what=_entry_name(error)) from error


def compare_pixels(
    one: NDArray[np.uint8], other: NDArray[np.uint8], alpha: NDArray[np.float32], face: Face | None
) -> PixelDifference:
    """Return the difference of `one` and `other`, both uint8 (h, w, 3); `alpha` (h, w) and `face` define the
    regions."""
    levels = np.abs(one.astype(np.int16) - other.astype(np.int16)).max(axis=2)
    y, x = np.unravel_index(int(levels.argmax()), levels.shape)
    where = str(_region_names(alpha, face)[y, x])
    return PixelDifference(int(levels[y, x]), (int(x), int(y)), where, float((levels > 0).mean()))


def _region_names(alpha: NDArray[np.float32], face: Face | None) -> NDArray[np.str_]:
    partly = ((alpha > _EDGE_ALPHA_RANGE[0]) & (alpha < _EDGE_ALPHA_RANGE[1])).astype(np.uint8)
    edge = cv2.dilate(partly, np.ones((2 * _EDGE_REACH_PX + 1,) * 2, np.uint8)) > 0
    inside = np.zeros(alpha.shape, np.uint8)
    if face is not None:
        cv2.fillPoly(inside, [np.rint(face.points[list(FACE_OVAL), :2]).astype(np.int32)], (1,))
    places = np.where(alpha > _EDGE_ALPHA_RANGE[1], "person", "background")
    return np.where(inside > 0, "face", np.where(edge, "edge", places))


def _read_format_2(recipe: Mapping[str, Any]) -> tuple[Output, DecodeRequest]:
    request = recipe["decode"]
    recorded = recipe["standard"]["output"]
    names = {old: name for name, old in OUTPUT_KEYS.items()}
    output = Output.model_validate({names.get(key, key): value for key, value in recorded.items()})
    return output, DecodeRequest(tuple(request["least"]), request["shortest"], int(request.get("quarter_turns", 0)))


def _read_crop(entry: Mapping[str, Any]) -> Crop:
    beyond = {edge: int(pixels) for edge, pixels in entry.get("extension", {}).items()}
    return Crop(**{**entry, "extension": Extension(**beyond)})


def _read_format_1(recipe: Mapping[str, Any]) -> tuple[Output, DecodeRequest]:
    """Read format 1, whose output is that of the standard, which must have the recorded version."""
    noted, shot = recipe["standard"], recipe["shot"]
    now = load_standard(str(noted["name"]))
    if now.version != noted["version"]:
        raise Problem("recipe.other_standard", name=noted["name"], version=noted["version"], now=now.version)
    output = now.with_background(str(noted["background"])).output
    reduced = int(shot["decoded_reduction"]) > 1
    # One less than the decoded side: the decoder rounds up, and only the next fraction would be smaller.
    shortest = min(shot["decoded_size"]) - 1 if reduced else None
    return output, DecodeRequest((output.width, output.height), shortest)


def _read_matte_settings(entry: Mapping[str, Any]) -> MatteSettings:
    if entry.get("method") == METHOD_WITHOUT_GAPS:
        entry = {**entry, "trimap": {**entry["trimap"], "gaps": None}}
    settings = _rebuild(MatteSettings, rename_keys(entry, RECIPE_KEYS))
    now = settings.as_recipe()
    if {key: entry.get(key) for key in now if not hasattr(settings, key)} != {
        key: value for key, value in now.items() if not hasattr(settings, key)
    }:
        raise Problem("recipe.other_engine")
    return settings


def _rebuild(kind: type[Settings], entry: Mapping[str, Any]) -> Settings:
    """Return a dataclass from the JSON of its `asdict`. Every field is required, because a default may have changed."""
    hints = get_type_hints(kind)
    values = {}
    for one in fields(cast(Any, kind)):
        if one.name not in entry:
            raise Problem("recipe.other_engine")
        value, kind_of_value = entry[one.name], _dataclass_in(hints[one.name])
        if kind_of_value is not None and value is not None:
            value = _rebuild(kind_of_value, value)
        values[one.name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _dataclass_in(hint: Any) -> type[Any] | None:
    """Return the dataclass in a type hint, also where None is allowed."""
    return next((one for one in (hint, *get_args(hint)) if isinstance(one, type) and is_dataclass(one)), None)


def _entry_name(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ".".join(str(part) for part in first["loc"])
    return str(error.args[0]) if error.args else type(error).__name__
