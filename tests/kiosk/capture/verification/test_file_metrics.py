from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from config.standards.registry import load_standard
from kiosk.capture.image_io.jpeg_encoder import encode_with
from kiosk.capture.verification.file_metrics import JpegProperties, file_metrics, read_jpeg_properties

Y, X = np.mgrid[0:300, 0:400]
PICTURE = Image.fromarray(np.stack([X * 255 // 400, Y * 255 // 300, (X + Y) % 256], axis=-1).astype(np.uint8))


def encode(image: Image.Image = PICTURE, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def facts(data: bytes) -> JpegProperties:
    found = read_jpeg_properties(data)
    assert found is not None
    return found


def exif(**tags: object) -> bytes:
    block = Image.Exif()
    names = {"software": 0x0131, "make": 0x010F, "model": 0x0110, "artist": 0x013B, "orientation": 0x0112}
    for name, value in tags.items():
        block[names[name]] = value
    return block.tobytes()


def add_thumbnail(thumbnail: Image.Image) -> bytes:
    """Return EXIF with an empty first directory and a second one that contains the thumbnail."""
    small = encode(thumbnail, quality=80)
    first = b"\0\0" + (14).to_bytes(4, "big")
    entries = [(0x0201, 44), (0x0202, len(small))]
    second = b"\0\2" + b"".join(t.to_bytes(2, "big") + b"\0\4\0\0\0\1" + v.to_bytes(4, "big") for t, v in entries)
    return b"Exif\0\0MM\0*\0\0\0\x08" + first + second + bytes(4) + small


@pytest.mark.parametrize(("setting", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
@pytest.mark.parametrize("quality", [35, 75, 92])
def test_compression_is_read_back(setting: int, name: str, quality: int) -> None:
    found = facts(encode(quality=quality, subsampling=setting, progressive=quality == 75))
    assert (found.subsampling, found.quality, found.progressive) == (name, quality, quality == 75)
    assert found.libjpeg_tables
    assert (found.size, found.components, found.bits) == ((400, 300), 3, 24)


def test_the_tables_come_as_eight_rows() -> None:
    data = encode(quality=60)
    found = facts(data)
    with Image.open(io.BytesIO(data)) as image:
        both = image.quantization  # type: ignore[attr-defined]
    assert [step for row in found.luminance for step in row] == both[0]
    assert [step for row in found.chrominance or () for step in row] == both[1]


def test_an_editors_own_tables_are_recognized() -> None:
    steps = [2 + n // 3 for n in range(64)]
    found = facts(encode(qtables=[steps, steps]))
    assert not found.libjpeg_tables
    assert 60 < found.quality < 100


def test_our_own_portraits_have_the_tables_of_libjpeg() -> None:
    output = load_standard("chsi").output
    found = facts(encode_with(np.asarray(PICTURE), output, 70, "4:4:4").jpeg)
    assert found.libjpeg_tables
    assert (found.quality, found.personal, found.has_exif, found.has_icc, found.trailing_bytes) == (
        70,
        (),
        False,
        False,
        0,
    )


def test_grey_has_one_component() -> None:
    found = facts(encode(PICTURE.convert("L")))
    assert (found.components, found.bits, found.subsampling, found.chrominance) == (1, 8, "grey", None)


def test_software_and_camera_are_named() -> None:
    xmp = b'<x:xmpmeta><rdf:li xmp:CreatorTool="Beauty 3.1"/><stEvt:softwareAgent>Second</stEvt:softwareAgent>'
    data = encode(exif=exif(software="Editor 9", make="Maker", model="M1", orientation=6), xmp=xmp, comment=b"by hand")
    found = facts(data)
    assert found.software == ("Editor 9", "Beauty 3.1", "Second")
    assert (found.make, found.model, found.orientation, found.comment) == ("Maker", "M1", 6, "by hand")
    assert found.size == (400, 300)


def test_personal_data_are_named() -> None:
    block = Image.Exif()
    block[0x013B] = "A. Photographer"
    block.get_ifd(0x8825)[2] = (34.0, 15.0, 0.0)
    block.get_ifd(0x8769)[0xA431] = "0012345"
    found = facts(encode(exif=block.tobytes(), comment=b"x"))
    assert set(found.personal) == {"gps", "artist", "serial", "comment"}
    assert facts(encode()).personal == ()


@pytest.mark.parametrize(("dpi", "expected"), [((300, 300), 300), ((300, 72), None), (None, None)])
def test_resolution_of_jfif(dpi: tuple[int, int] | None, expected: float | None) -> None:
    data = encode(dpi=dpi) if dpi else encode()
    assert facts(data).dpi_jfif == expected
    assert file_metrics(data)["dpi"].value == expected


def test_resolution_in_centimetres_and_of_exif() -> None:
    data = bytearray(encode(dpi=(118, 118)))
    data[data.index(b"JFIF\0") + 7] = 2
    assert facts(bytes(data)).dpi_jfif == pytest.approx(299.72)
    block = Image.Exif()
    block[0x011A], block[0x011B], block[0x0128] = 300.0, 300.0, 2
    only_exif = encode(exif=block.tobytes())
    assert facts(only_exif).dpi_exif == 300
    assert file_metrics(only_exif)["dpi"].value == 300


@pytest.mark.parametrize("bars", [False, True])
def test_a_thumbnail_of_another_picture_is_seen(bars: bool) -> None:
    wide = PICTURE.resize((360, 240)) if bars else PICTURE
    own = wide.resize((160, 160 * wide.height // wide.width))
    framed = Image.new("RGB", (160, 120))
    framed.paste(own, (0, (120 - own.height) // 2))
    same = facts(encode(wide, exif=add_thumbnail(framed)))
    other = facts(encode(wide, exif=add_thumbnail(framed.rotate(180))))
    assert same.has_thumbnail
    assert same.thumbnail_difference is not None
    assert other.thumbnail_difference is not None
    assert same.thumbnail_difference < 4 < 20 < other.thumbnail_difference


def test_no_thumbnail_has_no_difference() -> None:
    assert (facts(encode()).has_thumbnail, facts(encode()).thumbnail_difference) == (False, None)


def test_bytes_behind_the_end_are_counted() -> None:
    assert facts(encode() + b"12345").trailing_bytes == 5


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10JFIF"])
def test_a_file_that_is_no_jpeg_has_no_properties(data: bytes) -> None:
    assert read_jpeg_properties(data) is None


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_has_properties_or_none(data: st.DataObject) -> None:
    whole = bytearray(encode(PICTURE.resize((64, 48)), exif=add_thumbnail(PICTURE.resize((32, 24)))))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = read_jpeg_properties(bytes(whole[: data.draw(st.integers(1, len(whole)))]))  # no error for any bytes
    assert found is None or (found.components >= 1 and 0 <= found.quality <= 100)
