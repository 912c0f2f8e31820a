"""The recipe: how a portrait was made from its shot, so that the same bytes can be reproduced.

Plain JSON, no personal data, no path. Format 4:

    format      4
    shot        sha256, bytes            of the file of the shot
                decoded_size [w, h], decoded_reduction, profile    upright pixels, sides divided by, profile's name
                backdrop     null, or [r, g, b] of a plain backdrop, which the check of the portrait looks for
    decode      least [w, h], shortest   limits for the decoder, in pixels; `shortest` null: full size
                quarter_turns            by which the decoded picture was then turned counter-clockwise
    crop        left, top, width, height (pixels of the decoded and turned picture), scale, angle where it was rotated,
                extension: top, left, right    rows and columns of the portrait beyond the picture: background only
    matte       method, foreground, and every number of MatteSettings
    network     null, or name and sha256 of the portrait network that was fused with the engine's own mask
    standard    name, version, sha256 (of its whole content), output: the numbers of the file
    encoder     quality, subsampling, optimized, restart_interval    found by search, recorded so that no search is
                needed again
    repair      null, or parent (sha256, bytes: the portrait without the strokes, as first made) and strokes, all of
                those that a retoucher painted (kiosk.capture.repair.strokes)
    portrait    sha256, bytes            of the portrait file
    verdicts    rule > outcome, value    of the file on disk
    software    versions of everything that touches the pixels; processor architecture, for floats
    camera      as its driver reports: driver, model, simulated
    signed      only from stations, added at the end: the statement about all this but the verdicts, and its signature
                (kiosk.capture.proof)

Format 3 has no extension and no quarter_turns; format 2 has no repair and no restart_interval either; format 1, of the
first stations, has no decode, output, network and verdicts either.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import numpy as np

from config.standards.registry import Colour, Output, PhotoStandard
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.image_io.decode import Picture, decode, read_reduction
from kiosk.capture.image_io.jpeg_encoder import EncodedJpeg
from kiosk.capture.matting.matte import MatteSettings
from kiosk.capture.proof.signing import ENTRY as SIGNED_ENTRY
from kiosk.guidance.verdict import Verdict

FORMAT: Final = 4
READABLE_FORMATS: Final = (1, 2, 3, FORMAT)
OUTPUT_KEYS: Final = {"min_quality": "quality_low", "min_bytes": "bytes_low", "max_bytes": "bytes_high"}
"""Fields of Output that a recipe records under the names of the first release."""
_SOFTWARE: Final = {
    "zhengguan": ("zhengguan",),
    "mediapipe": ("mediapipe",),
    # Three wheels contain the same OpenCV; the version is that of the installed one.
    "opencv": ("opencv-python", "opencv-contrib-python", "opencv-python-headless"),
    "pymatting": ("pymatting",),
    "numba": ("numba",),
    "scipy": ("scipy",),
    "pillow": ("pillow",),
    "pillow-heif": ("pillow-heif",),
    "numpy": ("numpy",),
}


@dataclass(frozen=True)
class DecodeRequest:
    """The smallest size (width, height) that the decoder may accept, the shorter side that suffices, and by how many
    quarter turns, counter-clockwise, the decoded picture is made upright."""

    min_size: tuple[int, int]
    min_short_side: int | None
    quarter_turns: int = 0

    def decode(self, shot: bytes) -> Picture:
        """Decode a shot. Raises what kiosk.capture.image_io.decode raises."""
        picture = decode(shot, self.min_size, self.min_short_side)
        if not self.quarter_turns:
            return picture
        return replace(picture, pixels=np.ascontiguousarray(np.rot90(picture.pixels, self.quarter_turns)))

    def gives(self, picture: Picture, shot: bytes) -> bool:
        """Return whether `decode` would give `picture`, which was decoded from the same shot without turning it. Raises
        like `decode`."""
        reduction = read_reduction(shot, self.min_size, self.min_short_side)
        return reduction == picture.reduction and not self.quarter_turns


@dataclass(frozen=True)
class NetworkUsed:
    """The portrait network that contributed to a matte."""

    name: str
    sha256: str


@dataclass(frozen=True)
class RecipeStart:
    """The entries of a recipe on the shot's file and on the standard, which are known before a pixel is decoded."""

    shot: Mapping[str, Any]
    standard: Mapping[str, Any]

    @classmethod
    def of(cls, shot: bytes, standard: PhotoStandard) -> RecipeStart:
        return cls({"sha256": sha256(shot).hexdigest(), "bytes": len(shot)}, standard_entry(standard))


