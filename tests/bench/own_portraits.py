"""Portraits for benchmarks, made by the PortraitService from the photographs of a folder.

Web photographs are cropped too tightly for a portrait: they are extended at their edges, and enlarged if the face has
too few pixels (then they are softer than a camera's). That has little effect on the comparison of a portrait with its
own retouched version.
"""

from __future__ import annotations

import io
import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.storage import FileStore
from kiosk.capture.types import PhotoProblem
from tests.bench.photo import studio_shot
from tests.bench.picture_files import picture_files

_GREY = (205, 208, 212)


def own_portraits(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, JPEG) of each photograph of which a portrait can be made; print the others with the reason.

    If `folder` contains pictures of a portrait's size, these are used as portraits and none are made.
    """
    ready = [path for path in picture_files(folder, (".jpg",)) if _is_portrait(path)]
    if ready:
        yield from ((path.stem, path.read_bytes()) for path in ready)
        return
    with tempfile.TemporaryDirectory() as file_folder:
        service = PortraitService(FileStore(Path(file_folder)))
        for name, shots in _shots(folder):
            portrait, reason = _first_portrait(service, shots)
            if portrait is None:
                print(f"   left out: {name}: {reason}")
            else:
                yield name, portrait
        service.close()


def _is_portrait(path: Path) -> bool:
    output = load_standard("chsi").output
    with Image.open(path) as image:
        return image.size == (output.width, output.height)


def _first_portrait(service: PortraitService, shots: Iterator[bytes]) -> tuple[bytes | None, str]:
    reason = ""
    for shot in shots:
        try:
            return service.make_and_store(shot, load_standard("chsi"), {"bench": True})[0].jpeg, ""
        except PhotoProblem as problem:
            reason = str(problem)
    return None, reason


def _shots(folder: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield "studio", iter((pool.submit(studio_shot).result(),))
    for path in picture_files(folder):
        yield path.stem, _growing_sizes(path)


def _growing_sizes(path: Path) -> Iterator[bytes]:
    with Image.open(path) as opened:
        image = opened.convert("RGBA")
    flat = Image.new("RGBA", image.size, (*_GREY, 255))
    flat.alpha_composite(image)
    pixels = np.asarray(flat.convert("RGB"))
    height, width = pixels.shape[:2]
    border = (height // 2, 0, width // 3, width // 3)
    wide = cv2.copyMakeBorder(pixels, *border, cv2.BORDER_REPLICATE)
    for factor in (1.0, 1.3, 1.8):
        file = io.BytesIO()
        larger = wide if factor == 1 else cv2.resize(wide, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        Image.fromarray(larger).save(file, "JPEG", quality=95)
        yield file.getvalue()
