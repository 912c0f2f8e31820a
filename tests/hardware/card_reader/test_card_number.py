"""GB 11643: the standard's own examples, and what a slip of the finger does to a number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hardware.card_reader.card_number import (
    check_character,
    has_number_format,
    is_valid_number,
    make_number,
    mask_number,
)

NUMBERS = st.builds(
    make_number,
    area=st.integers(990000, 990999).map(str),
    birth=st.dates(date(1930, 1, 1), date(2015, 12, 31)),
    serial=st.integers(0, 999),
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_are_valid(number: str) -> None:
    assert check_character(number[:17]) == number[17]
    assert is_valid_number(number)


@given(number=NUMBERS)
def test_made_numbers_are_valid(number: str) -> None:
    assert is_valid_number(number)
    assert has_number_format(number)


@given(number=NUMBERS, at=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number: str, at: int, digit: str) -> None:
    assume(number[at] != digit)
    assert not is_valid_number(number[:at] + digit + number[at + 1 :])


@given(number=NUMBERS, at=st.integers(0, 15))
def test_two_neighbours_swapped_are_noticed(number: str, at: int) -> None:
    assume(number[at] != number[at + 1])
    assert not is_valid_number(number[:at] + number[at + 1] + number[at] + number[at + 2 :])


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
    assert not is_valid_number(number)


def test_the_day_must_exist_even_where_the_check_character_fits() -> None:
    first_17 = "99010120030230001"
    assert not is_valid_number(first_17 + check_character(first_17))


def test_the_foreign_permanent_resident_of_2017_has_fifteen_characters() -> None:
    assert is_valid_number("USA110100010101")
    assert has_number_format("USA110100010101")


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
