"""The real zxing on rendered codes, under all difficulties that a queue of students with phones causes."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import zxingcpp

from config.barcodes import decode_barcodes
from hardware.barcodes.decoder import LiveDecoder, to_grey
from tests.hardware.barcodes.synthetic_codes import Conditions, barcode, empty_frame, payload, photograph_code, qr

SEALED = payload(120)
DIFFICULTIES = {
    "held well": Conditions(),
    "small": Conditions(side=90),
    "in perspective": Conditions(tilt=0.3, turn=20),
    "upside down": Conditions(turn=180),
    "out of focus": Conditions(blur=2.0),
    "dark mode": Conditions(dark_mode=True),
    "dark mode, small and turned": Conditions(dark_mode=True, side=130, turn=-12),
    "mirrored": Conditions(mirrored=True),
    "a reflection on it": Conditions(glare=0.08),
    "hardly any light": Conditions(light=0.12),
    "too bright a screen": Conditions(light=1.9),
    "at the edge": Conditions(aside=(0.25, 0.1)),
}


def within_a_round(pixels: np.ndarray) -> list[str]:
    """Return the payloads that the live decoder reads in one round of scans."""
    decoder = LiveDecoder()
    return [read.payload for _ in range(LiveDecoder.ROUND) for read in decoder.decode(pixels)]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_a_code_is_read_within_a_round(difficulty: str) -> None:
    assert SEALED in within_a_round(photograph_code(qr(SEALED), DIFFICULTIES[difficulty]))


@pytest.mark.parametrize("kind", ["Code128", "Code39"])
@pytest.mark.parametrize(
    "how", [Conditions(side=400), Conditions(side=400, turn=90, size=(800, 600)), Conditions(side=400, mirrored=True)]
)
def test_a_student_card_is_read(kind: str, how: Conditions) -> None:
    assert "2022S0417" in within_a_round(photograph_code(barcode("2022S0417", kind), how))


@pytest.mark.parametrize("how", [Conditions(side=130, blur=1.2), Conditions(side=240, blur=2.6)])
def test_a_code_out_of_focus_is_read_after_sharpening(how: Conditions) -> None:
    frame = photograph_code(qr(SEALED), how)
    assert not decode_barcodes(to_grey(frame)), "control: it is not read without sharpening"
    assert SEALED in within_a_round(frame)


@pytest.mark.parametrize("seed", range(4))
def test_no_code_is_read_in_a_frame_without_one(seed: int) -> None:
    assert within_a_round(empty_frame(seed=seed)) == []


def test_two_codes_at_once_are_both_read() -> None:
    both = np.concatenate(
        [photograph_code(qr("one-2022"), Conditions(side=200)), photograph_code(qr("two-2022"), Conditions(side=200))],
        1,
    )
    assert {read.payload for read in decode_barcodes(to_grey(both))} == {"one-2022", "two-2022"}


@pytest.mark.parametrize(
    "text", ["采集码 王小明", "ZGTEST1:ABC123:2022001:JQYLLQETVWJOWWI2", " spaces kept ", "a" * 900]
)
def test_a_payload_is_returned_unchanged(text: str) -> None:
    how = Conditions(side=440, size=(1280, 720), noise=0)
    assert text in within_a_round(photograph_code(qr(text), how))


def test_bytes_that_are_no_text_are_returned_in_base64() -> None:
    raw = bytes(range(128, 256)) * 2
    code = zxingcpp.create_barcode(raw, zxingcpp.BarcodeFormat.QRCode)
    image = np.array(zxingcpp.write_barcode_to_image(code, scale=4), np.uint8)
    [read] = decode_barcodes(image)
    assert read.payload == base64.b64encode(raw).decode()


def test_the_payload_is_not_printed() -> None:
    [read] = decode_barcodes(to_grey(photograph_code(qr(SEALED))))
    assert SEALED not in repr(read)
    assert not read.linear


def test_a_barcode_of_three_characters_is_no_student_number() -> None:
    assert within_a_round(photograph_code(barcode("123"), Conditions(side=300))) == []
    assert within_a_round(photograph_code(barcode("1234"), Conditions(side=300)))
