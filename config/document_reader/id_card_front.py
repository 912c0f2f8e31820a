"""The front of a resident identity card: first its number, because that has a check digit; then the name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from config.document_reader.api import DocumentProblem, DocumentReading
from config.document_reader.ocr import TextRow
from config.id_number import is_valid_card_number

_LOOKS_LIKE_DIGIT: Final = str.maketrans("OoQDIl|ZSBGb", "000011125866")
_ID_NUMBER: Final = re.compile(r"[0-9OoQDIl|ZSBGb]{17}[0-9OoQDIl|ZSBGbXx×✕]")
_NAME_LABEL: Final = re.compile(r"^姓?名[:：]?")
_HAN: Final = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
_NAME: Final = re.compile(rf"(?=.{{2}}){_HAN}+(?:·{_HAN}+)*")
_DOTS: Final = re.compile(r"[•・.．‧∙⋅●。]")  # OCR readings of the dot between the parts of a name
_OTHER_LABELS: Final = ("性别", "民族", "出生", "住址", "公民", "签发", "有效")


def read_id_card(rows: Sequence[TextRow]) -> DocumentReading | None:
    """Return number and name on the card, or None if no row has a number that passes its check digit.

    Raises DocumentProblem document.several if there are two different numbers.
    """
    numbers = {number for row in rows for number in _find_numbers(row.text)}
    if not numbers:
        numbers = {number for text in _joined_rows(rows) for number in _find_numbers(text)}
    if len(numbers) > 1:
        raise DocumentProblem("document.several")
    for number in numbers:
        return DocumentReading("id_card", number, _name(rows))
    return None


def _joined_rows(rows: Sequence[TextRow]) -> Iterator[str]:
    """Join every row with the text to its right on the same line: a gap or a reflection makes two boxes of one line."""
    for first in rows:
        line = [row for row in rows if row.left >= first.left and row.is_on_same_line(first)]
        if len(line) > 1:
            yield "".join(row.text for row in sorted(line, key=lambda row: row.left))


def _find_numbers(text: str) -> list[str]:
    joined = text.replace(" ", "")
    numbers = []
    for match in re.finditer(f"(?=({_ID_NUMBER.pattern}))", joined):
        number = match[1][:17].translate(_LOOKS_LIKE_DIGIT) + _check_character(match[1][17])
        if is_valid_card_number(number):
            numbers.append(number)
    return numbers


def _check_character(character: str) -> str:
    return "X" if character in "Xx×✕" else character.translate(_LOOKS_LIKE_DIGIT)


def _name(rows: Sequence[TextRow]) -> str:
    """Return the text after the label 姓名, in its row or in the nearest one to its right; "" if that is not a name."""
    for row in rows:
        text = row.text.replace(" ", "")
        if text.startswith(_OTHER_LABELS):
            return ""  # the name is above all of these; further down 名 begins the name of a place
        label = _NAME_LABEL.match(text)
        if label is None:
            continue
        behind = text[label.end() :] or _text_right_of(row, rows)
        name = _DOTS.sub("·", behind)
        if _NAME.fullmatch(name) and not name.startswith(_OTHER_LABELS):
            return name
    return ""


def _text_right_of(label: TextRow, rows: Sequence[TextRow]) -> str:
    beside = [row for row in rows if row is not label and row.left >= label.centre_x and row.is_on_same_line(label)]
    nearest = min(beside, key=lambda row: row.left, default=None)
    return nearest.text.replace(" ", "") if nearest else ""
