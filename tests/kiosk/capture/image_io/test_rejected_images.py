"""Every file is decoded or refused with one message."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.icc import MatrixProfile
from kiosk.capture.image_io.jpeg_structure import read_structure
from kiosk.capture.image_io.tiff_tags import TiffReader
from kiosk.capture.types import PhotoProblem
from tests.kiosk.capture.picture_files import JPEG, KINDS, encode, picture, png_header, with_huge_claim

MIN_SIZE = (480, 640)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "photo.empty"),
        (b"this is a letter, not a picture", "photo.no_image"),
        (b"GIF89a? A text that begins like a picture.", "photo.no_image"),
        (b"%PDF-1.7\n" + bytes(2000), "photo.document"),
        (encode(picture(), "GIF"), "photo.format"),
        (JPEG[: len(JPEG) // 2], "photo.truncated"),
        (encode(picture(), "PNG")[:-30], "photo.truncated"),
        (encode(Image.new("RGB", (1, 1))), "photo.too_small"),
        (encode(Image.new("RGB", (479, 640))), "photo.too_small"),
        (png_header(30_000, 30_000), "photo.too_large"),
        (png_header(30_000, 700), "photo.too_long"),
        (png_header(9_000, 9_000), "photo.too_large"),
        (encode(picture().convert("L")), "photo.grey"),
        (encode(picture().convert("CMYK")), "photo.cmyk"),
        (encode(Image.new("I;16", (600, 800)), "PNG"), "photo.grey"),
        (encode(Image.new("RGBA", (600, 800), (9, 9, 9, 128)), "PNG"), "photo.transparent"),
        (
            encode(
                Image.new("RGB", (600, 800)), "WEBP", save_all=True, append_images=[Image.new("RGB", (600, 800), "red")]
            ),
            "photo.animated",
        ),
    ],
)
def test_a_wrong_input_is_refused_with_one_message(data: bytes, key: str) -> None:
    min_size = MIN_SIZE if key == "photo.too_small" else (1, 1)
    with pytest.raises(PhotoProblem) as problem:
        decode(data, min_size)
    assert problem.value.key == key
    for language in ("zh_CN", "en"):
        sentence = problem.value.in_language(language)
        assert sentence != key
        assert "{" not in sentence


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
        (encode(Image.linear_gradient("L").convert("RGB")), "photo.grey"),
        (encode(picture().convert("L"), "WEBP"), "photo.grey"),
        (encode(picture(), "PNG", save_all=True, append_images=[picture().rotate(180)]), "photo.animated"),
        (encode(picture(), "AVIF", save_all=True, append_images=[picture().rotate(180)]), "photo.animated"),
        (encode(picture(), "TIFF", save_all=True, append_images=[picture().rotate(180)]), "photo.several"),
        (encode(Image.new("F", (64, 48)), "TIFF"), "photo.grey"),
        (JPEG.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), "photo.rare_jpeg"),
        (JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc3\0\x11"), "photo.rare_jpeg"),
        (JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc9\0\x11"), "photo.rare_jpeg"),
        (b"II*\0", "photo.truncated"),
    ],
)
def test_each_kind_of_file_has_its_own_message(data: bytes, key: str) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(data)
    assert problem.value.key == key
    assert {"{" in problem.value.in_language(language) for language in ("zh_CN", "en")} == {False}


@pytest.mark.parametrize(
    ("data", "name", "setting"),
    [
        (JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc9\0\x11"), "arithmetic-coded", "“arithmetic coding” off"),
        (JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc3\0\x11"), "lossless", "“lossless” off"),
        (JPEG.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c"), "12 bits", "8 bits"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100), "JPEG XL", "settings of the camera"),
        (b"\xff\x0a" + bytes(100), "JPEG XL", "settings of the camera"),
        (b"\xff\xd8\xff\xf7\0\x0b\x08" + bytes(100), "JPEG-LS", "save JPEG"),
        (encode(picture(), "BMP"), "BMP", "save JPEG"),
        (encode(picture(), "GIF"), "GIF", "save JPEG"),
        (b"8BPS\0\1" + bytes(100), "Photoshop", "export"),
        (bytes(128) + b"DICM" + bytes(100), "DICOM", "save JPEG"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(400), "Canon CR2", "set the camera's image quality to JPEG"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG", "as the camera made it"),
        (b"\n<!DOCTYPE html><html>", "HTML", "as the camera made it"),
        (b"PK\3\4" + bytes(26) + b"[Content_Types].xml" + bytes(100), "Word", "as the camera made it"),
        (encode(picture(), "AVIF", save_all=True, append_images=[picture().rotate(180)]), "AVIF", "motion photos"),
        (encode(Image.new("RGB", (1, 65_500))), "1 by 65500 pixels", "16000"),
    ],
)
def test_the_sentence_names_the_format_and_what_to_change(data: bytes, name: str, setting: str) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(data)
    sentence = problem.value.in_language("en")
    assert name in sentence
    assert setting in sentence
    assert "{" not in problem.value.in_language("zh_CN")


def test_a_raw_file_in_tiff_form_is_recognized_by_its_sensor_data() -> None:
    """A NEF: a small RGB picture in the first directory, the sensor's pixels in a sub-directory."""
    front = struct.pack("<HHHIIHHIIHHIII", 3, 254, 4, 1, 1, 262, 3, 1, 2, 330, 4, 1, 50, 0)
    below = struct.pack("<HHHIII", 1, 262, 3, 1, 32803, 0)
    with pytest.raises(PhotoProblem) as problem:
        decode(b"II*\0\x08\0\0\0" + front + below + bytes(200))
    assert problem.value.key == "photo.raw"


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(PhotoProblem):
        decode(data)


