"""A hat makes the portrait unsure: no network here separates hair from cloth, so a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from config.standards.registry import load_standard
from kiosk.capture.image_io.decode import decode
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.bench.drawn_hat import BLACK, GREY, RED, STRAW, cap, headscarf, knitted_cap, mortarboard, straw_hat
from tests.bench.rendered_scene import Scene, photograph, to_light
from tests.bench.rendered_wear import add_fringe
from tests.kiosk.capture.test_engine import encode_jpeg

CHSI = load_standard("chsi")
DRAWN = {
    "red cap": (cap, RED),  # by its colour
    "grey knitted cap": (knitted_cap, GREY),  # by its edge
    "black mortarboard": (mortarboard, BLACK),  # by its board
    "straw hat": (straw_hat, STRAW),  # by its brim
    "black headscarf": (headscarf, BLACK),  # by the same cloth all round
}


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    finder = FaceFinder(still=True)
    yield finder
    finder.close()


def outcome(pixels: Pixels, finder: FaceFinder) -> Outcome:
    verdicts = evaluate_portrait(encode_jpeg(Image.fromarray(pixels)), CHSI, finder)
    return next(verdict.outcome for verdict in verdicts if verdict.rule == "no_head_covering")


def test_hats_are_unsure_and_no_refusal(on_disk: Path, finder: FaceFinder) -> None:
    pixels = decode(on_disk.read_bytes()).pixels
    face = finder.find(pixels).faces[0]
    assert outcome(pixels, finder) is Outcome.PASS
    hats = {name: outcome(draw(pixels, face, colour), finder) for name, (draw, colour) in DRAWN.items()}
    assert hats == dict.fromkeys(DRAWN, Outcome.UNSURE)


@pytest.mark.parametrize("down_to", ["brows", "eyes"])
def test_a_fringe_is_hair(on_disk: Path, finder: FaceFinder, down_to: str) -> None:
    pixels = decode(on_disk.read_bytes()).pixels
    light = to_light(pixels)
    scene = Scene(
        "fringe", light, np.ones(pixels.shape[:2], np.float32), light, finder.find(pixels).faces[0], noise=0.0
    )
    assert outcome(photograph(add_fringe(scene, down_to)), finder) is Outcome.PASS


def test_without_a_face_it_is_not_measured(finder: FaceFinder) -> None:
    assert outcome(np.full((640, 480, 3), 200, np.uint8), finder) is Outcome.NOT_MEASURED
