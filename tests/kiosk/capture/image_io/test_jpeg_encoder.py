from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.capture.image_io import jpeg_encoder
from kiosk.capture.image_io.jpeg_encoder import EncodedJpeg, encode, encode_with
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.file_metrics import file_metrics

OUTPUT = load_standard("chsi").output


def textured(seed: int, amount: float, size: int = 400) -> NDArray[np.uint8]:
    """A picture with a noisy square of that `size` on an even ground, as a portrait has a person on a background."""
    rng = np.random.default_rng(seed)
    pixels = np.full((OUTPUT.height, OUTPUT.width, 3), (100, 197, 255), np.float64)
    part = pixels[-size:, 40 : 40 + size]
    part[:] = 120 + rng.normal(0, amount, part.shape) + np.linspace(0, 60, part.shape[1])[None, :, None]
    return pixels.clip(0, 255).astype(np.uint8)


@given(st.integers(0, 5), st.floats(1, 40), st.integers(200, 400))
@settings(max_examples=15, deadline=None)
def test_the_file_is_in_the_band_or_the_problem_names_the_reason(seed: int, amount: float, size: int) -> None:
    pixels = textured(seed, amount, size)
    try:
        encoded = encode(pixels, OUTPUT)
    except PhotoProblem as problem:
        best, least = encode_with(pixels, OUTPUT, 100, "4:4:4", False), encode_with(pixels, OUTPUT, 60, "4:2:0")
        too_small, too_large = len(best.jpeg) < OUTPUT.min_bytes, len(least.jpeg) > OUTPUT.max_bytes
        assert {"photo.bytes_low": too_small, "photo.bytes_high": too_large}[problem.key]  # noqa: PT017
        return
    assert OUTPUT.min_bytes <= len(encoded.jpeg) <= OUTPUT.max_bytes
    assert encoded.quality >= OUTPUT.min_quality


BANDS = [(30_000, 40_000), (31_744, 40_000), (30_721, 59_999), (102_400, 300_000), (30_000, 900_000), (39_000, 40_000)]


@given(st.integers(0, 9), st.floats(0, 50), st.integers(80, 400), st.sampled_from(BANDS))
@settings(max_examples=15, deadline=None)
@example(seed=0, amount=1.0, size=288, band=(39_000, 40_000))  # the band lies between two qualities
def test_a_file_within_the_band_is_found_if_there_is_one(
    seed: int, amount: float, size: int, band: tuple[int, int]
) -> None:
    """If any combination of quality, colour resolution and kind of tables fits, `encode` finds one."""
    output = OUTPUT.model_copy(update={"min_bytes": band[0], "max_bytes": band[1]})
    pixels = textured(seed, amount, size)
    sizes = {
        len(encode_with(pixels, output, quality, subsampling, optimized).jpeg)
        for quality in (60, 70, 80, 90, 95, 98, 100)
        for subsampling in ("4:4:4", "4:2:0")
        for optimized in (True, False)
    }
    try:
        encoded = encode(pixels, output)
    except PhotoProblem as problem:
        assert not any(band[0] <= one <= band[1] for one in sizes)
        assert problem.key == ("photo.bytes_low" if max(sizes) < band[0] else "photo.bytes_high")  # noqa: PT017
        return
    assert band[0] <= len(encoded.jpeg) <= band[1]
    again = encode_with(
        pixels, output, encoded.quality, encoded.subsampling, encoded.optimized, encoded.restart_interval
    )
    assert encoded.jpeg == again.jpeg


def test_restart_markers_bridge_a_step_of_quality_wider_than_the_band() -> None:
    pixels = textured(2, 3)
    plain = [len(encode_with(pixels, OUTPUT, quality, "4:4:4", False).jpeg) for quality in (99, 100)]
    output = OUTPUT.model_copy(update={"min_bytes": plain[0] + 200, "max_bytes": plain[0] + 1200})
    encoded = encode(pixels, output)
    assert encoded.restart_interval > 0
    with Image.open(io.BytesIO(encoded.jpeg)) as image:
        with_restarts = np.asarray(image)
    without = encode_with(pixels, output, encoded.quality, encoded.subsampling, encoded.optimized)
    with Image.open(io.BytesIO(without.jpeg)) as image:
        assert (np.asarray(image) == with_restarts).all()


