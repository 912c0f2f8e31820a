"""Pictures of documents, read by the real text recognition."""

from __future__ import annotations

import numpy as np
import pytest

from config.document_reader.api import DocumentProblem, DocumentReading
from config.document_reader.ocr import TextReader, TextRow, deskew
from config.document_reader.reader import Consensus, read_document
from tests.config.document_reader.synthetic_documents import (
    CHINESE,
    NUMBER,
    OCR_B,
    card,
    mrz_passport,
    passport,
    photograph,
    requires_font,
)

ROWS = ((60, 60, 300), (60, 140, 40), (60, 220, 20), (400, 60, 120))
"""Left, top and length of rows 20 high; the third is a square."""


@pytest.fixture(scope="module")
def reader() -> TextReader:
    pytest.importorskip("rapidocr")
    return TextReader()


@requires_font(CHINESE, "fonts-noto-cjk")
def test_a_card_on_a_table_gives_number_and_name(reader: TextReader) -> None:
    reading = read_document(photograph(card(), turn=20, glare=60), reader.read)
    assert (reading.kind, reading.number, reading.name) == ("id_card", NUMBER, "林晚舟")


@requires_font(CHINESE, "fonts-noto-cjk")
def test_a_card_on_its_side_gives_the_same(reader: TextReader) -> None:
    on_its_side = np.ascontiguousarray(np.rot90(photograph(card("欧阳若曦"))))
    reading = read_document(on_its_side, reader.read)
    assert (reading.number, reading.name) == (NUMBER, "欧阳若曦")


@requires_font(OCR_B, "fonts-ocr-b")
def test_a_passport_upside_down_gives_number_and_name(reader: TextReader) -> None:
    upside_down = np.ascontiguousarray(np.rot90(photograph(passport(mrz_passport()), turn=-2), 2))
    reading = read_document(upside_down, reader.read)
    assert (reading.kind, reading.number, reading.name) == ("passport", "E99012345", "LIN WANZHOU")


def test_an_empty_table_gives_nothing(reader: TextReader) -> None:
    with pytest.raises(DocumentProblem) as caught:
        read_document(np.full((480, 640, 3), 90, np.uint8), reader.read)
    assert caught.value.reason == "none_visible"


def test_a_reading_is_accepted_when_two_pictures_agree() -> None:
    agreement = Consensus()
    without_name, other = DocumentReading("id_card", NUMBER, ""), DocumentReading("id_card", "99010220040708022X", "")
    assert agreement.add(DocumentReading("id_card", NUMBER, "林晚舟")) is None
    assert agreement.add(other) is None
    assert agreement.add(without_name) is None
    assert agreement.add(without_name) is without_name


@pytest.mark.parametrize("degrees", [0, 20, -35, 90, 170])
def test_rows_are_levelled_whichever_way_they_run(degrees: float) -> None:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    rows = np.array([[[x, y], [x + long, y], [x + long, y + 20], [x, y + 20]] for x, y, long in ROWS], np.float32)
    levelled = deskew((rows @ turn).astype(np.float32))
    heights = levelled[..., 1].max(axis=1) - levelled[..., 1].min(axis=1)
    assert heights == pytest.approx([20] * len(ROWS), abs=0.1)


def test_a_picture_without_a_number_is_read_only_once() -> None:
    """Each reading takes seconds, and most pictures show people who still move the document towards the camera."""
    requested: list[int] = []

    def read(pixels: np.ndarray) -> list[TextRow]:
        requested.append(1)
        return [TextRow("POSTER", 0, 0, 90, 20)]

    with pytest.raises(DocumentProblem) as caught:
        read_document(np.zeros((6, 8, 3), np.uint8), read)
    assert (caught.value.reason, len(requested)) == ("no_number", 1)


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (7, 20, 3), (12, 6000, 3), (640, 80, 3)])
def test_a_picture_too_small_or_slim_for_a_document_has_no_text(
    reader: TextReader, shape: tuple[int, int, int]
) -> None:
    assert reader.read(np.zeros(shape, np.uint8)) == ()


@pytest.mark.parametrize("shape", [(480, 640), (480, 640, 4)])
def test_a_picture_that_is_not_rgb_is_refused_and_not_read_in_wrong_colours(
    reader: TextReader, shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="uint8"):
        reader.read(np.zeros(shape, np.uint8))
