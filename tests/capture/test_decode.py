from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from kiosk.capture.decode import decode
from kiosk.capture.portrait import PhotoProblem

LEAST = (480, 640)
ROOT = Path(__file__).parents[2]


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Red grows to the right, green downwards."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 255 // width, y * 255 // height, x * 0], axis=-1).astype(np.uint8))


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


KINDS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF")
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


SAMPLES = [saved(picture(), kind) for kind in KINDS] + [
    saved(picture(), progressive=True),
    saved(picture().convert("P"), "PNG"),
    saved(picture(), "TIFF", compression="tiff_lzw"),
    saved(picture(), "TIFF", compression="jpeg"),
    saved(picture(), "WEBP", lossless=True),
]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_picture_is_decoded_or_refused_but_never_breaks_anything(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(SAMPLES)))
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


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_come_as_rgb(kind: str) -> None:
    found = decode(saved(picture(), kind))
    assert found.size == (64, 48)
    assert found.pixels[24, 60, 0] > 200
    assert found.pixels[44, 4, 1] > 200
    assert int(found.pixels[..., 2].max()) < 30


def lying(upright: NDArray[np.uint8], orientation: int) -> Image.Image:
    """`upright` as a camera in that orientation stores it."""
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    return Image.fromarray(np.ascontiguousarray(stored))


def with_orientation(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shortest", [None, 200])
def test_the_orientation_is_applied_once(orientation: int, shortest: int | None) -> None:
    stored = lying(np.asarray(picture(800, 600)), orientation)
    found = decode(saved(stored, exif=with_orientation(orientation), quality=95), shortest=shortest)
    reduction = 1 if shortest is None else 2
    assert (found.size, found.reduction) == ((800 // reduction, 600 // reduction), reduction)
    near = np.asarray(picture(800, 600).resize(found.size)).astype(int)
    assert np.abs(found.pixels.astype(int) - near).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_the_orientation_is_applied_once_in_every_format(kind: str, orientation: int) -> None:
    """A HEIC file says it twice, in the container and in EXIF."""
    upright = np.asarray(picture(80, 64))
    data = saved(lying(upright, orientation), kind, exif=with_orientation(orientation))
    found = decode(data)
    assert found.size == (80, 64)
    assert np.abs(found.pixels.astype(int) - upright).mean() < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40)]
)
def test_broken_exif_is_harmless(kind: str, exif: bytes) -> None:
    assert decode(saved(picture(), kind, exif=exif)).size == (64, 48)


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


def deep(values: NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits a sample."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    written = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def deep_tiff(values: NDArray[np.uint16], order: str, planar: bool = False) -> bytes:
    """A plain TIFF of 16 bits a sample, in one strip (or one a channel)."""
    height, width = values.shape[:2]
    stored = np.moveaxis(values, 2, 0) if planar else values
    body = stored.astype(order + "u2").tobytes()
    strips = 3 if planar else 1
    tail = 8 + 2 + 12 * 10 + 4
    offsets, counts = tail + 6, tail + 6 + 4 * strips
    start = counts + 4 * strips
    each = len(body) // strips
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, tail), (259, 3, 1, 1), (262, 3, 1, 2)]
    entries += [(273, 4, strips, offsets if planar else start), (277, 3, 1, 3), (278, 4, 1, height)]
    entries += [(279, 4, strips, counts if planar else each), (284, 3, 1, 2 if planar else 1)]
    file = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
    for tag, kind, count, value in entries:
        packed = struct.pack(order + "HH", value, 0) if kind == 3 and count == 1 else struct.pack(order + "I", value)
        file += struct.pack(order + "HHI", tag, kind, count) + packed
    file += struct.pack(order + "I3H", 0, 16, 16, 16)
    file += struct.pack(f"{order}{strips}I", *(start + each * n for n in range(strips)))
    return file + struct.pack(f"{order}{strips}I", *[each] * strips) + body


SIXTEEN = np.random.default_rng(3).integers(0, 65536, (40, 50, 3)).astype(np.uint16)


@pytest.mark.parametrize(
    "data",
    [deep(SIXTEEN), *(deep_tiff(SIXTEEN, order, planar) for order in ("<", ">") for planar in (False, True))],
)
def test_sixteen_bits_are_rounded_not_cut(data: bytes) -> None:
    found = decode(data)
    assert found.depth == 16
    assert (found.pixels == np.rint(SIXTEEN / 257)).all()


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(400), "photo.raw"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(100), "photo.raw"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(100), "photo.raw"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(100), "photo.video"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomavc1" + bytes(100), "photo.video"),
        (b"PK\3\4" + bytes(100), "photo.archive"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.drawing"),
        (b"8BPS\0\1" + bytes(100), "photo.format"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100), "photo.format"),
        (saved(Image.linear_gradient("L").convert("RGB")), "photo.grey"),
        (saved(picture().convert("L"), "WEBP"), "photo.grey"),
        (saved(picture(), "PNG", save_all=True, append_images=[picture().rotate(180)]), "photo.animated"),
        (saved(picture(), "AVIF", save_all=True, append_images=[picture().rotate(180)]), "photo.animated"),
        (saved(picture(), "TIFF", save_all=True, append_images=[picture().rotate(180)]), "photo.several"),
        (saved(Image.new("F", (64, 48)), "TIFF"), "photo.grey"),
        (JPEG.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), "photo.rare_jpeg"),
        (JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc3\0\x11"), "photo.rare_jpeg"),
        (b"II*\0", "photo.truncated"),
    ],
)
def test_each_has_a_sentence_of_its_own(data: bytes, key: str) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(data)
    assert problem.value.key == key
    assert {"{" in problem.value.in_words(language) for language in ("zh_CN", "en")} == {False}


