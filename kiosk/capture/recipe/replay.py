"""Replay a recipe: its settings in the engine's types, and the difference between two portraits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeVar, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from config.errors import Problem
from config.opencv import cv2
from config.renamed_keys import rename_keys
from config.standards.registry import Output, load_standard
from kiosk.capture.cropping.extension import Extension
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.image_io.jpeg_encoder import SUBSAMPLINGS
from kiosk.capture.matting.matte import METHOD_WITHOUT_GAPS, RECIPE_KEYS, MatteSettings
from kiosk.capture.recipe.entries import number, one_of, reading, whole_number
from kiosk.capture.recipe.recipe import FORMAT, OUTPUT_KEYS, READABLE_FORMATS, DecodeRequest, NetworkUsed
from kiosk.capture.repair.strokes import Strokes, strokes_of
from kiosk.guidance.detection.face import FACE_OVAL, Face

_EDGE_ALPHA_RANGE: Final = (0.02, 0.98)  # of the matte: between them a pixel is a mixture of person and background
_MAX_QUALITY: Final = 100
_MAX_RESTART_INTERVAL: Final = 65_535  # blocks: a field of 16 bits (ITU-T T.81, B.2.4.4)
_MAX_SIDE_PX: Final = 1_000_000  # larger than any picture
_MAX_REDUCTION: Final = 8
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
    no longer has, or does not have yet), recipe.other_standard (format 1, whose standard has changed); and those of
    parse_strokes.
    """
    if recipe.get("format") not in READABLE_FORMATS:
        raise Problem("recipe.format", format=recipe.get("format"), known=FORMAT)
    output, request = (_read_format_1 if recipe["format"] == 1 else _read_format_2)(recipe)
    with reading("encoder", recipe) as encoder:
        encoding = (
            whole_number(encoder["quality"], 1, _MAX_QUALITY),
            one_of(encoder["subsampling"], SUBSAMPLINGS),
            bool(encoder["optimized"]),
            whole_number(encoder.get("restart_interval", 0), 0, _MAX_RESTART_INTERVAL),
        )
    return ReplayPlan(
        request,
        _read_crop(recipe),
        _read_matte_settings(recipe),
        _read_network(recipe),
        output,
        *encoding,
        _read_strokes(recipe),
    )


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
    with reading("standard", recipe) as standard, reading("output", standard, "standard") as recorded:
        names = {old: name for name, old in OUTPUT_KEYS.items()}
        output = Output.model_validate({names.get(key, key): value for key, value in recorded.items()})
    with reading("decode", recipe) as request:
        least, shortest = request["least"], request["shortest"]
        decode_request = DecodeRequest(
            (whole_number(least[0], 1, _MAX_SIDE_PX), whole_number(least[1], 1, _MAX_SIDE_PX)),
            None if shortest is None else whole_number(shortest, 1, _MAX_SIDE_PX),
            whole_number(request.get("quarter_turns", 0), 0, 3),
        )
    return output, decode_request


def _read_format_1(recipe: Mapping[str, Any]) -> tuple[Output, DecodeRequest]:
    """Read format 1, whose output is that of the standard, which must have the recorded version."""
    with reading("standard", recipe) as recorded:
        name, version, background = str(recorded["name"]), recorded["version"], str(recorded["background"])
    standard = load_standard(name)
    if standard.version != version:
        raise Problem("recipe.other_standard", name=name, version=version, now=standard.version)
    output = standard.with_background(background).output
    with reading("shot", recipe) as shot:
        is_reduced = whole_number(shot["decoded_reduction"], 1, _MAX_REDUCTION) > 1
        # One less than the decoded side: the decoder rounds up, and only the next fraction would be smaller.
        sides = [whole_number(side, 2, _MAX_SIDE_PX) for side in shot["decoded_size"]]
        shortest = min(sides) - 1 if is_reduced else None
    return output, DecodeRequest((output.width, output.height), shortest)


def _read_crop(recipe: Mapping[str, Any]) -> Crop:
    with reading("crop", recipe) as entry:
        numbers = {name: number(value) for name, value in entry.items() if name != "extension"}
        with reading("extension", {"extension": {}, **entry}, "crop") as edges:
            extension = Extension(**{edge: whole_number(pixels, 0, _MAX_SIDE_PX) for edge, pixels in edges.items()})
        crop = Crop(**numbers, extension=extension)
        if min(crop.width, crop.height, crop.scale) <= 0 or max(map(abs, numbers.values())) > _MAX_SIDE_PX:
            raise ValueError("the crop is outside every picture")
    return crop


def _read_network(recipe: Mapping[str, Any]) -> NetworkUsed | None:
    if recipe.get("network") is None:
        return None
    with reading("network", recipe) as network:
        return NetworkUsed(str(network["name"]), str(network["sha256"]))


def _read_strokes(recipe: Mapping[str, Any]) -> Strokes:
    if recipe.get("repair") is None:
        return ()
    with reading("repair", recipe) as repair:
        return strokes_of(repair["strokes"])


def _read_matte_settings(recipe: Mapping[str, Any]) -> MatteSettings:
    with reading("matte", recipe) as entry:
        if entry.get("method") == METHOD_WITHOUT_GAPS:
            entry = {**entry, "trimap": {**entry["trimap"], "gaps": None}}
        settings = _rebuild(MatteSettings, rename_keys(entry, RECIPE_KEYS))
    current = settings.as_recipe()
    if {key: entry.get(key) for key in current if not hasattr(settings, key)} != {
        key: value for key, value in current.items() if not hasattr(settings, key)
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
        if kind_of_value is None:
            values[one.name] = _read_value(hints[one.name], value)
        elif value is None and type(None) in get_args(hints[one.name]):
            values[one.name] = None
        else:
            values[one.name] = _rebuild(kind_of_value, value)
    return kind(**values)


def _read_value(hint: Any, value: Any) -> Any:
    """Return a number, or a tuple of as many numbers as `hint` has. Raises ValueError."""
    if get_origin(hint) is not tuple:
        return number(value)
    if not isinstance(value, list) or len(value) != len(get_args(hint)):
        raise ValueError("not as many numbers")
    return tuple(map(number, value))


def _dataclass_in(hint: Any) -> type[Any] | None:
    """Return the dataclass in a type hint, also where None is allowed."""
    return next((one for one in (hint, *get_args(hint)) if isinstance(one, type) and is_dataclass(one)), None)
