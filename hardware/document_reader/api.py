"""What is read off a picture of an identity document, and how it is said that nothing could be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from config.errors import DeviceProblem

DocumentKind = Literal["id_card", "passport", "travel_card"]


@dataclass(frozen=True)
class DocumentReading:
    """The number passed its check digit; the name did not have one to pass, and may be "" where it was not legible.

    Neither is printed by repr, so neither slips into a log. A reading is a proposal: somebody compares it with the
    person and the document before anything is done in that name.
    """

    kind: DocumentKind
    number: str = field(repr=False)
    name: str = field(repr=False)


class DocumentProblem(DeviceProblem):
    """A picture showed no document that could be read. Keys: `document.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("document.")


REASONS = (
    "nothing",  # no text at all: no document there, or far out of focus
    "no_number",  # text, and no number that passes its check digit: glare, blur, the card's back
    "several",  # two documents at once
    "not_installed",  # the text recognition is not installed on this station
)
