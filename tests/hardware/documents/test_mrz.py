"""The machine-readable zone, with the mistakes that text recognition makes in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.identity.documents.mrz import check_digit, read_mrz
from tests.hardware.documents.drawn import mrz_passport, mrz_travel_card

# The specimen of ICAO Doc 9303, part 4, appendix.
SPECIMEN = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def number_of(*rows: str) -> str | None:
    found = read_mrz(rows)
    return found.number if found else None


def test_the_specimen_of_icao() -> None:
    found = read_mrz(SPECIMEN)
    assert found is not None
    assert (found.kind, found.number, found.name) == ("passport", "L898902C3", "ERIKSSON ANNA MARIA")


def test_a_travel_card_of_three_lines() -> None:
    found = read_mrz(mrz_travel_card())
    assert found is not None
    assert (found.kind, found.number, found.name) == ("travel_card", "C99012345", "WONG SIU MING")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SPECIMEN[0].replace("O", "0"), SPECIMEN[1].replace("UTO", "UT0")),  # letters read as digits
        (SPECIMEN[0][:30], SPECIMEN[1]),  # fillers of the first line not read
        (SPECIMEN[0], SPECIMEN[1].replace("<<<<<", "<<<")),  # fillers of the second line lost
        (SPECIMEN[0], SPECIMEN[1].replace("<<<<<", "<<<<<<<")),  # or doubled
        (SPECIMEN[0], SPECIMEN[1].replace("7408122", "74O8I22")),  # digits read as letters
        (SPECIMEN[0].replace("<<", "«"), SPECIMEN[1].replace("<<<<<", "《《《《《")),
        (" ".join(SPECIMEN[0]), " ".join(SPECIMEN[1])),
    ],
)
def test_mistakes_that_the_check_digits_can_settle_are_mended(first: str, second: str) -> None:
    assert number_of("PASSPORT", first, second, "noise") == "L898902C3"


def test_the_digits_of_a_chinese_passport_are_known_by_their_place() -> None:
    first, second = mrz_passport("E99010885")
    assert number_of(first, second.replace("E99010885", "E99O1O88S")) == "E99010885"


def test_a_look_alike_in_another_number_is_not_guessed_at() -> None:
    assert number_of(SPECIMEN[0], SPECIMEN[1].replace("L898902C3", "L89B902C3")) is None


@pytest.mark.parametrize("rows", [(), ("P<UTO",), SPECIMEN[:1], SPECIMEN[1:], ("A" * 44, "B" * 44), (SPECIMEN[1],) * 2])
def test_what_is_no_zone_is_none(rows: tuple[str, ...]) -> None:
    assert read_mrz(rows) is None


@given(st.integers(0, 8), st.sampled_from("3456789ACDEFHKLMNPRTUVWXY"))
def test_another_character_in_the_number_is_never_believed(at: int, other: str) -> None:
    number = SPECIMEN[1][:9]
    wrong = number[:at] + other + number[at + 1 :]
    # A check digit of modulo 10 misses exchanges by ten (A for K), and the one over the whole line misses the same.
    believed = wrong if check_digit(wrong) == check_digit(number) else None
    assert number_of(SPECIMEN[0], wrong + SPECIMEN[1][9:]) == believed


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", max_size=50), st.text("ABC0123456789<", max_size=50))
def test_any_rows_are_borne(first: str, second: str) -> None:
    read_mrz((first, second))


@given(st.from_regex(r"[A-Z][0-9]{8}", fullmatch=True))
def test_every_passport_number_is_read(number: str) -> None:
    assert number_of(*mrz_passport(number)) == number
