"""Pictures of documents through the real text recognition."""

from __future__ import annotations

import numpy as np
import pytest

from hardware.identity.documents.document import DocumentProblem, DocumentReading
from hardware.identity.documents.read import Agreement, read_document
from hardware.identity.documents.text_reader import TextReader
from tests.hardware.documents.drawn import CHINESE, NUMBER, OCR_B, card, mrz_passport, needs, passport, photographed


@pytest.fixture(scope="module")
def reader() -> TextReader:
    pytest.importorskip("rapidocr")
    return TextReader()


@needs(CHINESE, "fonts-noto-cjk")
def test_a_card_on_a_desk_gives_number_and_name(reader: TextReader) -> None:
    found = read_document(photographed(card(), turn=4, glare=60), reader.read)
    assert (found.kind, found.number, found.name) == ("id_card", NUMBER, "林晚舟")


@needs(CHINESE, "fonts-noto-cjk")
def test_a_card_upside_down_gives_the_same(reader: TextReader) -> None:
    upside_down = np.ascontiguousarray(photographed(card("欧阳若曦"))[::-1, ::-1])
    found = read_document(upside_down, reader.read)
    assert (found.number, found.name) == (NUMBER, "欧阳若曦")


@needs(OCR_B, "fonts-ocr-b")
def test_a_passport_gives_number_and_name(reader: TextReader) -> None:
    found = read_document(photographed(passport(mrz_passport()), turn=-2), reader.read)
    assert (found.kind, found.number, found.name) == ("passport", "E99012345", "LIN WANZHOU")


def test_an_empty_desk_is_nothing(reader: TextReader) -> None:
    with pytest.raises(DocumentProblem) as caught:
        read_document(np.full((480, 640, 3), 90, np.uint8), reader.read)
    assert caught.value.reason == "nothing"


def test_a_reading_is_believed_when_two_pictures_agree() -> None:
    agreement = Agreement()
    without_name, other = DocumentReading("id_card", NUMBER, ""), DocumentReading("id_card", "99010220040708022X", "")
    assert agreement.hear(DocumentReading("id_card", NUMBER, "林晚舟")) is None
    assert agreement.hear(other) is None
    assert agreement.hear(without_name) is None
    assert agreement.hear(without_name) is without_name
