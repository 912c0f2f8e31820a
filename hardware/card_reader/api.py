"""What every reader of identity cards can do, and the little that leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from config.errors import DeviceProblem


@dataclass(frozen=True)
class CardReading:
    """What the campaign needs of a card and no more; neither name nor number is printed by repr, so neither slips into
    a log.

    `expired` says that the card's last day is over: it identifies all the same, and the operator is told. `photo` is
    there only where a setting asks for it: the card's own picture as the module gives it, 1024 bytes of WLT, a format
    whose only decoders are closed binaries under licence. We hand it on unopened, for a school that has such a decoder;
    by default it is dropped inside the driver, because a picture that nobody can look at is only a risk to keep.
    """

    name: str = field(repr=False)
    number: str = field(repr=False)
    kind: str  # "mainland", "hmt", "foreign"
    expired: bool = False
    photo: bytes | None = field(default=None, repr=False)


class ReaderProblem(DeviceProblem):
    """A card reader could not do what was asked. Keys: `reader.<reason>`.

    Reasons: absent, not_found (no port has a reader, where all were to be tried), not_allowed (this user may not open
    the port), taken (another programme holds it), lost, silent, garbled, card_moved (taken away in the middle),
    card_refused, unwell (the module inside the reader says itself that it does not work).
    """


class CardReader(Protocol):
    """A driver; called from one thread only. After "lost" the object is dropped and a new one opened."""

    def open(self) -> None: ...

    def read(self) -> CardReading | None:
        """The card that lies on the reader now, or None. Raises ReaderProblem."""

    def close(self) -> None: ...