def build_recipe(
    start: RecipeStart,
    decode_request: DecodeRequest,
    picture: Picture,
    crop: Crop,
    matte: MatteSettings,
    network: NetworkUsed | None,
    encoded: EncodedJpeg,
    camera: Mapping[str, object],
    backdrop: Colour | None = None,
) -> dict[str, Any]:
    """Return everything that determines the bytes, in plain JSON types; verdicts are added later, from the written
    file."""
    return _to_plain_json(
        {
            "format": FORMAT,
            "shot": {
                **start.shot,
                "decoded_size": picture.size,
                "decoded_reduction": picture.reduction,
                "profile": picture.profile,
                "backdrop": backdrop,
            },
            "decode": _decode_entry(decode_request),
            "crop": asdict(crop),
            "matte": matte.as_recipe(),
            "network": network and asdict(network),
            "standard": dict(start.standard),
            "repair": None,
            **_file_entries(encoded),
            "camera": dict(camera),
        }
    )


def build_repaired_recipe(
    recipe: Mapping[str, Any],
    decode_request: DecodeRequest,
    output: Output,
    strokes: list[dict[str, Any]],
    encoded: EncodedJpeg,
) -> dict[str, Any]:
    """Return the recipe of a portrait that was repaired by `strokes`; `recipe` is that of its parent, in any format.

    Other entries and the parent's hash stay the same. The station's signature is not valid for it and is left out;
    verdicts are added later.
    """
    parent = (recipe.get("repair") or {}).get("parent") or recipe["portrait"]
    unchanged = {name: value for name, value in recipe.items() if name not in ("verdicts", SIGNED_ENTRY)}
    return _to_plain_json(
        {
            **unchanged,
            "format": FORMAT,
            "decode": _decode_entry(decode_request),
            "network": recipe.get("network"),
            "standard": {**recipe["standard"], "output": _output_entry(output)},
            "repair": {"parent": parent, "strokes": strokes},
            **_file_entries(encoded),
        }
    )


def _file_entries(encoded: EncodedJpeg) -> dict[str, Any]:
    """Return the entries on the written file and on the software that wrote it."""
    return {
        "encoder": {
            "quality": encoded.quality,
            "subsampling": encoded.subsampling,
            "optimized": encoded.optimized,
            "restart_interval": encoded.restart_interval,
        },
        "portrait": {"sha256": sha256(encoded.jpeg).hexdigest(), "bytes": len(encoded.jpeg)},
        "software": software_versions(),
    }


def _decode_entry(decode_request: DecodeRequest) -> dict[str, Any]:
    return {
        "least": decode_request.min_size,
        "shortest": decode_request.min_short_side,
        "quarter_turns": decode_request.quarter_turns,
    }


def standard_entry(standard: PhotoStandard) -> dict[str, Any]:
    """Return the entry `standard` of a recipe."""
    return _to_plain_json(
        {
            "name": standard.name,
            "version": standard.version,
            "sha256": standard.sha256,
            "output": _output_entry(standard.output),
        }
    )


def _output_entry(output: Output) -> dict[str, Any]:
    """Return the numbers of the output under the names that a recipe has for them."""
    return {OUTPUT_KEYS.get(name, name): value for name, value in output.model_dump(mode="json").items()}


def backdrop_of(recipe: Mapping[str, Any]) -> Colour | None:
    """Return the colour of the shot's plain backdrop; None without one, and for recipes that do not record it."""
    colour = recipe.get("shot", {}).get("backdrop")
    return (int(colour[0]), int(colour[1]), int(colour[2])) if colour else None


def add_verdicts(recipe: Mapping[str, Any], verdicts: tuple[Verdict, ...]) -> dict[str, Any]:
    """Return the recipe with the verdicts on the portrait."""
    verdict_values = {v.rule: {"outcome": v.outcome.value, "value": v.value} for v in verdicts}
    return {**recipe, "verdicts": _to_plain_json(verdict_values)}


@cache
def software_versions() -> dict[str, str]:
    """Return the versions of everything that touches the pixels."""
    versions = {name: _version(packages) for name, packages in _SOFTWARE.items()}
    return {**versions, "machine": platform.machine()}


def _version(packages: tuple[str, ...]) -> str:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "unknown"  # run from a checkout, or another wheel of the same library


def _to_plain_json(values: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(values))  # as it is read back: lists for tuples
    return plain
