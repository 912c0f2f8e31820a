"""The four layouts of a card's text."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.id_number import make_number
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.card_text import FIELDS, TEXT_BYTES, Layout, encode_text, parse_text

NUMBER = make_number("990101", date(2003, 5, 9), 12)
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
NAMES = st.text(HAN, min_size=1, max_size=15)
KINDS = {
    Layout.MAINLAND: "mainland",
    Layout.HMT: "hmt",
    Layout.FOREIGN_2017: "foreign",
    Layout.FOREIGN_2023: "foreign",
}


def number_for(layout: Layout) -> str:
    return "USA110100010101" if layout is Layout.FOREIGN_2017 else NUMBER


@pytest.mark.parametrize("layout", Layout)
@given(name=NAMES)
def test_name_number_and_kind_are_parsed(layout: Layout, name: str) -> None:
    text = encode_text(layout, {"name": name, "number": number_for(layout), "sex": "1", "birth": "20030509"})
    assert len(text) == TEXT_BYTES
    assert parse_text(text) == CardReading(name, number_for(layout), KINDS[layout])


@pytest.mark.parametrize("layout", Layout)
def test_fields_neither_overlap_nor_leave_the_text(layout: Layout) -> None:
    ranges = sorted((offset, offset + length) for offset, length in FIELDS[layout].values())
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ranges))
    assert ranges[-1][1] <= TEXT_BYTES


@pytest.mark.parametrize("layout", Layout)
@given(data=st.data())
def test_every_field_may_be_full(layout: Layout, data: st.DataObject) -> None:
    fields = {
        name: data.draw(st.text(HAN, min_size=n // 2, max_size=n // 2)) for name, (_, n) in FIELDS[layout].items()
    }
    fields["number"] = number_for(layout)
    reading = parse_text(encode_text(layout, fields))
    assert (reading.name, reading.number) == (fields["name"], fields["number"])


@pytest.mark.parametrize("layout", [Layout.FOREIGN_2017, Layout.FOREIGN_2023])
def test_without_a_chinese_name_the_english_one_counts(layout: Layout) -> None:
    text = encode_text(layout, {"english_name": "DOE, JANE", "number": number_for(layout)})
    assert parse_text(text).name == "DOE, JANE"


def test_a_long_english_name_continues_in_its_second_field() -> None:
    first, more = "MAXIMILIANA-ALEXANDRINA, FRIEDERIKE", " JOSEPHINE"
    fields = {"english_name": first, "english_name_more": more, "number": NUMBER}
    assert parse_text(encode_text(Layout.FOREIGN_2023, fields)).name == first + more


def test_a_name_beyond_the_first_plane_is_preserved() -> None:
    assert parse_text(encode_text(Layout.MAINLAND, {"name": "王𠮷", "number": NUMBER})).name == "王𠮷"


def test_the_middle_dot_of_a_minority_name_is_preserved() -> None:
    name = "阿卜杜拉·买买提"
    assert parse_text(encode_text(Layout.MAINLAND, {"name": name, "number": NUMBER})).name == name


@pytest.mark.parametrize(
    "text",
    [
        b"",
        bytes(255),
        bytes(256),
        encode_text(Layout.MAINLAND, {"name": "王小明"}),
        encode_text(Layout.MAINLAND, {"number": NUMBER}),
        encode_text(Layout.MAINLAND, {"name": "王小明", "number": "12345"}),
        b"\x00\xd8" + encode_text(Layout.MAINLAND, {"name": "王小明", "number": NUMBER})[2:],
    ],
    ids=["empty", "short", "zeros", "no number", "no name", "no such number", "broken UTF-16"],
)
def test_text_that_is_no_card_is_garbled(text: bytes) -> None:
    with pytest.raises(ReaderProblem) as caught:
        parse_text(text)
    assert caught.value.key == "reader.garbled"


def test_neither_name_nor_number_is_printed() -> None:
    reading = parse_text(encode_text(Layout.MAINLAND, {"name": "王小明", "number": NUMBER}))
    assert "王" not in repr(reading)
    assert NUMBER not in repr(reading)


def test_a_field_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="room for 15"):
        encode_text(Layout.MAINLAND, {"name": "王" * 16})
    with pytest.raises(KeyError):
        encode_text(Layout.MAINLAND, {"pass_number": "H1"})
