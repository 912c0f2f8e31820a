"""Known colours in known spaces are converted to the sRGB values of the published matrices."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from kiosk.capture.image_io.colour_profile import ColourSpace, SrgbTransform, adobe_rgb, from_h273, from_icc
from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.icc import D65, SRGB_PRIMARIES, MatrixProfile, build_matrix_profile
from kiosk.capture.types import PhotoProblem

# XYZ (D65) of the spaces and of sRGB, as published: Adobe RGB (1998) 4.3.5.3, SMPTE EG 432-1, IEC 61966-2-1.
ADOBE = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
P3 = np.array([[0.48657, 0.26567, 0.19822], [0.22897, 0.69174, 0.07929], [0.0, 0.04511, 1.04394]])
SRGB = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
PROPHOTO = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
D50 = (0.3457, 0.3585)

# Skin, hair, cloth, the three background colours, greys, and colours at the edge of what sRGB can show.
PATCHES = [
    (224, 172, 140),
    (141, 85, 61),
    (35, 28, 26),
    (30, 60, 150),
    (100, 197, 255),
    (255, 255, 255),
    (240, 240, 240),
]
PATCHES += [(0, 0, 0), (128, 128, 128), (60, 120, 70), (200, 40, 50), (245, 222, 60), (5, 5, 6)]


def srgb_linear(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055) * 255


def expected(space: str, patch: tuple[int, int, int]) -> NDArray[np.float64]:
    values = np.array(patch) / 255
    if space == "adobe":
        return srgb_encoded(np.linalg.inv(SRGB) @ ADOBE @ values**2.19921875)
    return srgb_encoded(np.linalg.inv(SRGB) @ P3 @ srgb_linear(values))


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flat_image(patch: tuple[int, int, int], kind: str = "PNG", **options: object) -> bytes:
    return encode(Image.new("RGB", (16, 16), patch), kind, **options)


def display_p3() -> bytes:
    icc = from_h273(12, 13).icc
    assert icc is not None
    return icc


def dcf_exif(colour_space: int = 0xFFFF, index: bytes = b"R03\0") -> bytes:
    """EXIF as a camera writes it: "Exif", one directory with the inner one, and the interoperability directory."""
    head = b"Exif\0\0MM\0*" + struct.pack(">I", 8)
    first = struct.pack(">HHHIII", 1, 0x8769, 4, 1, 26, 0)
    inner = struct.pack(">HHHIHH", 2, 0xA001, 3, 1, colour_space, 0) + struct.pack(">HHIII", 0xA005, 4, 1, 56, 0)
    below = struct.pack(">HHHI4sI", 1, 1, 2, 4, index, 0)
    return head + first + inner + below


def with_chunks(png: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return `png` with `chunks` added behind the header."""
    added = b"".join(struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    return png[:33] + added + png[33:]


def middle(data: bytes) -> NDArray[np.int64]:
    return decode(data).pixels[8, 8].astype(np.int64)


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize(("space", "icc"), [("adobe", adobe_rgb().icc), ("p3", display_p3())])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_patch_comes_out_within_a_level(space: str, icc: bytes, kind: str, patch: tuple[int, int, int]) -> None:
    found = middle(flat_image(patch, kind, icc_profile=icc))
    assert np.abs(found - expected(space, patch)).max() <= 1.0


def test_without_the_profile_a_patch_would_be_far_off() -> None:
    assert np.abs(expected("adobe", (200, 40, 50)) - (200, 40, 50)).max() > 20


@pytest.mark.parametrize("patch", PATCHES[:5])
def test_adobe_rgb_is_recognized_by_exif_alone(patch: tuple[int, int, int]) -> None:
    picture = decode(flat_image(patch, "JPEG", quality=100, subsampling=0, exif=dcf_exif()))
    assert np.abs(picture.pixels[8, 8] - expected("adobe", patch)).max() <= 4  # JPEG itself is off by one or two
    assert picture.profile == "Adobe RGB (1998), by EXIF"


@pytest.mark.parametrize("exif", [dcf_exif(1), dcf_exif(index=b"R98\0"), dcf_exif()[:40], b"Exif\0\0MM\0*\0\0\0\xff"])
def test_incomplete_exif_is_no_evidence_of_adobe_rgb(exif: bytes) -> None:
    picture = decode(flat_image((200, 40, 50), "JPEG", quality=100, subsampling=0, exif=exif))
    assert picture.profile == "none"
    assert np.abs(picture.pixels[8, 8].astype(int) - (200, 40, 50)).max() <= 2


def test_an_embedded_profile_goes_before_exif() -> None:
    data = flat_image((200, 40, 50), "JPEG", quality=100, subsampling=0, exif=dcf_exif(), icc_profile=display_p3())
    assert decode(data).profile == "Display P3"


def test_a_round_trip_changes_at_most_a_level() -> None:
    """sRGB colours converted to Adobe RGB in 16 bits and back."""
    patches = np.array(PATCHES, np.float64)[None]
    linear = srgb_linear(patches / 255) @ (np.linalg.inv(ADOBE) @ SRGB).T
    deep = np.rint(np.clip(linear, 0, 1) ** (1 / 2.19921875) * 65535).astype(np.uint16)
    back = SrgbTransform(adobe_rgb()).convert_16bit(deep)
    assert np.abs(back.astype(int) - patches).max() <= 1


def test_sixteen_bits_are_converted_before_they_are_rounded() -> None:
    """A dark gradient in ProPhoto: rounding first skips sRGB levels, converting first gives every level."""
    slope = np.repeat(np.linspace(0, 12000, 2000).astype(np.uint16)[None, :, None], 3, axis=2)
    transform = SrgbTransform(ColourSpace("ProPhoto", build_matrix_profile("ProPhoto", PROPHOTO, D50, 1.8)))
    converted_first = np.unique(transform.convert_16bit(slope)[..., 1])
    rounded_first = np.unique(transform.convert_8bit(Image.fromarray((slope // 257).astype(np.uint8)))[..., 1])
    assert (np.diff(converted_first) == 1).all()
    assert (np.diff(rounded_first.astype(int)) > 1).any()


@pytest.mark.parametrize("name", ["eight", "sixteen"])
def test_both_depths_agree(name: str) -> None:
    values = np.random.default_rng(1).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    transform = SrgbTransform(adobe_rgb())
    found = (
        transform.convert_8bit(Image.fromarray(values))
        if name == "eight"
        else transform.convert_16bit(values.astype(np.uint16) * 257)
    )
    expected_values = srgb_encoded((values / 255) ** 2.19921875 @ (np.linalg.inv(SRGB) @ ADOBE).T)
    assert np.abs(found - expected_values).max() <= 1.1


def test_a_profile_of_srgb_is_recognized_by_its_values_not_by_its_name() -> None:
    same = build_matrix_profile("Camera 7", SRGB_PRIMARIES, D65)
    other = build_matrix_profile("sRGB IEC61966-2.1", tuple(reversed(SRGB_PRIMARIES)), D65)
    assert tuple(middle(flat_image((200, 40, 50), icc_profile=same))) == (200, 40, 50)
    assert middle(flat_image((200, 40, 50), icc_profile=other))[2] > 180


def test_a_profile_of_other_channels_is_left_out() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    picture = decode(flat_image((200, 40, 50), icc_profile=lab))
    assert tuple(picture.pixels[8, 8]) == (200, 40, 50)
    assert picture.profile.startswith("unfitting")


@pytest.mark.parametrize("cut", [0, 10, 127, 140, 300])
def test_a_broken_profile_is_ignored(cut: int) -> None:
    icc = display_p3()[:cut] + b"\xff" * 40
    picture = decode(flat_image((200, 40, 50), icc_profile=icc))
    assert tuple(picture.pixels[8, 8]) == (200, 40, 50)
    assert picture.profile == "unreadable"


def cmyk_profile() -> bytes:
    """The profile of a press that prints grey with black ink alone: a table with 2 nodes for each ink, to Lab (ICC.1,
    10.10, lut8Type)."""
    inks = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    light = (1 - inks[:, 3]) * (1 - inks[:, :3].mean(axis=1))
    lab = np.stack([light * 255, 128 + 0 * light, 128 + 0 * light], axis=1).astype(np.uint8)
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut += ramp * 4 + lab.tobytes() + ramp * 3
    tags = {b"desc": b"desc\0\0\0\0\0\0\0\x06Press\0" + bytes(78), b"A2B0": lut, b"wtpt": b"XYZ \0\0\0\0" + bytes(12)}
    head = struct.pack(">4s4s4s4s", b"\x02\x40\0\0", b"prtr", b"CMYK", b"Lab ") + bytes(12) + b"acsp" + bytes(88)
    table, body = b"", b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    whole = bytes(4) + head + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">II", 132 + 12 * len(tags) + len(body), 0) + whole[4:]


def test_inks_are_converted_by_their_profile_and_refused_without() -> None:
    inks = Image.new("CMYK", (16, 16), (0, 0, 0, 128))
    assert "Press" in str(from_icc(cmyk_profile()))
    found = decode(encode(inks, "TIFF", icc_profile=cmyk_profile())).pixels[8, 8].astype(int)
    assert np.abs(found - 118).max() <= 4  # L* 49.8 is sRGB 118
    with pytest.raises(PhotoProblem, match="CMYK"):
        decode(encode(inks, "TIFF"))


def test_only_adobes_cmyk_jpegs_are_inverted() -> None:
    inks = encode(Image.new("CMYK", (16, 16), (0, 0, 0, 40)), "JPEG", quality=100, icc_profile=cmyk_profile())
    marker = inks.index(b"\xff\xee")
    plain = inks[:marker] + inks[marker + 2 + int.from_bytes(inks[marker + 2 : marker + 4], "big") :]
    assert middle(inks)[0] > 180 > 80 > middle(plain)[0]


def chrm_chunk(white: tuple[float, float], *primaries: tuple[float, float]) -> bytes:
    return struct.pack(">8I", *(round(100_000 * value) for point in (white, *primaries) for value in point))


ADOBE_CHRM = chrm_chunk(D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB_CHRM = chrm_chunk(D65, *SRGB_PRIMARIES)


@pytest.mark.parametrize(
    ("chunks", "expected_colour"),
    [
        ([], (200, 40, 50)),
        ([(b"sRGB", b"\0"), (b"cHRM", ADOBE_CHRM)], (200, 40, 50)),
        ([(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", SRGB_CHRM)], (200, 40, 50)),
        ([(b"gAMA", struct.pack(">I", 45470)), (b"cHRM", ADOBE_CHRM)], expected("adobe", (200, 40, 50))),
        ([(b"gAMA", struct.pack(">I", 100_000))], srgb_encoded(np.array([200, 40, 50]) / 255)),
        ([(b"cICP", bytes([12, 13, 0, 1])), (b"sRGB", b"\0")], expected("p3", (200, 40, 50))),
        ([(b"cICP", bytes([1, 13, 0, 1]))], (200, 40, 50)),
        ([(b"gAMA", bytes(4))], (200, 40, 50)),
        ([(b"gAMA", struct.pack(">I", 45455)), (b"cHRM", bytes(32))], (200, 40, 50)),
    ],
)
def test_the_chunks_of_a_png_are_used(chunks: list[tuple[bytes, bytes]], expected_colour: object) -> None:
    found = middle(with_chunks(flat_image((200, 40, 50)), *chunks))
    assert np.abs(found - np.asarray(expected_colour, np.float64)).max() <= 1.6


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_refused(transfer: int) -> None:
    with pytest.raises(PhotoProblem) as problem:
        decode(with_chunks(flat_image((200, 40, 50)), (b"cICP", bytes([9, transfer, 0, 1]))))
    assert problem.value.key == "photo.hdr"


def test_the_matrices_are_the_published_ones() -> None:
    profile = MatrixProfile.read(adobe_rgb().icc or b"")
    assert profile is not None
    # Adobe RGB (1998), 4.3.6.1: to the ICC profile connection space.
    published = [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
    assert np.abs(profile.matrix - published).max() < 0.0003