def test_a_problem_contains_the_reached_size() -> None:
    output = OUTPUT.model_copy(update={"min_bytes": 102_400, "max_bytes": 300_000})
    with pytest.raises(PhotoProblem) as problem:
        encode(textured(4, 0.0), output)
    assert problem.value.key == "photo.bytes_low"
    assert 20_000 < int(str(problem.value.values["bytes"])) < 102_400
    assert "102400" in problem.value.in_language("zh_CN")


def test_no_higher_quality_would_have_fitted() -> None:
    pixels = textured(1, 8)
    encoded = encode(pixels, OUTPUT)
    assert encoded.quality < 100
    higher = encode_with(pixels, OUTPUT, encoded.quality + 1, encoded.subsampling, encoded.optimized)
    assert len(higher.jpeg) > OUTPUT.max_bytes


def test_the_same_pixels_give_the_same_bytes() -> None:
    encoded = encode(textured(2, 8), OUTPUT)
    assert encode(textured(2, 8), OUTPUT).jpeg == encoded.jpeg
    again = encode_with(textured(2, 8), OUTPUT, encoded.quality, encoded.subsampling, encoded.optimized)
    assert again.jpeg == encoded.jpeg


def test_colour_is_halved_only_where_nothing_else_fits() -> None:
    fine = encode(textured(3, 5), OUTPUT)
    rough = encode(textured(3, 25), OUTPUT)
    assert (fine.subsampling, rough.subsampling) == ("4:4:4", "4:2:0")


@pytest.mark.parametrize(("amount", "key"), [(0.0, "photo.bytes_low"), (70.0, "photo.bytes_high")])
def test_a_picture_that_cannot_fit_is_reported(amount: float, key: str) -> None:
    with pytest.raises(PhotoProblem) as problem:
        encode(textured(4, amount), OUTPUT)
    assert problem.value.key == key


def test_the_file_has_its_size_and_density() -> None:
    encoded = encode(textured(5, 8), OUTPUT)
    with Image.open(io.BytesIO(encoded.jpeg)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (480, 640))
        assert "progressive" not in image.info
        assert "exif" not in image.info
    metrics = file_metrics(encoded.jpeg)
    assert metrics["dpi"].value == 300
    assert metrics["bytes"].value == len(encoded.jpeg)
    assert metrics["colour_bits"].value == 24
    assert metrics["jpeg_quality"].value == encoded.quality


@pytest.mark.parametrize("quality", [1, 20, 49, 50, 60, 77, 95, 99, 100])
def test_the_quality_is_read_back_exactly(quality: int) -> None:
    assert file_metrics(encode_with(textured(6, 8), OUTPUT, quality, "4:2:0").jpeg)["jpeg_quality"].value == quality


def test_another_kind_of_file_is_not_given_a_jpeg_quality() -> None:
    file = io.BytesIO()
    Image.new("RGB", (480, 640)).save(file, "PNG")
    metrics = file_metrics(file.getvalue())
    for name, reason in (("jpeg_quality", "not_jpeg"), ("colour_bits", "not_jpeg"), ("dpi", "no_dpi")):
        assert (metrics[name].value, metrics[name].reason) == (None, f"not_measured.{reason}")


@pytest.mark.parametrize("max_bytes", [40_000, 90_000, 400_000])
def test_no_higher_quality_fits(max_bytes: int) -> None:
    output, pixels = OUTPUT.model_copy(update={"min_bytes": 1, "max_bytes": max_bytes}), textured(2, 12.0)
    encoded = encode(pixels, output)
    assert len(encoded.jpeg) <= max_bytes
    assert encoded.quality == 100 or len(encode_with(pixels, output, encoded.quality + 1, "4:4:4").jpeg) > max_bytes


@pytest.mark.parametrize("amount", [0.4, 0.7])
def test_few_qualities_are_tried(amount: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bisection would try five or six of 41 qualities. The picture has detail of every size, like a photograph."""
    noise = np.random.default_rng(1).normal(0, 1, (OUTPUT.height, OUTPUT.width, 3)).astype(np.float32)
    detail = sum(3 * sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1, 2, 4, 8, 16))
    pixels = (120 + amount * 4 * detail).clip(0, 255).astype(np.uint8)
    tried = []

    def record_quality(*arguments: Any, **options: Any) -> EncodedJpeg:
        tried.append(encode_with(*arguments, **options))
        return tried[-1]

    monkeypatch.setattr(jpeg_encoder, "encode_with", record_quality)
    encoded = encode(pixels, OUTPUT)
    assert 60 < encoded.quality < 95
    assert encoded.subsampling == "4:4:4"
    assert len(tried) <= 4
