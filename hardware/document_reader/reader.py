"""A picture to what stands on the document in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hardware.document_reader.api import DocumentProblem, DocumentReading
from hardware.document_reader.id_card_front import read_id_card
from hardware.document_reader.mrz import read_mrz
from hardware.document_reader.ocr import Pixels, TextRow

_FILLERS: Final = 5
Read = Callable[[Pixels], Sequence[TextRow]]


def read_document(pixels: Pixels, read: Read) -> DocumentReading:
    """The document in `pixels` (RGB), however it is turned. `read` is TextReader.read.

    Raises DocumentProblem: nothing, no_number, several, not_installed.
    """
    rows = read(pixels)
    if not rows:
        raise DocumentProblem("document.nothing")
    found = _either_way(rows)
    if found is None and _shows_a_zone_upside_down(rows):
        found = _either_way(read(np.ascontiguousarray(pixels[::-1, ::-1])))
    if found is None:
        raise DocumentProblem("document.no_number")
    return found


def _either_way(rows: Sequence[TextRow]) -> DocumentReading | None:
    """What stands there, read from the top or from the bottom; preferably with a name."""
    found = _in(rows)
    if found is not None and found.name:
        return found
    turned = _in(_turned(rows))
    return turned if found is None or (turned is not None and turned.name) else found


def _turned(rows: Sequence[TextRow]) -> list[TextRow]:
    """The recognition reads words that stand on their heads; only their order is the wrong way round."""
    return sorted((row.upside_down() for row in rows), key=lambda row: (row.top, row.left))


def _shows_a_zone_upside_down(rows: Sequence[TextRow]) -> bool:
    """But a machine-readable zone it takes as it stands, and its fillers then point the other way."""
    return any(row.text.count(">") >= _FILLERS for row in rows)


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
