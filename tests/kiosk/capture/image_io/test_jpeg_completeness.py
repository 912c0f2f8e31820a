"""A file whose data end early before a proper end marker is refused: the missing part would be grey."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from kiosk.capture.image_io import jpeg_completeness
from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.jpeg_structure import read_structure
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.portrait_analysis import decode_lenient
from tests.kiosk.capture.picture_files import SAMPLES_16BIT, encode, png_16bit, png_chunk

EOI = b"\xff\xd9"
FORMS: dict[str, dict[str, object]] = {
    "baseline": {},
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "own tables": {"optimize": True},
    "stored as RGB": {"keep_rgb": True},
    "progressive": {"progressive": True},
    "restarts by row": {"restart_marker_rows": 1},
    "restarts by block": {"restart_marker_blocks": 3},
    "progressive with restarts": {"progressive": True, "restart_marker_rows": 2},
}


def scene(width: int = 203, height: int = 251) -> Image.Image:
    """Waves of colour with noise, in a picture whose sides are no multiple of a block."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(1).normal(0, 4, (height, width))
    waves = [128 + 80 * np.sin(x / 37) + noise, 120 + 60 * np.cos(y / 29), 128 + 50 * np.sin((x + y) / 61)]
    return Image.fromarray(np.stack(waves, axis=-1).clip(0, 255).astype(np.uint8))


def truncate(whole: bytes, share: float) -> bytes:
    """Return that share of the coded data, followed by a proper end marker."""
    first = read_structure(whole).scans[0].data_range.start
    cut = whole[: first + int((len(whole) - len(EOI) - first) * share)]
    return cut.rstrip(b"\xff") + EOI


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_jpeg_is_taken(form: str) -> None:
    for quality in (30, 75, 95):
        assert decode(encode(scene(), quality=quality, **FORMS[form])).size == scene().size


@pytest.mark.parametrize(
    ("form", "mode"),
    [(form, mode) for form in FORMS for mode in ("RGB", "L") if (form, mode) != ("stored as RGB", "L")],
)
def test_a_jpeg_that_ends_early_is_refused(form: str, mode: str) -> None:
    """`decode_lenient`, which reads finished portraits for a check, refuses it as well, even a grey one."""
    whole = encode(scene().convert(mode), quality=85, **FORMS[form])
    for share in np.arange(0.1, 0.95, 0.1):
        for decoder in (decode, decode_lenient):
            with pytest.raises(PhotoProblem) as problem:
                decoder(truncate(whole, float(share)))
            assert problem.value.key == "photo.truncated", share


@pytest.mark.parametrize("form", ["baseline", "4:4:4", "4:2:2", "own tables", "stored as RGB"])
@pytest.mark.parametrize("size", [(208, 256), (209, 257), (193, 241), (216, 250)])
def test_missing_data_show_in_the_last_unit_at_every_size(form: str, size: tuple[int, int]) -> None:
    """Some sizes have a last unit one pixel wide, whose colours are interpolated between those of its neighbours."""
    whole = encode(scene(*size), quality=95, **FORMS[form])
    for share in (0.5, 0.9, 0.97):
        for short_side in (None, 100, 50, 25):
            with pytest.raises(PhotoProblem) as problem:
                decode(truncate(whole, share), min_short_side=short_side)
            assert problem.value.key == "photo.truncated", (share, short_side)


def test_grey_elsewhere_costs_no_second_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.asarray(scene(208, 256)).copy()
    pixels[:128] = 128
    calls: list[bytes] = []
    monkeypatch.setattr(jpeg_completeness, "_decode", lambda data, frame: calls.append(data))
    decode(encode(Image.fromarray(pixels), quality=90))
    assert not calls


def test_a_hole_in_the_data_is_refused() -> None:
    whole = encode(scene(), quality=85)
    middle = len(whole) // 2
    with pytest.raises(PhotoProblem) as problem:
        decode(whole[:middle] + whole[middle + 2000 :])
    assert problem.value.key == "photo.truncated"


@pytest.mark.parametrize("options", [{"restart_marker_rows": 1}, {"restart_marker_blocks": 5}])
def test_a_lost_interval_is_refused(options: dict[str, object]) -> None:
    whole = encode(scene(), quality=85, **options)
    coded = read_structure(whole).scans[0].data_range
    first = whole.index(b"\xff\xd3", coded.start)
    second = whole.index(b"\xff\xd4", first)
    for cut in ((first, second), (first + 2, second), (first + 12, second)):
        with pytest.raises(PhotoProblem) as problem:
            decode(whole[: cut[0]] + whole[cut[1] :])
        assert problem.value.key == "photo.truncated", cut


def test_grey_parts_of_the_picture_are_no_missing_data() -> None:
    """The picture itself may have the value that decoders use as filler: a grey card, the corner of a grey backdrop."""
    pixels = np.asarray(scene(208, 256)).copy()
    pixels[128:] = 128
    for form in FORMS:
        decoded = decode(encode(Image.fromarray(pixels), quality=90, **FORMS[form]))
        assert decoded.size == (208, 256), form
        assert np.abs(decoded.pixels[136:].astype(int) - 128).max() <= 2, form  # below the block that contains both


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "HEIF", "AVIF"])
def test_an_interrupted_download_in_a_file_of_the_full_size_is_refused(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    whole = encode(Image.fromarray(noise), kind, quality=90)
    received = whole[: len(whole) * 6 // 10]
    end = EOI if kind == "JPEG" else b""
    with pytest.raises(PhotoProblem) as problem:
        decode(received + bytes(len(whole) - len(received) - len(end)) + end)
    assert problem.value.key == "photo.truncated"


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        found.append((kind, png[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


@pytest.mark.parametrize("picture", ["RGB", "P", "sixteen bits", "interlaced"])
def test_a_png_without_its_last_rows_is_refused(picture: str) -> None:
    whole = (
        png_16bit(SAMPLES_16BIT)
        if picture == "sixteen bits"
        else encode(scene().convert(picture.replace("interlaced", "RGB")), "PNG")
    )
    if picture == "interlaced":
        whole = interlaced()
    decode(whole)
    rows = zlib.decompress(b"".join(body for kind, body in chunks(whole) if kind == b"IDAT"))
    for share in (2, 3, 20):
        packed = zlib.compress(rows[: len(rows) - len(rows) // share])
        before = b"".join(png_chunk(kind, body) for kind, body in chunks(whole) if kind not in (b"IDAT", b"IEND"))
        with pytest.raises(PhotoProblem) as problem:
            decode(whole[:8] + before + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b""))
        assert problem.value.key == "photo.truncated"


def interlaced() -> bytes:
    """Return a PNG with Adam7 interlacing, which Pillow reads but does not write."""
    pixels = np.asarray(scene(20, 13))
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(
        b"\0" + row.tobytes() for left, top, across, down in passes for row in pixels[top::down, left::across]
    )
    header = struct.pack(">IIBBBBB", 20, 13, 8, 2, 0, 0, 1)
    body = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in body)


def test_a_viewer_would_show_the_missing_part_grey() -> None:
    """The reason for these checks: Pillow raises nothing, and the lower half is grey."""
    with Image.open(io.BytesIO(truncate(encode(scene(), quality=85), 0.5))) as image:
        assert (np.asarray(image)[-30:] == 128).all()
