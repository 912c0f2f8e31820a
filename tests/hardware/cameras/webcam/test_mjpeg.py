"""Half a frame, and one with a gap, are distinguished from complete ones by their bytes and their decoded pixels."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from config.opencv import cv2
from hardware.cameras.webcam import mjpeg as jpeg
from hardware.cameras.webcam.formats import candidate_modes, is_honoured
from hardware.cameras.webcam.settings import WebcamSettings
from hardware.cameras.webcam.stream import Picture
from hardware.cameras.webcam.v4l2 import ControlRange, Mode

SAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def frame(sampling: str = "4:2:2", restart_rows: int = 0, size: tuple[int, int] = (331, 250), **how: object) -> bytes:
    """Return a noisy picture, like a sensor's, whose size is no whole number of blocks."""
    noise = np.random.default_rng(5).integers(60, 200, (size[1], size[0], 3), np.uint8)
    picture = Image.fromarray(noise)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85, subsampling=SAMPLINGS[sampling], restart_marker_rows=restart_rows, **how)
    return file.getvalue()


def picture(data: bytes) -> Picture:
    return Picture(np.frombuffer(data, np.uint8), None, None, fresh=True)


def decoded(data: bytes) -> bool:
    """Control: return whether the decoder accepts the data."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None


def with_hole(data: bytes) -> bytes:
    """Return the data without a packet in the middle and with the same end."""
    middle = len(data) // 2
    return data[:middle] + data[middle + 3072 :]


@pytest.mark.parametrize("restart_rows", [0, 1])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_frame_is_complete_and_a_part_of_it_is_not(sampling: str, restart_rows: int) -> None:
    whole = frame(sampling, restart_rows)
    assert picture(whole).pixels() is not None
    assert picture(whole + bytes(512)).pixels() is not None, "padded to the size of a buffer"
    for share in (0.2, 0.5, 0.9):
        half = whole[: int(len(whole) * share)]
        assert picture(half).pixels() is None
        assert picture(half).thumbnail() is None
        ended = half.rstrip(b"\xff") + b"\xff\xd9"
        assert decoded(ended), "control: a decoder accepts it, grey below"
        assert picture(ended).pixels() is None


@pytest.mark.parametrize("restart_rows", [0, 1])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_hole_in_the_middle_is_detected_although_the_end_is_there(sampling: str, restart_rows: int) -> None:
    holed = with_hole(frame(sampling, restart_rows))
    assert holed.endswith(b"\xff\xd9")
    assert decoded(holed), "control"
    assert picture(holed).pixels() is None


def test_a_progressive_and_a_grey_frame_are_complete_too() -> None:
    assert picture(frame(progressive=True)).pixels() is not None
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(5).integers(0, 255, (90, 121), np.uint8)).save(
        file, "JPEG", restart_marker_rows=1
    )
    assert picture(file.getvalue()).pixels() is not None


def test_a_frame_without_huffman_tables_is_decoded() -> None:
    """Many webcams leave the tables of T.81 annex K out, as Motion-JPEG may."""
    whole = frame(optimize=False)
    bare = without_tables(whole)
    assert len(bare) < len(whole), "control"
    assert b"\xff\xc4" not in bare
    pixels, same = picture(whole).pixels(), picture(bare).pixels()
    assert pixels is not None
    assert same is not None
    assert np.array_equal(pixels, same)
    with Image.open(io.BytesIO(bare)) as opened:
        assert np.abs(np.asarray(opened, np.int16)[..., ::-1] - pixels).max() <= 2, "other decoders accept the file too"


def without_tables(data: bytes) -> bytes:
    remaining, at = data[:2], 2
    while data[at + 1] != 0xDA:
        length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        remaining += data[at : at + length] if data[at + 1] != 0xC4 else b""
        at += length
    return remaining + data[at:]


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"not a picture", b"\xff\xd8\xff\xd9", b"\xff\xd8" + bytes(600)])
def test_data_that_is_no_jpeg_is_not_complete(data: bytes) -> None:
    assert jpeg.parse_header(np.frombuffer(data, np.uint8)) is None
    assert not jpeg.is_complete(np.frombuffer(data, np.uint8))


def test_every_truncated_frame_is_incomplete_and_no_error() -> None:
    whole = np.frombuffer(frame(size=(64, 48), restart_rows=1), np.uint8)
    assert [end for end in range(whole.size + 1) if jpeg.is_complete(whole[:end])] == [whole.size]


SETTINGS = WebcamSettings.read()


def test_sizes_are_tried_from_the_largest_that_is_fast_enough() -> None:
    listed = [Mode(640, 480, 30), Mode(1920, 1080, 5), Mode(2592, 1944, 30), Mode(1280, 720, 0), Mode(1600, 900, 25)]
    tried = candidate_modes(listed, SETTINGS)
    assert tried == [Mode(1600, 900, 25), Mode(1280, 720, 0), Mode(640, 480, 30), Mode(1920, 1080, 5)]
    assert candidate_modes([], SETTINGS) == [Mode(1920, 1080, 30)], "a camera without a list is tried too"
    assert candidate_modes([Mode(2592, 1944, 30)], SETTINGS) == [Mode(2592, 1944, 30)], "larger is better than none"


def test_a_slow_rate_is_accepted_only_where_no_better_was_announced() -> None:
    assert is_honoured(Mode(1920, 1080, 30), (1920, 1080), 30.0, SETTINGS)
    assert not is_honoured(Mode(1920, 1080, 30), (1280, 720), 30.0, SETTINGS)
    assert not is_honoured(Mode(1920, 1080, 30), (1920, 1080), 15.0, SETTINGS)
    assert is_honoured(Mode(1920, 1080, 15), (1920, 1080), 15.0, SETTINGS)


def test_a_value_is_rounded_to_the_nearest_step_within_bounds() -> None:
    limits = ControlRange(2800, 6500, 10)
    assert [limits.nearest(value) for value in (0, 2804, 2806, 9999)] == [2800, 2800, 2810, 6500]
    assert ControlRange(0, 8, 5).nearest(8) == 5, "10 would be out of bounds"
    assert replace(limits, step=0).nearest(3001) == 3001