SAMPLES = [encode(picture(), kind) for kind in KINDS] + [
    encode(picture(), progressive=True),
    encode(picture().convert("P"), "PNG"),
    encode(picture(), "TIFF", compression="tiff_lzw"),
    encode(picture(), "TIFF", compression="jpeg"),
    encode(picture(), "WEBP", lossless=True),
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
def test_a_file_cut_anywhere_is_refused_or_whole(kind: str) -> None:
    """Viewers would show the part below the cut grey."""
    whole = encode(picture(), kind)
    pixels = decode(whole).pixels
    for cut in range(1, len(whole), max(1, len(whole) // 150)):
        try:
            found = decode(whole[:cut]).pixels
        except PhotoProblem:
            continue
        assert (found == pixels).all()


def test_stray_bytes_between_the_segments_of_a_jpeg_are_harmless() -> None:
    at = JPEG.index(b"\xff\xdb")
    assert (decode(JPEG[:at] + bytes(6) + JPEG[at:]).pixels == decode(JPEG).pixels).all()


def test_garbage_behind_the_end_is_harmless() -> None:
    for kind in KINDS:
        whole = encode(picture(), kind)
        assert (decode(whole + b"garbage" * 30).pixels == decode(whole).pixels).all()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_a_claim_of_gigapixels_is_refused_from_the_header(kind: str) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(with_huge_claim(kind))
    assert problem.value.key == "photo.too_large"


@pytest.mark.parametrize("chunk", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_decompression_bomb_next_to_the_picture_is_refused_or_not_unpacked(chunk: bytes) -> None:
    bomb = zlib.compress(bytes(1 << 26), 9)
    body = b"key\0" + (b"\1\0\0\0" if chunk == b"iTXt" else b"\0") + bomb
    png = encode(picture(), "PNG")
    loaded = png[:33] + struct.pack(">I", len(body)) + chunk + body
    try:
        found = decode(loaded + struct.pack(">I", zlib.crc32(chunk + body)) + png[33:])
    except PhotoProblem:
        return
    assert found.size == (64, 48)


def test_a_jpeg_of_a_thousand_scans_is_refused_unread() -> None:
    whole = encode(picture(), progressive=True)
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(PhotoProblem):
        decode(whole[:-2] + whole[last:-2] * 1000 + whole[-2:])


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\xd0", b"\xff\xfe\0\2"])
def test_a_jpeg_of_markers_alone_is_read_in_part(filling: bytes) -> None:
    structure = read_structure(b"\xff\xd8" + filling * 1_000_000)
    assert len(structure.segments) < 10_000
    with pytest.raises(PhotoProblem):
        decode(b"\xff\xd8" + filling * 1_000_000)


def test_a_directory_that_points_at_the_same_place_again_and_again_is_read_in_part() -> None:
    entries = b"".join(struct.pack("<HHII", tag, 4, 60_000, 8) for tag in range(40_000))
    reader = TiffReader.of(b"II*\0\x08\0\0\0" + struct.pack("<H", 40_000) + entries)
    assert reader is not None
    tags, _ = reader.directory(reader.first_offset)
    assert sum(len(tags.numbers(tag)) for tag in tags) < 50_000


def test_a_profile_that_names_all_of_itself_in_each_of_its_tags_is_not_copied() -> None:
    size = 4_000_000
    names = (struct.pack(">I", number) for number in range(50_000))
    table = struct.pack(">I", 50_000) + b"".join(name + struct.pack(">II", 0, size) for name in names)
    profile = (bytes(16) + b"RGB XYZ " + bytes(104) + table).ljust(size, b"\0")
    tracemalloc.start()
    try:
        assert MatrixProfile.read(profile) is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
