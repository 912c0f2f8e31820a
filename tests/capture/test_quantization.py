from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from config.standard import standard
from kiosk.capture.encode import written
from kiosk.capture.quantization import quality_of, tables, tables_for

CHSI = standard("chsi")


@pytest.mark.parametrize("quality", [1, 25, 50, 60, 75, 90, 100])
def test_the_tables_are_libjpegs(quality: int) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    image = Image.open(file)
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    assert [list(t) for t in tables(quality)] == [image.quantization[0], image.quantization[1]]


@given(st.integers(60, 100), st.sampled_from(["blue", "white", "grey"]), st.sampled_from(["4:4:4", "4:2:0"]))
@settings(deadline=None, max_examples=60)
def test_an_even_background_keeps_its_colour_at_every_quality(quality: int, name: str, subsampling: str) -> None:
    output = CHSI.with_background(name).output
    even = np.full((64, 64, 3), output.backgrounds[name], np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(written(even, output, quality, subsampling).jpeg))).astype(int)
    # YCbCr in whole numbers cannot say (100, 197, 255) any nearer than (101, 197, 255).
    assert np.abs(decoded - even).max() <= 1


def test_with_the_plain_tables_it_would_not() -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (100, 197, 255)).save(file, "JPEG", quality=70)
    assert Image.open(file).getpixel((5, 5)) == (103, 198, 255)


@given(st.integers(1, 100), st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))
@settings(deadline=None, max_examples=60)
def test_a_finer_step_for_the_background_does_not_pass_for_another_quality(
    quality: int, colour: tuple[int, int, int]
) -> None:
    plain, exact = tables(quality), tables_for(quality, colour)
    assert all((e[0] <= p[0]) and (e[1:] == p[1:]).all() for e, p in zip(exact, plain, strict=True))
    assert abs(quality_of(exact[0].tolist()) - quality) <= 1
