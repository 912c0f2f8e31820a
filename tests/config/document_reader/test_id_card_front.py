"""The front of an identity card from recognized rows of text: joined, split, with look-alikes."""

from __future__ import annotations

import pytest

from config.document_reader.api import DocumentProblem
from config.document_reader.id_card_front import read_id_card
from config.document_reader.ocr import TextRow
from tests.config.document_reader.synthetic_documents import NUMBER


def row(text: str, left: float = 60, top: float = 60, width: float = 300) -> TextRow:
    return TextRow(text, left, top, left + width, top + 40)


@pytest.mark.parametrize(
    "number", [NUMBER, NUMBER.replace("0", "O"), NUMBER.replace("1", "l"), " ".join(NUMBER), f"公民身份号码{NUMBER}"]
)
def test_a_number_is_recognized_by_its_check_digit(number: str) -> None:
    reading = read_id_card([row("姓名 林晚舟"), row(number, top=540)])
    assert reading is not None
    assert reading.number == NUMBER
    assert reading.name == "林晚舟"


def test_a_wrong_digit_is_not_accepted() -> None:
    wrong = NUMBER[:16] + ("3" if NUMBER[16] != "3" else "4") + NUMBER[17]
    assert read_id_card([row(wrong)]) is None


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([row("姓名", width=80), row("欧阳若曦", left=180)], "欧阳若曦"),
        ([row("名：林晚舟")], "林晚舟"),
        ([row("姓名", width=80), row("性别女民族汉", left=180)], ""),  # the name was not read at all
        ([row("姓名 阿依古丽•麦麦提")], "阿依古丽·麦麦提"),
        ([row("住址 示例省名城市")], ""),
        ([row("性别 女", top=136), row("住址 示例省示范市", top=282), row("名山区样本镇", top=330)], ""),
        ([row("姓名 买买提。吐尔逊‧阿不都")], "买买提·吐尔逊·阿不都"),
        ([row("姓名 𠮷野"), row("性别 女", top=136)], "𠮷野"),
    ],
)
def test_the_name_is_the_text_after_its_label(rows: list[TextRow], name: str) -> None:
    reading = read_id_card([*rows, row(NUMBER, top=540)])
    assert reading is not None
    assert reading.name == name


def test_a_number_that_a_glint_splits_into_two_boxes_is_read() -> None:
    reading = read_id_card(
        [row("姓名 林晚舟"), row(NUMBER[11:], 700, 542), row(f"公民身份号码 {NUMBER[:11]}", 60, 540)]
    )
    assert reading is not None
    assert reading.number == NUMBER


def test_two_cards_in_the_picture_are_reported() -> None:
    other = "99010220040708022X"
    assert read_id_card([row(other)]) is not None
    with pytest.raises(DocumentProblem) as caught:
        read_id_card([row(NUMBER), row(other, top=300)])
    assert caught.value.reason == "several"


def test_neither_number_nor_name_is_printed() -> None:
    reading = read_id_card([row("姓名 林晚舟"), row(NUMBER, top=540)])
    assert NUMBER not in repr(reading)
    assert "林晚舟" not in repr(reading)
