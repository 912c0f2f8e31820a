"""Numbers of identity documents: how they are written, the kinds, and the check character of GB 11643."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.id_number import (
    DocumentType,
    check_character,
    document_type_of,
    has_card_number_format,
    is_valid_card_number,
    is_valid_number,
    last_four,
    make_number,
    mask_number,
    normalize_number,
    normalize_student_no,
    number_error,
)

RESIDENT = "99010120030102002X"


def eighteen(first_17: str) -> str:
    return first_17 + check_character(first_17)


SPELLINGS = {
    "lower case": RESIDENT.lower(),
    "full width": "".join(chr(ord(c) + 0xFEE0) for c in RESIDENT),
    "blanks": "990101 20030102 002X",
    "wide and no-break blanks": "990101\u300020030102\xa0002X",
    "zero-width blank": RESIDENT + "\u200b",
    "byte order mark": "\ufeff" + RESIDENT,
    "writing direction": f"\u202d{RESIDENT}\u202c",
    "soft hyphen": RESIDENT[:6] + "\xad" + RESIDENT[6:],
    "hyphens": "990101-20030102-002X",
    "apostrophe": "'" + RESIDENT,
    "Cyrillic letter": RESIDENT[:-1] + "Х",
    "Greek letter": RESIDENT[:-1] + "Χ",
    "multiplication sign": RESIDENT[:-1] + "×",
    "Arabic digits": RESIDENT.translate({ord(str(n)): chr(0x660 + n) for n in range(10)}),
    "line end": RESIDENT + "\r\n",
}


@pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS)
def test_one_number_however_it_is_written(written: str) -> None:
    assert normalize_number(written) == RESIDENT


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("H12345678（01）", "H12345678"),
        ("h1234567801", "H12345678"),
        ("A123456(7)", "A1234567"),
        ("EA 1234567", "EA1234567"),
    ],
)
def test_documents_with_brackets_and_issues_compare_equal(written: str, number: str) -> None:
    assert normalize_number(written) == number


@given(st.text())
def test_normalizing_again_changes_nothing(text: str) -> None:
    assert normalize_number(normalize_number(text)) == normalize_number(text)
    assert normalize_student_no(normalize_student_no(text)) == normalize_student_no(text)


KINDS = {
    RESIDENT: DocumentType.RESIDENT,
    eighteen("81000020030102001"): DocumentType.RESIDENCE_PERMIT,
    eighteen("82000020030102001"): DocumentType.RESIDENCE_PERMIT,
    eighteen("83000020030102001"): DocumentType.RESIDENCE_PERMIT,
    eighteen("91184020030102001"): DocumentType.PERMANENT_RESIDENCE,
    "XXA990199010112": DocumentType.PERMANENT_RESIDENCE,
    "H12345678": DocumentType.RETURN_PERMIT,
    "M12345678": DocumentType.RETURN_PERMIT,
    "EA1234567": DocumentType.PASSPORT,
    "K1234567": DocumentType.PASSPORT,
    "AB123456": DocumentType.PASSPORT,
    "12345678": None,
    "1234567890A": None,
    "123456789": None,
}


@pytest.mark.parametrize(("number", "kind"), KINDS.items())
def test_the_form_implies_the_type_or_is_ambiguous(number: str, kind: DocumentType | None) -> None:
    assert document_type_of(number) is kind
    assert number_error(number) == ("" if kind else "ambiguous")
    assert is_valid_number(number) is (kind is not None)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("12345678", DocumentType.TAIWAN_PERMIT),
        ("1234567890A", DocumentType.TAIWAN_PERMIT),
        ("123456789", DocumentType.PASSPORT),
        ("C01X00T47", DocumentType.PASSPORT),
        ("19AB12345", DocumentType.PASSPORT),
        ("UNHCR/2020/12345", DocumentType.OTHER),
        (RESIDENT, DocumentType.RESIDENT),
        (RESIDENT, DocumentType.PERMANENT_RESIDENCE),
    ],
)
def test_with_its_type_a_number_is_accepted(number: str, kind: DocumentType) -> None:
    assert number_error(number, kind) == ""


INVALID = {
    ("12345", None): "form",
    ("", None): "form",
    (RESIDENT[:-1], None): "form",
    ("990101030102001", None): "form",  # fifteen digits, the form of before 1999
    (RESIDENT[:-1] + "1", None): "check",
    (eighteen("99010120030230001"), None): "birth",
    ("EA123456Ж", None): "character",
    ("EA1234567", DocumentType.RESIDENT): "type",
    ("EA12345", DocumentType.RESIDENT): "form",
    (RESIDENT, DocumentType.PASSPORT): "type",
    ("1234567", DocumentType.TAIWAN_PERMIT): "form",
    ("H1234567", DocumentType.RETURN_PERMIT): "form",
    ("暂无", None): "character",
}


@pytest.mark.parametrize(("case", "fault"), INVALID.items(), ids=str)
def test_each_error_is_distinguished(case: tuple[str, DocumentType | None], fault: str) -> None:
    assert number_error(*case) == fault


@pytest.mark.parametrize(
    ("number", "four"), [("EA1234567", "4567"), (RESIDENT, "002X"), ("H1234567801", "5678"), ("AB/1/23", "B123")]
)
def test_the_last_four(number: str, four: str) -> None:
    assert last_four(number) == four


NUMBERS = st.builds(
    make_number,
    area=st.integers(990000, 990999).map(str),
    birth=st.dates(date(1930, 1, 1), date(2015, 12, 31)),
    serial=st.integers(0, 999),
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_are_valid(number: str) -> None:
    assert check_character(number[:17]) == number[17]
    assert is_valid_card_number(number)


@given(number=NUMBERS)
def test_generated_numbers_are_valid(number: str) -> None:
    assert is_valid_card_number(number)
    assert has_card_number_format(number)


@given(number=NUMBERS, at=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number: str, at: int, digit: str) -> None:
    assume(number[at] != digit)
    assert not is_valid_card_number(number[:at] + digit + number[at + 1 :])


@given(number=NUMBERS, at=st.integers(0, 15))
def test_two_neighbours_swapped_are_noticed(number: str, at: int) -> None:
    assume(number[at] != number[at + 1])
    assert not is_valid_card_number(number[:at] + number[at + 1] + number[at] + number[at + 2 :])


@pytest.mark.parametrize(
    "number",
    [
        "",
        "990101",
        "99010120030230001X",
        "99010120030509012x",
        "99010120030509012 ",
        "ABC99010119900",
        "abc123456789012",
    ],
)
def test_other_shapes_are_not_valid(number: str) -> None:
    assert not is_valid_card_number(number)


def test_the_day_must_exist_even_where_the_check_character_fits() -> None:
    first_17 = "99010120030230001"
    assert not is_valid_card_number(first_17 + check_character(first_17))


def test_the_foreign_permanent_resident_of_2017_has_fifteen_characters() -> None:
    assert is_valid_card_number("USA110100010101")
    assert has_card_number_format("USA110100010101")


@pytest.mark.parametrize(
    "first_17", ["", "1234567890123456", "1234567890123456X", "１２３４５６７８９０１２３４５６７"]
)
def test_a_check_character_needs_seventeen_digits(first_17: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        check_character(first_17)


@pytest.mark.parametrize(("area", "serial"), [("9901", 1), ("99010a", 1), ("990101", 1000), ("990101", -1)])
def test_a_number_cannot_be_made_of_other_parts(area: str, serial: int) -> None:
    with pytest.raises(ValueError, match="area code"):
        make_number(area, date(2003, 5, 9), serial)


@given(number=NUMBERS)
def test_a_masked_number_hides_the_date_of_birth(number: str) -> None:
    shown = mask_number(number)
    assert len(shown) == len(number)
    assert shown[3:-4] == "*" * (len(number) - 7)
    assert number[6:14] not in shown


@pytest.mark.parametrize("number", ["", "1", "1234567", "1234567890"])
def test_too_short_a_number_shows_nothing(number: str) -> None:
    assert set(mask_number(number)) <= {"*"}
