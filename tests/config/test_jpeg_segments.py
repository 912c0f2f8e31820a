"""One parser reads the headers of webcam frames and of photographs."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from config.jpeg_segments import DRI, EOI, SOF_MARKERS, SOI, SOS, Frame, Segment, read_frame, read_segments


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    noise = np.random.default_rng(5).integers(0, 255, (41, 90, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


def frame_of(data: bytes) -> Frame:
    frame = read_frame(next(segment for segment in read_segments(data) if segment.marker in SOF_MARKERS))
    assert frame is not None
    return frame


def test_segments_follow_each_other_to_the_end() -> None:
    data = jpeg(restart_marker_rows=1)
    segments = list(read_segments(data + b"trailing"))
    scan = next(segment for segment in segments if segment.marker == SOS)
    assert {DRI, SOS, EOI} <= {segment.marker for segment in segments}
    assert segments[-1].marker == EOI
    assert segments[-1].end == len(data)
    assert scan.coded_data == range(scan.end, len(data) - 2)


def test_stray_bytes_between_segments_are_skipped_on_request_only() -> None:
    data = jpeg()
    first = next(read_segments(data))
    with_stray = data[: first.end] + b"\0\0\0" + data[first.end :]
    markers = [segment.marker for segment in read_segments(data)]
    assert [segment.marker for segment in read_segments(with_stray)] == markers
    assert [segment.marker for segment in read_segments(with_stray, skip_stray_bytes=False)] == markers[:1]


@pytest.mark.parametrize("end", [0, 2, 3, 5, 12])
def test_a_truncated_file_has_no_frame(end: int) -> None:
    assert not any(segment.marker in SOF_MARKERS for segment in read_segments(jpeg()[:end]))


def test_a_frame_header_that_is_too_short_is_none() -> None:
    assert read_frame(Segment(0xC0, b"\x08\0\x10\0\x10\x03\x01", 0, range(0))) is None
    assert SOI not in SOF_MARKERS


@pytest.mark.parametrize(
    ("options", "units"), [({"subsampling": 0}, 12 * 6), ({"subsampling": 1}, 6 * 6), ({"subsampling": 2}, 6 * 3)]
)
def test_minimum_coded_units_of_all_components_and_of_one(options: dict[str, int], units: int) -> None:
    frame = frame_of(jpeg(**options))
    assert (frame.width, frame.height) == (90, 41)
    assert frame.mcu_count() == units
    assert frame.mcu_count(frame.components[0]) == 12 * 6


def test_a_single_component_has_units_of_eight_pixels_whatever_its_sampling() -> None:
    grey = replace(frame_of(jpeg("L")), sampling=((2, 2),))
    assert grey.mcu_count() == 12 * 6
