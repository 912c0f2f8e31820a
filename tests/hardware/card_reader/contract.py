"""The contract of every card reader driver; test_contract.py runs it on each of them.

A rig is a driver and a person who places cards, removes them and unplugs the reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pytest

from config.id_number import make_number
from hardware.card_reader.api import CardReader, CardReading, ReaderProblem
from hardware.card_reader.card_text import Layout
from hardware.card_reader.samv_protocol import Command

TODAY = date(2026, 6, 1)
NUMBER = make_number("990101", date(2003, 5, 9), 12)
FOREIGN_2023 = make_number("990840", date(2001, 2, 3), 5)
MAINLAND = {"name": "王小明", "number": NUMBER, "valid_from": "20200101", "valid_to": "20300101"}
WANG = CardReading("王小明", NUMBER, "mainland")
CARDS = {
    "mainland": (Layout.MAINLAND, MAINLAND, WANG),
    "for life": (Layout.MAINLAND, {**MAINLAND, "valid_to": "长期"}, WANG),
    "expired": (Layout.MAINLAND, {**MAINLAND, "valid_to": "20260531"}, CardReading("王小明", NUMBER, "mainland", True)),
    "on its last day": (Layout.MAINLAND, {**MAINLAND, "valid_to": "20260601"}, WANG),
    "hmt": (
        Layout.HMT,
        {"name": "陈大文", "number": NUMBER, "pass_number": "H12345678", "issues": "01"},
        CardReading("陈大文", NUMBER, "hmt"),
    ),
    "foreign 2017": (
        Layout.FOREIGN_2017,
        {"english_name": "DOE, JANE", "name": "简多", "number": "USA110100010101", "nationality": "USA"},
        CardReading("简多", "USA110100010101", "foreign"),
    ),
    "foreign 2017, English name only": (
        Layout.FOREIGN_2017,
        {"english_name": "DOE, JANE", "number": "USA110100010101", "valid_to": "20200101"},
        CardReading("DOE, JANE", "USA110100010101", "foreign", True),
    ),
    "foreign 2023": (
        Layout.FOREIGN_2023,
        {"name": "简多", "english_name": "DOE, JANE", "number": FOREIGN_2023, "nationality": "840"},
        CardReading("简多", FOREIGN_2023, "foreign"),
    ),
    "foreign 2023, English name only": (
        Layout.FOREIGN_2023,
        {"english_name": "DOE, JANE", "number": FOREIGN_2023},
        CardReading("DOE, JANE", FOREIGN_2023, "foreign"),
    ),
}


class ReaderOperator(Protocol):
    """A person at the reader."""

    def place(self, layout: Layout, fields: dict[str, str]) -> None: ...

    def take_card(self) -> None: ...

    def take_card_at(self, command: Command) -> None: ...

    def unplug(self) -> None: ...

    def plug(self) -> None: ...


@dataclass(frozen=True)
class Rig:
    """`reader` returns a driver that is not open yet; `finds_again`: a card that stays on the reader is read again."""

    operator: ReaderOperator
    reader: Callable[[], CardReader]
    finds_again: bool = True


def key_of(call: Callable[[], object]) -> str:
    with pytest.raises(ReaderProblem) as caught:
        call()
    return caught.value.key


class CardReaderContract:
    """The tests of the contract; the subclass has the fixture `rig`, and its module the fixture `reader`."""

    def test_an_empty_reader_reads_nothing(self, reader: CardReader) -> None:
        assert reader.read() is None
        assert reader.read() is None

    @pytest.mark.parametrize("card", CARDS)
    def test_every_kind_of_card(self, rig: Rig, reader: CardReader, card: str) -> None:
        layout, fields, reading = CARDS[card]
        rig.operator.place(layout, fields)
        assert reader.read() == reading

    def test_two_cards_one_after_the_other(self, rig: Rig, reader: CardReader) -> None:
        for card in ("mainland", "hmt"):
            layout, fields, reading = CARDS[card]
            rig.operator.place(layout, fields)
            assert reader.read() == reading
            assert reader.read() == (reading if rig.finds_again else None)
            rig.operator.take_card()
            assert reader.read() is None

    @pytest.mark.parametrize("command", [Command.FIND, Command.SELECT, Command.READ])
    def test_a_card_pulled_away_in_the_middle(self, rig: Rig, reader: CardReader, command: Command) -> None:
        layout, fields, reading = CARDS["mainland"]
        rig.operator.place(layout, fields)
        rig.operator.take_card_at(command)
        if command is Command.FIND:
            assert reader.read() is None
        else:
            assert key_of(reader.read) == "reader.card_moved"
        rig.operator.place(layout, fields)
        assert reader.read() == reading

    def test_an_unplugged_reader_is_lost_and_found_again(self, rig: Rig, reader: CardReader) -> None:
        layout, fields, reading = CARDS["mainland"]
        rig.operator.unplug()
        assert key_of(reader.read) == "reader.lost"
        reader.close()
        assert key_of(rig.reader().open) in {"reader.absent", "reader.not_found"}
        rig.operator.plug()
        rig.operator.place(layout, fields)
        again = rig.reader()
        again.open()
        try:
            assert again.read() == reading
        finally:
            again.close()

    def test_a_closed_reader_is_lost_and_may_be_closed_again(self, reader: CardReader) -> None:
        reader.close()
        reader.close()
        assert key_of(reader.read) == "reader.lost"

    def test_nothing_personal_is_printed(self, rig: Rig, reader: CardReader) -> None:
        rig.operator.place(*CARDS["mainland"][:2])
        assert all(personal not in repr(reader.read()) for personal in (NUMBER, "王小明", NUMBER[-4:]))
