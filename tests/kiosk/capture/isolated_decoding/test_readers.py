"""Codes and documents in pictures from outside are read in separate processes."""

from __future__ import annotations

import io

import pytest
import qrcode
from PIL import Image

from kiosk.capture.isolated_decoding.readers import read_codes, read_document_picture
from kiosk.capture.types import PhotoProblem
from tests.config.document_reader.synthetic_documents import CHINESE, NUMBER, card, card_back, requires_font

pytestmark = pytest.mark.process
PAYLOAD = "ZGTEST1:tstcmp:20220001:" + "A" * 120


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def screenshot(payload: str = PAYLOAD, box: int = 6) -> Image.Image:
    """A phone's screenshot with a capture code on it."""
    code = qrcode.make(payload, box_size=box, border=4).convert("RGB")
    screen = Image.new("RGB", (1080, 2340), (240, 244, 247))
    screen.paste(code, ((1080 - code.width) // 2, 700))
    return screen


@pytest.mark.parametrize(
    "picture", [screenshot(), screenshot(box=3).rotate(90, expand=True), screenshot().resize((540, 1170))]
)
def test_a_code_is_read_from_a_screenshot(picture: Image.Image) -> None:
    assert read_codes(jpeg(picture)) == (PAYLOAD,)


def test_a_picture_without_a_code_has_none() -> None:
    assert read_codes(jpeg(Image.new("RGB", (300, 200), (200, 10, 10)))) == ()


@pytest.mark.parametrize("damaged", [b"", b"\0" * 500, b"%PDF-1.7", jpeg(screenshot())[:3000], b"\xff\xd8\xff" * 99])
def test_what_is_no_picture_is_refused_with_a_reason(damaged: bytes) -> None:
    with pytest.raises(PhotoProblem):
        read_codes(damaged)


@requires_font(CHINESE, "fonts-noto-cjk")
def test_both_sides_of_a_card_are_distinguished() -> None:
    pytest.importorskip("rapidocr")
    front, back = read_document_picture(jpeg(card())), read_document_picture(jpeg(card_back()))
    assert (front.number, front.name, front.is_back) == (NUMBER, "林晚舟", False)
    assert (back.number, back.reason, back.is_back) == ("", "no_number", True)
    assert NUMBER not in repr(front)
    assert "林晚舟" not in repr(front)
