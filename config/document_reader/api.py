"""The fields read from a picture of an identity document, and the reasons of failures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from config.errors import DeviceProblem

DocumentKind = Literal["id_card", "passport", "travel_card"]


@dataclass(frozen=True)
class DocumentReading:
    """The fields read from a document. The number has passed its check digit; the name has none and may be empty.

    repr shows neither, so that neither gets into a log. A reading is a proposal: a person compares it with the document
    and its holder before it is used.
    """

    kind: DocumentKind
    number: str = field(repr=False)
    name: str = field(repr=False)


class DocumentProblem(DeviceProblem):
    """A picture showed no readable document. Keys: `document.<reason>`; see REASONS."""

    @property
    def reason(self) -> str:
        return self.key.removeprefix("document.")


REASONS = (
    "none_visible",  # no text at all: no document there, or far out of focus
    "no_number",  # text, but no number with a valid check digit: glare, blur, the card's back
    "several",  # two documents at once
    "not_installed",  # the text recognition is not installed on this station
)
