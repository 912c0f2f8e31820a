"""The API of readers for identity cards, and the few fields that they return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from config.errors import DeviceProblem


@dataclass(frozen=True)
class CardReading:
    """The fields of a card that the campaign needs; repr shows neither name nor number, so that neither gets into a
    log.

    `expired` means that the card's last day is over: it still identifies the student, and the operator is notified.
    `photo` is there only if a setting requests it: the card's own picture as the module delivers it, 1024 bytes of WLT,
    a format whose only decoders are closed binaries under licence. It is passed on encoded, for a school that has such
    a decoder; by default the driver discards it, because a picture that nobody can view is only a risk.
    """

    name: str = field(repr=False)
    number: str = field(repr=False)
    kind: str  # "mainland", "hmt", "foreign"
    expired: bool = False
    photo: bytes | None = field(default=None, repr=False)


class ReaderProblem(DeviceProblem):
    """A card reader failed. Keys: `reader.<reason>`.

    Reasons: absent, not_found (the port is "auto", and no port has a reader), not_allowed (this user may not open the
    port), taken (another program uses it), lost, silent, garbled, card_moved (taken away during reading), card_refused,
    internal_error (the module inside the reader reports that it does not work).
    """


class CardReader(Protocol):
    """A driver; called from one thread only. After "lost" the object is dropped and a new one opened."""

    def open(self) -> None: ...

    def read(self) -> CardReading | None:
        """Return the card on the reader now, or None. Raises ReaderProblem."""

    def close(self) -> None: ...
