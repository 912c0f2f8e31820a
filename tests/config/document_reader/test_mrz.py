"""The machine-readable zone, with errors of the text recognition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.document_reader.mrz import FILLER, check_digit, read_mrz
from tests.config.document_reader.synthetic_documents import mrz_passport, mrz_travel_card

# The specimen of ICAO Doc 9303, part 4, appendix.
SPECIMEN = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def number_of(*rows: str) -> str | None:
    reading = read_mrz(rows)
    return reading.number if reading else None


def test_the_specimen_of_icao() -> None:
    reading = read_mrz(SPECIMEN)
    assert reading is not None
    assert (reading.kind, reading.number, reading.name) == ("passport", "L898902C3", "ERIKSSON ANNA MARIA")


def test_a_travel_card_of_three_lines() -> None:
    reading = read_mrz(mrz_travel_card())
    assert reading is not None
    assert (reading.kind, reading.number, reading.name) == ("travel_card", "C99012345", "WONG SIU MING")


def card_of(number: str) -> tuple[str, str, str]:
    """Return the specimen of part 5 with a number longer than its nine places."""
    first = ("I<UTO" + number[:9] + FILLER + number[9:] + check_digit(number)).ljust(30, FILLER)
    second = "7408122F1204159UTO" + FILLER * 11
    whole = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    return first, second + check_digit(whole), "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"


def test_a_number_longer_than_its_places_is_read_completely() -> None:
    assert card_of("D23145890734")[0] == "I<UTOD23145890<7349<<<<<<<<<<<"  # as ICAO prints it
    assert number_of(*card_of("D23145890734")) == "D23145890734"
    assert number_of(*(row.replace("D231", "D237") for row in card_of("D23145890734"))) is None


@pytest.mark.parametrize("check", [FILLER, "0"])
def test_an_empty_optional_part_may_have_a_check_digit_or_none(check: str) -> None:
    first, second = mrz_passport()
    assert number_of(first, second[:42] + check + second[43]) == "E99012345"


def test_an_unknown_date_of_birth_has_a_check_digit_or_none() -> None:
    first, second = mrz_passport()
    for unknown in (FILLER * 7, FILLER * 6 + "0"):
        line = second[:13] + unknown + second[20:43]
        whole = line[0:10] + line[13:20] + line[21:43]
        assert number_of(first, line + check_digit(whole)) == "E99012345"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<K<<<C<<<<<<<<<<", "ERIKSSON ANNA MARIA"),  # fillers read as letters
        ("P<UTOARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "ARKFREITH"),  # one name only
        ("P<UTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "NILAVADHANANANDA CHAYAPA DEJTHAMRONG K"),
        ("POCHNOUYANG<<RUOXI<<<<<<<<<<<<<<<<<<<<<<<<<<", "OUYANG RUOXI"),
    ],
)
def test_the_name_ends_where_its_fillers_begin(zone: str, name: str) -> None:
    reading = read_mrz((zone, mrz_passport()[1] if "CHN" in zone else SPECIMEN[1]))
    assert reading is not None
    assert reading.name == name


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
def test_errors_that_the_check_digits_can_settle_are_corrected(first: str, second: str) -> None:
    assert number_of("PASSPORT", first, second, "noise") == "L898902C3"


def test_the_digits_of_a_chinese_passport_are_recognized_by_their_place() -> None:
    first, second = mrz_passport("E99010885")
    assert number_of(first, second.replace("E99010885", "E99O1O88S")) == "E99010885"


def test_a_look_alike_in_another_number_is_not_guessed_at() -> None:
    assert number_of(SPECIMEN[0], SPECIMEN[1].replace("L898902C3", "L89B902C3")) is None


@pytest.mark.parametrize("rows", [(), ("P<UTO",), SPECIMEN[:1], SPECIMEN[1:], ("A" * 44, "B" * 44), (SPECIMEN[1],) * 2])
def test_rows_that_are_no_zone_are_none(rows: tuple[str, ...]) -> None:
    assert read_mrz(rows) is None


@given(st.integers(0, 8), st.sampled_from("3456789ACDEFHKLMNPRTUVWXY"))
def test_another_character_in_the_number_is_never_accepted(at: int, other: str) -> None:
    number = SPECIMEN[1][:9]
    wrong = number[:at] + other + number[at + 1 :]
    # A check digit of modulo 10 misses exchanges by ten (A for K), and the one over the whole line misses the same.
    expected = wrong if check_digit(wrong) == check_digit(number) else None
    assert number_of(SPECIMEN[0], wrong + SPECIMEN[1][9:]) == expected


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", max_size=50), st.text("ABC0123456789<", max_size=50))
def test_any_rows_are_a_document_or_none(first: str, second: str) -> None:
    """No rows raise an exception; rows that are no zone have a number only where every check digit agrees by chance."""
    reading = read_mrz((first, second))
    assert reading is None or (reading.kind in ("passport", "travel_card") and len(reading.number) >= 5)


@given(st.from_regex(r"[A-Z][0-9]{8}", fullmatch=True))
def test_every_passport_number_is_read(number: str) -> None:
    assert number_of(*mrz_passport(number)) == number
