from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from config.opencv import cv2
from config.standards.registry import load_standard, standard_files
from kiosk.capture.image_io.jpeg_encoder import encode_with
from kiosk.capture.image_io.quantization import estimate_quality, quantization_tables, quantization_tables_for

CHSI = load_standard("chsi")


@pytest.mark.parametrize("quality", [1, 25, 50, 60, 75, 90, 100])
def test_the_tables_are_libjpegs(quality: int) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    image = Image.open(file)
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    assert [list(t) for t in quantization_tables(quality)] == [image.quantization[0], image.quantization[1]]


def backgrounds() -> list[tuple[str, str]]:
    """Every background of every standard."""
    return [(name, background) for name in standard_files() for background in load_standard(name).output.backgrounds]


def by_pillow(jpeg: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def by_opencv(jpeg: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1])


def by_the_fast_transform(jpeg: bytes) -> NDArray[np.uint8]:
    """Decode with Qt. Below quality 50 it uses libjpeg's integer transform, which truncates instead of rounding."""
    qt = pytest.importorskip("PyQt5.QtGui")
    core = pytest.importorskip("PyQt5.QtCore")
    buffer = core.QBuffer()
    buffer.setData(jpeg)
    buffer.open(core.QIODevice.ReadOnly)
    reader = qt.QImageReader(buffer, b"jpg")
    reader.setQuality(10)
    image = reader.read().convertToFormat(qt.QImage.Format_RGB888)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()  # Qt frees the buffer


@pytest.mark.parametrize(("name", "background"), backgrounds())
@pytest.mark.parametrize("decoder", [by_pillow, by_opencv, by_the_fast_transform])
def test_an_even_background_keeps_its_colour_at_every_quality_in_every_decoder(
    decoder: Callable[[bytes], NDArray[np.uint8]], name: str, background: str
) -> None:
    output = load_standard(name).with_background(background).output
    colour = output.backgrounds[background]
    even = np.full((32, 32, 3), colour, np.uint8)
    # YCbCr in whole numbers cannot encode (100, 197, 255) more exactly than as (101, 197, 255).
    nearest = 0 if len(set(colour)) == 1 else 1
    for quality in range(output.min_quality, 101):
        for subsampling in ("4:4:4", "4:2:0"):
            jpeg = encode_with(even, output, quality, subsampling).jpeg
            assert np.abs(decoder(jpeg).astype(int) - even).max() <= nearest, (quality, subsampling)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("background", ["blue", "white", "grey"])
def test_next_to_a_person_the_background_keeps_its_colour_from_the_next_block_on(
    background: str, subsampling: str
) -> None:
    output = CHSI.with_background(background).output
    pixels = np.full((128, 128, 3), output.backgrounds[background], np.uint8)
    pixels[64:, 64:] = np.random.default_rng(1).integers(0, 200, (64, 64, 3))
    for quality in range(60, 101, 4):
        found = by_pillow(encode_with(pixels, output, quality, subsampling).jpeg).astype(int)
        off = np.abs(found - output.backgrounds[background]).max(axis=2)
        reach = 63 if subsampling == "4:4:4" else 62  # halved colour reaches one pixel beyond the edge of its block
        assert max(off[:reach].max(), off[:, :reach].max()) <= (1 if background == "blue" else 0)


def test_the_fast_transform_would_show_the_nearest_coefficients_too_dark() -> None:
    """White with steps of 6: the nearest multiple is below the coefficient, and truncation makes it less than 255."""
    output = CHSI.with_background("white").output
    file = io.BytesIO()
    Image.new("RGB", (32, 32), (255, 255, 255)).save(file, "JPEG", qtables=[[6] * 64] * 2)
    assert 1016 - 6 * round(1016 / 6) > 0
    assert by_the_fast_transform(file.getvalue()).max() < 255
    assert (
        by_the_fast_transform(encode_with(np.full((32, 32, 3), 255, np.uint8), output, 80, "4:4:4").jpeg).min() == 255
    )


def test_with_the_plain_tables_the_background_would_change_its_colour() -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (100, 197, 255)).save(file, "JPEG", quality=70)
    assert Image.open(file).getpixel((5, 5)) == (103, 198, 255)


@given(st.integers(1, 100), st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))
@settings(deadline=None, max_examples=60)
def test_a_finer_step_for_the_background_changes_the_estimated_quality_by_1_at_most(
    quality: int, colour: tuple[int, int, int]
) -> None:
    plain, exact = quantization_tables(quality), quantization_tables_for(quality, colour)
    assert all((e[0] <= p[0]) and (e[1:] == p[1:]).all() for e, p in zip(exact, plain, strict=True))
    assert abs(estimate_quality(exact[0].tolist()) - quality) <= 1
