"""The recipe: how a portrait was made from its shot, so that the same bytes can be made again. No personal data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from config.standard import PhotoStandard
from kiosk.capture.crop import Crop
from kiosk.capture.decode import Picture
from kiosk.capture.encode import Encoded
from kiosk.capture.matte import MatteSettings

FORMAT: Final = 1
_SOFTWARE: Final = {
    "zhengguan": "zhengguan",
    "mediapipe": "mediapipe",
    "opencv": "opencv-contrib-python",
    "pymatting": "pymatting",
    "pillow": "pillow",
    "numpy": "numpy",
}


def recipe(
    shot: bytes,
    picture: Picture,
    standard: PhotoStandard,
    crop: Crop,
    matte: MatteSettings,
    encoded: Encoded,
    camera: Mapping[str, object],
) -> dict[str, Any]:
    """Everything that decides the bytes, in plain JSON types. `camera` is noted as given (driver, model, simulated)."""
    output = standard.output
    notes = {
        "format": FORMAT,
        "shot": {
            "sha256": sha256(shot).hexdigest(),
            "bytes": len(shot),
            "decoded_size": list(picture.size),
            "decoded_reduction": picture.reduction,
            "profile": picture.profile,
        },
        "portrait": {"sha256": sha256(encoded.jpeg).hexdigest(), "bytes": len(encoded.jpeg)},
        "standard": {
            "name": standard.name,
            "version": standard.version,
            "background": output.background,
            "colour": list(output.backgrounds[output.background]),
            "size": [output.width, output.height],
            "dpi": output.dpi,
        },
        "crop": {"left": crop.left, "top": crop.top, "width": crop.width, "height": crop.height, "scale": crop.scale},
        "matte": matte.as_recipe(),
        "encoder": {
            "format": "baseline JPEG, sRGB, exact background",
            "quality": encoded.quality,
            "subsampling": encoded.subsampling,
            "optimized": encoded.optimized,
        },
        "software": dict(software()),
        "camera": dict(camera),
    }
    plain: dict[str, Any] = json.loads(json.dumps(notes))  # as it will be read back: lists for tuples
    return plain


@cache
def software() -> dict[str, str]:
    """The versions of everything that touches the pixels."""
    return {name: _version(package) for name, package in _SOFTWARE.items()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout, or another wheel of the same library
        return "unknown"
