from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageCms

from kiosk.capture.image_io.decode import decode
from tests.kiosk.capture.picture_files import (
    KINDS,
    SAMPLES_16BIT,
    encode,
    picture,
    png_16bit,
    store_rotated,
    tiff_16bit,
    with_orientation,
)
from tests.paths import ROOT


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_are_rgb(kind: str) -> None:
    decoded = decode(encode(picture(), kind))
    assert decoded.size == (64, 48)
    assert decoded.pixels[24, 60, 0] > 200
    assert decoded.pixels[44, 4, 1] > 200
    assert int(decoded.pixels[..., 2].max()) < 30


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shortest", [None, 200])
def test_the_orientation_is_applied_once(orientation: int, shortest: int | None) -> None:
    stored = store_rotated(np.asarray(picture(800, 600)), orientation)
    decoded = decode(encode(stored, exif=with_orientation(orientation), quality=95), min_short_side=shortest)
    reduction = 1 if shortest is None else 2
    assert (decoded.size, decoded.reduction) == ((800 // reduction, 600 // reduction), reduction)
    near = np.asarray(picture(800, 600).resize(decoded.size)).astype(int)
    assert np.abs(decoded.pixels.astype(int) - near).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_the_orientation_is_applied_once_in_every_format(kind: str, orientation: int) -> None:
    """A HEIC file contains the orientation twice, in the container and in EXIF."""
    upright = np.asarray(picture(80, 64))
    data = encode(store_rotated(upright, orientation), kind, exif=with_orientation(orientation))
    decoded = decode(data)
    assert decoded.size == (80, 64)
    assert np.abs(decoded.pixels.astype(int) - upright).mean() < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40)]
)
def test_broken_exif_is_harmless(kind: str, exif: bytes) -> None:
    assert decode(encode(picture(), kind, exif=exif)).size == (64, 48)


def test_a_reduction_keeps_the_requested_shorter_side() -> None:
    data = encode(picture(1600, 1200))
    assert decode(data, min_short_side=600).reduction == 2
    assert decode(data, min_short_side=601).reduction == 1
    assert decode(data, min_short_side=150).reduction == 8
    assert decode(encode(picture(1600, 1200), "PNG"), min_short_side=150).reduction == 1


def test_an_embedded_profile_is_turned_into_srgb() -> None:
    """A profile with red and blue swapped shows whether it was used."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.find(b"rXYZ", 128), profile.find(b"bXYZ", 128)
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    profile = bytearray(bytes(profile).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be")))
    profile = bytearray(bytes(profile).replace(b"sRGB built-in", b"Swap built-in"))
    decoded = decode(encode(Image.new("RGB", (32, 32), (250, 20, 20)), "PNG", icc_profile=bytes(profile)))
    assert "Swap" in decoded.profile
    assert decoded.pixels[5, 5, 2] > 200 > decoded.pixels[5, 5, 0]


@pytest.mark.parametrize("profile", [b"no profile at all", b""])
def test_an_unreadable_profile_is_ignored(profile: bytes) -> None:
    decoded = decode(encode(Image.new("RGB", (32, 32), (250, 20, 20)), "PNG", icc_profile=profile))
    assert decoded.profile in ("unreadable", "none")
    assert tuple(decoded.pixels[5, 5]) == (250, 20, 20)


@pytest.mark.parametrize(
    "data",
    [
        png_16bit(SAMPLES_16BIT),
        *(tiff_16bit(SAMPLES_16BIT, order, planar) for order in ("<", ">") for planar in (False, True)),
    ],
)
def test_sixteen_bits_are_rounded_not_cut(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.depth == 16
    assert (decoded.pixels == np.rint(SAMPLES_16BIT / 257)).all()


@pytest.mark.parametrize("image", [picture().convert("P"), picture().convert("RGBA"), picture().convert("YCbCr")])
def test_modes_that_convert_without_loss_are_accepted(image: Image.Image) -> None:
    kind = "TIFF" if image.mode == "YCbCr" else "PNG"
    pixels = decode(encode(image, kind)).pixels
    assert np.abs(pixels.astype(int) - np.asarray(image.convert("RGB"))).max() <= 1


@pytest.mark.process
def test_memory_stays_bounded() -> None:
    """Decode 12 megapixels of 16 bits in a separate process. The decoder needs four bytes a pixel, the result three,
    and the conversion only a strip."""
    script = (
        "import io, resource, sys\n"
        "from PIL import Image\n"
        "from kiosk.capture.image_io.decode import decode\n"
        "data = sys.stdin.buffer.read()\n"
        "decode(data[:int(sys.argv[1])])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "decode(data[int(sys.argv[1]):])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    small = png_16bit(SAMPLES_16BIT)
    large = png_16bit(np.broadcast_to(SAMPLES_16BIT[:1, :50].repeat(80, axis=1), (3000, 4000, 3)))
    command = [sys.executable, "-c", script, str(len(small))]
    run = subprocess.run(command, input=small + large, capture_output=True, check=True, cwd=ROOT)
    assert int(run.stdout) * 1024 < 12_000_000 * 7 + 80_000_000
