"""The demo's invented identity cards, from the file of the demo server."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from config.errors import Problem
from config.person_names import mask_name


@dataclass(frozen=True)
class DemoCard:
    """The content of a card, and the expected result: expected, withdrawn, expired or unknown."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    kind: str
    note: str

    @property
    def reader_fields(self) -> tuple[str, str, str]:
        """Return the fields for the simulated reader."""
        return self.name, self.number, self.kind

    @property
    def label(self) -> str:
        """Return the text of a button: the masked name, the last four characters, and what is special about the
        card."""
        special = "" if self.note == "expected" else f" · {self.note}"
        return f"{mask_name(self.name)} …{self.number[-4:]}{special}"


def read_cards(path: Path) -> tuple[DemoCard, ...]:
    """Return all cards of the file. Raises Problem if it cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(DemoCard(**row) for row in csv.DictReader(file))
    except (OSError, TypeError, UnicodeDecodeError) as error:
        raise Problem("demo.cards", file=str(path), why=str(error)) from error


def select_examples(cards: tuple[DemoCard, ...], expected: int = 6) -> tuple[DemoCard, ...]:
    """Return a few cards to show: some expected students, and one of each special kind."""
    shown = [card for card in cards if card.note == "expected"][:expected]
    for note in ("unknown", "expired", "withdrawn"):
        shown += [card for card in cards if card.note == note][:1]
    return tuple(shown)
