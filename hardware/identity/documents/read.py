"""A picture to what stands on the document in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hardware.identity.documents.document import DocumentProblem, DocumentReading
from hardware.identity.documents.id_card_front import read_id_card
from hardware.identity.documents.mrz import read_mrz
from hardware.identity.documents.text_reader import Pixels
from hardware.identity.documents.text_row import TextRow

Read = Callable[[Pixels], Sequence[TextRow]]


def read_document(pixels: Pixels, read: Read) -> DocumentReading:
    """The document in `pixels` (RGB), upright or upside down. `read` is TextReader.read.

    Raises DocumentProblem: nothing, no_number, several, not_installed.
    """
    rows = read(pixels)
    if not rows:
        raise DocumentProblem("document.nothing")
    found = _in(rows)
    if found is None or not found.name:  # the words of a card that lies upside down are read, their order is not
        turned = _in(read(np.ascontiguousarray(pixels[::-1, ::-1])))
        found = turned if found is None or (turned is not None and turned.name) else found
    if found is None:
        raise DocumentProblem("document.no_number")
    return found


def _in(rows: Sequence[TextRow]) -> DocumentReading | None:
    return read_mrz([row.text for row in rows]) or read_id_card(rows)


@dataclass
class Agreement:
    """Believes a reading once two pictures have said the same: one in eleven wrong numbers passes its check digit."""

    _last: DocumentReading | None = None

    def hear(self, reading: DocumentReading) -> DocumentReading | None:
        """The reading, when the one before had the same number; the name from whichever was legible."""
        last, self._last = self._last, reading
        if last is None or last.number != reading.number:
            return None
        return reading if reading.name else last
