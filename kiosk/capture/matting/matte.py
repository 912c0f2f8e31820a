"""The matte: the share of person in every pixel, and the person's colours without the backdrop's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage, Mask, Pixels
from config.opencv import cv2
from config.renamed_keys import rename_keys
from config.srgb import linear_to_srgb
from config.standards.registry import Colour
from config.two_threads import run_both
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.image_io.resample import area_average, rotate
from kiosk.capture.matting.backdrop_model import spread_channels
from kiosk.capture.matting.closed_form import Prior, closed_form
from kiosk.capture.matting.foreground import ForegroundSettings, decontaminate
from kiosk.capture.matting.trimap import TrimapSettings, compute_trimap

METHOD: Final = "mediapipe selfie, own backdrop, closed form, unmixed (3)"  # change it with every change of pixels
METHOD_WITHOUT_GAPS: Final = "mediapipe selfie, own backdrop, closed form, unmixed (2)"
"""The method of recipes that have no `trimap.gaps`: they are replayed with the same bytes."""
RECIPE_KEYS: Final = {"trimap.least_contrast": "trimap.min_contrast"}
"""The keys that a recipe has from the first release -> the fields of MatteSettings."""
_ENCODED_ROWS: Final = 32


@dataclass(frozen=True)
class MatteSettings:
    """Below an alpha of `clean` a pixel counts as backdrop, above its complement as person.

    `pull` (of the mask) and `network_pull` are the weights of the seed in front of a room, where a bright object behind
    the person would otherwise leave a haze; the weights of the closed form itself are of the order of 1.
    """

    trimap: TrimapSettings = field(default_factory=TrimapSettings)
    clean: float = 0.04
    pull: float = 0.0005
    network_pull: float = 0.003
    foreground: ForegroundSettings = field(default_factory=ForegroundSettings)

    @property
    def is_method_2(self) -> bool:
        """Whether these are settings of METHOD_WITHOUT_GAPS."""
        return self.trimap.gaps is None

    def as_recipe(self) -> dict[str, Any]:
        """Return the settings under the keys of a recipe."""
        keys = {new: old for old, new in RECIPE_KEYS.items()}
        values = asdict(self)
        if self.is_method_2:
            del values["trimap"]["gaps"]
        method = METHOD_WITHOUT_GAPS if self.is_method_2 else METHOD
        return {"method": method, **rename_keys(values, keys)}


@dataclass(frozen=True)
class Matte:
    """`alpha`: float32 (h, w), 1 person; `foreground`: float32 (h, w, 3), the person's colours; `backdrop`: the mean
    colour of a plain backdrop (sRGB 0-255), else None."""

    alpha: NDArray[np.float32] = field(repr=False)
    foreground: FloatImage = field(repr=False)
    backdrop: Colour | None = None


def compute_matte(
    image: FloatImage,
    person: NDArray[np.float32],
    settings: MatteSettings,
    network: NDArray[np.float32] | None = None,
) -> Matte:
    """Return the matte of `image`, float32 (h, w, 3) sRGB 0..1, from a coarse `person` mask, float32 (h, w).

    `network` is a portrait network's alpha of the same picture, float32 (h, w), if there is one; it never decides
    alone. The matte is computed, and must be composed, in encoded (not linear) values, in which camera noise is even
    and the closed form was measured. Raises PhotoProblem (photo.no_person, photo.no_backdrop).
    """
    if network is not None and not settings.is_method_2:
        network = _round(network)
    trimap = compute_trimap(image, person, settings.trimap, network)
    prior = trimap.prior
    if trimap.backdrop is None:
        prior = _prior(person, settings.pull) if network is None else _prior(network, settings.network_pull)
    alpha = _keep_connected(_clean(closed_form(image, trimap.values, prior), settings.clean), trimap.person_mask)
    backdrop = trimap.backdrop.colour if trimap.backdrop else None
    decontaminated = decontaminate(image, alpha, backdrop, settings.foreground)
    return Matte(
        decontaminated.alpha, decontaminated.colours, _mean_colour(trimap.backdrop.colour) if trimap.backdrop else None
    )


def _round(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `alpha` in steps of 1/255, so that the last bits of a network, which depend on the type of processor,
    affect only a pixel exactly between two steps."""
    return np.asarray(np.rint(alpha * np.float32(255)) / np.float32(255), np.float32)


def _mean_colour(image: FloatImage) -> Colour:
    red, green, blue = (round(255 * float(level)) for level in cv2.mean(image)[:3])
    return red, green, blue


def _prior(seed: NDArray[np.float32], pull: float) -> Prior:
    """Return the prior of the seed; its weight grows with its certainty."""
    return Prior(seed, np.asarray(pull * (2 * np.abs(seed - 0.5)) ** 4, np.float32))


def _clean(alpha: NDArray[np.float32], clean: float) -> NDArray[np.float32]:
    return np.asarray(np.clip((alpha - clean) / (1 - 2 * clean), 0, 1), np.float32)


def _keep_connected(alpha: NDArray[np.float32], seed: Mask) -> NDArray[np.float32]:
    """Keep only the parts connected to the person; specks of the backdrop are removed."""
    count, labels = cv2.connectedComponents((alpha > 0.05).astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[labels[seed]] = True
    keep[0] = False
    return np.asarray(np.where(keep[labels], alpha, 0), np.float32)


def extract_crop(pixels: Pixels, crop: Crop, size: tuple[int, int]) -> FloatImage:
    """Return the `crop` of `pixels` scaled to `size` (width, height): float32 sRGB 0..1. Resampled once, in linear
    light; averages of encoded values would darken fine bright hair."""
    light = rotate(pixels, crop, size) if crop.angle else area_average(pixels, crop, size)
    middle = len(light) // 2
    run_both(lambda: _encode_rows(light, 0, middle), lambda: _encode_rows(light, middle, len(light)))
    return light


def _encode_rows(light: FloatImage, first: int, last: int) -> None:
    """Convert rows `first` to `last` of `light` to sRGB in place, a few at a time, so that they stay in the processor's
    cache."""
    for top in range(first, last, _ENCODED_ROWS):
        rows = slice(top, min(top + _ENCODED_ROWS, last))
        light[rows] = linear_to_srgb(light[rows])


def composite(matte: Matte, background: tuple[int, int, int]) -> Pixels:
    """Return the person in front of `background` (sRGB 0-255): uint8 (h, w, 3). Where the matte is 0, exactly that
    colour."""
    mixed = spread_channels(matte.alpha)
    np.multiply(np.multiply(mixed, matte.foreground, out=mixed), 255, out=mixed)
    rest = 1 - matte.alpha
    mixed += cv2.merge([rest * np.float32(level) for level in background])
    return np.asarray(np.clip(np.rint(mixed, out=mixed), 0, 255, out=mixed), np.uint8)
