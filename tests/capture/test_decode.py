from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from kiosk.capture.decode import decode
from kiosk.capture.portrait import PhotoProblem

LEAST = (480, 640)


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Red grows to the right, green downwards."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 255 // width, y * 255 // height, x * 0], axis=-1).astype(np.uint8))


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


JPEG = saved(picture(), quality=90)


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises that size and holds no pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "photo.empty"),
        (b"this is a letter, not a picture", "photo.no_image"),
        (b"%PDF-1.7\n" + bytes(2000), "photo.document"),
        (saved(picture(), "GIF"), "photo.format"),
        (JPEG[: len(JPEG) // 2], "photo.truncated"),
        (saved(picture(), "PNG")[:-30], "photo.truncated"),
        (saved(Image.new("RGB", (1, 1))), "photo.too_small"),
        (saved(Image.new("RGB", (479, 640))), "photo.too_small"),
        (png_header(30_000, 30_000), "photo.too_large"),
        (png_header(30_000, 700), "photo.too_large"),
        (png_header(9_000, 9_000), "photo.too_large"),
        (saved(picture().convert("L")), "photo.grey"),
        (saved(picture().convert("CMYK")), "photo.cmyk"),
        (saved(Image.new("I;16", (600, 800)), "PNG"), "photo.grey"),
        (saved(Image.new("RGBA", (600, 800), (9, 9, 9, 128)), "PNG"), "photo.transparent"),
        (
            saved(
                Image.new("RGB", (600, 800)), "WEBP", save_all=True, append_images=[Image.new("RGB", (600, 800), "red")]
            ),
            "photo.animated",
        ),
    ],
)
def test_a_wrong_input_is_one_sentence(data: bytes, key: str) -> None:
    least = LEAST if key == "photo.too_small" else (1, 1)
    with pytest.raises(PhotoProblem) as problem:
        decode(data, least)
    assert problem.value.key == key
    for language in ("zh_CN", "en"):
        sentence = problem.value.in_words(language)
        assert sentence != key
        assert "{" not in sentence


@given(st.binary(max_size=400))
def test_random_bytes_are_told_apart_from_pictures(data: bytes) -> None:
    with pytest.raises(PhotoProblem):
        decode(data)


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_picture_is_decoded_or_refused_but_never_breaks_anything(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP"]))
    whole = bytearray(saved(picture(), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))
    try:
        pixels = decode(bytes(whole[:cut])).pixels
    except PhotoProblem:
        return
    assert (pixels.dtype, pixels.shape[2]) == (np.uint8, 3)


@given(st.integers(1, len(JPEG) - 1))
def test_a_jpeg_cut_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(JPEG[:cut])
    assert problem.value.key in ("photo.no_image", "photo.truncated")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pixels_come_as_rgb(kind: str) -> None:
    found = decode(saved(picture(), kind))
    assert found.size == (64, 48)
    assert found.pixels[24, 60, 0] > 200
    assert found.pixels[44, 4, 1] > 200
    assert int(found.pixels[..., 2].max()) < 30


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shortest", [None, 200])
def test_the_orientation_is_applied_once(orientation: int, shortest: int | None) -> None:
    upright = np.asarray(picture(800, 600))
    undo = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(saved(Image.fromarray(np.ascontiguousarray(undo)), exif=exif, quality=95), shortest=shortest)
    reduction = 1 if shortest is None else 2
    assert (found.size, found.reduction) == ((800 // reduction, 600 // reduction), reduction)
    near = np.asarray(picture(800, 600).resize(found.size)).astype(int)
    assert np.abs(found.pixels.astype(int) - near).mean() < 3


def test_a_fraction_keeps_the_shorter_side() -> None:
    data = saved(picture(1600, 1200))
    assert decode(data, shortest=600).reduction == 2
    assert decode(data, shortest=601).reduction == 1
    assert decode(data, shortest=150).reduction == 8
    assert decode(saved(picture(1600, 1200), "PNG"), shortest=150).reduction == 1


def test_an_embedded_profile_is_turned_into_srgb() -> None:
    """A profile with red and blue swapped shows whether it was used."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.find(b"rXYZ", 128), profile.find(b"bXYZ", 128)
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    profile = bytearray(bytes(profile).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be")))
    profile = bytearray(bytes(profile).replace(b"sRGB built-in", b"Swap built-in"))
    found = decode(saved(Image.new("RGB", (32, 32), (250, 20, 20)), "PNG", icc_profile=bytes(profile)))
    assert "Swap" in found.profile
    assert found.pixels[5, 5, 2] > 200 > found.pixels[5, 5, 0]


@pytest.mark.parametrize("profile", [b"no profile at all", b""])
def test_an_unreadable_profile_is_none(profile: bytes) -> None:
    found = decode(saved(Image.new("RGB", (32, 32), (250, 20, 20)), "PNG", icc_profile=profile))
    assert found.profile in ("unreadable", "none")
    assert tuple(found.pixels[5, 5]) == (250, 20, 20)