def test_a_raw_file_in_tiff_clothes_is_known_by_its_sensor() -> None:
    """A NEF: a small RGB picture in front, the sensor's pixels in a directory below."""
    front = struct.pack("<HHHIIHHIIHHIII", 3, 254, 4, 1, 1, 262, 3, 1, 2, 330, 4, 1, 50, 0)
    below = struct.pack("<HHHIII", 1, 262, 3, 1, 32803, 0)
    with pytest.raises(PhotoProblem) as problem:
        decode(b"II*\0\x08\0\0\0" + front + below + bytes(200))
    assert problem.value.key == "photo.raw"


@pytest.mark.parametrize("image", [picture().convert("P"), picture().convert("RGBA"), picture().convert("YCbCr")])
def test_what_loses_nothing_is_taken(image: Image.Image) -> None:
    kind = "TIFF" if image.mode == "YCbCr" else "PNG"
    found = decode(saved(image, kind)).pixels
    assert np.abs(found.astype(int) - np.asarray(image.convert("RGB"))).max() <= 1


def test_garbage_behind_the_end_is_harmless() -> None:
    for kind in KINDS:
        whole = saved(picture(), kind)
        assert (decode(whole + b"garbage" * 30).pixels == decode(whole).pixels).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_anywhere_is_refused_or_whole(kind: str) -> None:
    """What a viewer would show grey below the cut is never a portrait."""
    whole = saved(picture(), kind)
    pixels = decode(whole).pixels
    for cut in range(1, len(whole), max(1, len(whole) // 150)):
        try:
            found = decode(whole[:cut]).pixels
        except PhotoProblem:
            continue
        assert (found == pixels).all()


def claims(kind: str) -> bytes:
    """A small file of that kind whose header claims gigapixels."""
    whole = bytearray(saved(picture(), kind))
    if kind == "WEBP":
        return b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x3f\x9c\0" * 2
    if kind in ("HEIF", "AVIF"):
        at = whole.index(b"ispe") + 8
        whole[at : at + 8] = struct.pack(">II", 40_000, 40_000)
    elif kind == "TIFF":
        at = whole.index(struct.pack("<HHI", 256, 4, 1))
        whole[at + 8 : at + 12] = whole[at + 20 : at + 24] = struct.pack("<I", 40_000)
    else:
        at = whole.index(b"\xff\xc0") + 5
        whole[at : at + 4] = struct.pack(">HH", 40_000, 40_000)
    return bytes(whole)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_a_claim_of_gigapixels_is_refused_from_the_header(kind: str) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(claims(kind))
    assert problem.value.key == "photo.too_large"


@pytest.mark.parametrize("chunk", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_packed_bomb_beside_the_picture_is_refused_or_left_packed(chunk: bytes) -> None:
    bomb = zlib.compress(bytes(1 << 26), 9)
    body = b"key\0" + (b"\1\0\0\0" if chunk == b"iTXt" else b"\0") + bomb
    png = saved(picture(), "PNG")
    loaded = png[:33] + struct.pack(">I", len(body)) + chunk + body
    try:
        found = decode(loaded + struct.pack(">I", zlib.crc32(chunk + body)) + png[33:])
    except PhotoProblem:
        return
    assert found.size == (64, 48)


def test_a_jpeg_of_a_thousand_scans_is_refused_unread() -> None:
    whole = saved(picture(), progressive=True)
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(PhotoProblem):
        decode(whole[:-2] + whole[last:-2] * 1000 + whole[-2:])


def test_memory_stays_bounded() -> None:
    """Twelve megapixels of 16 bits, in a process of its own: besides the decoder's four bytes a pixel and the result's
    three there is only a strip."""
    script = (
        "import io, resource, sys\n"
        "from PIL import Image\n"
        "from kiosk.capture.decode import decode\n"
        "data = sys.stdin.buffer.read()\n"
        "decode(data[:int(sys.argv[1])])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "decode(data[int(sys.argv[1]):])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    small = deep(SIXTEEN)
    large = deep(np.broadcast_to(SIXTEEN[:1, :50].repeat(80, axis=1), (3000, 4000, 3)))
    command = [sys.executable, "-c", script, str(len(small))]
    run = subprocess.run(command, input=small + large, capture_output=True, check=True, cwd=ROOT)
    assert int(run.stdout) * 1024 < 12_000_000 * 7 + 80_000_000
