"""What every reader of identity cards can do, and the little that leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from config.problem import Problem


@dataclass(frozen=True)
class CardReading:
    """What the campaign needs of a card and no more; neither is printed by repr, so neither slips into a log."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    kind: str  # "mainland", "hmt", "foreign"


class ReaderProblem(Problem):
    """A card reader could not do what was asked. Keys: `reader.<reason>`.

    Reasons: absent, lost, silent, garbled, card_moved (taken away in the middle), card_refused, unwell (the module
    inside the reader says itself that it does not work).
    """


class CardReader(Protocol):
    """A driver; called from one thread only. After "lost" the object is dropped and a new one opened."""

    def open(self) -> None: ...

    def read(self) -> CardReading | None:
        """The card that lies on the reader now, or None. Raises ReaderProblem."""

    def close(self) -> None: ...
