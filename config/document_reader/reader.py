"""Read the document in a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.document_reader.api import DocumentProblem, DocumentReading
from config.document_reader.id_card_front import read_id_card
from config.document_reader.mrz import read_mrz
from config.document_reader.ocr import TextRow

_MIN_FILLERS: Final = 5
ReadText = Callable[[Pixels], Sequence[TextRow]]


def read_document(pixels: Pixels, read_text: ReadText) -> DocumentReading:
    """Return the document in `pixels` (RGB), in any rotation. `read_text` is TextReader.read.

    Raises DocumentProblem: none_visible, no_number, several, not_installed.
    """
    rows = read_text(pixels)
    if not rows:
        raise DocumentProblem("document.none_visible")
    reading = _read_both_ways(rows)
    if reading is None and _has_upside_down_mrz(rows):
        reading = _read_both_ways(read_text(np.ascontiguousarray(pixels[::-1, ::-1])))
    if reading is None:
        raise DocumentProblem("document.no_number")
    return reading


def _read_both_ways(rows: Sequence[TextRow]) -> DocumentReading | None:
    """Read from the top and from the bottom; prefer a reading with a name."""
    reading = _parse_rows(rows)
    if reading is not None and reading.name:
        return reading
    rotated = _parse_rows(_rotate_rows(rows))
    return rotated if reading is None or (rotated is not None and rotated.name) else reading


def _rotate_rows(rows: Sequence[TextRow]) -> list[TextRow]:
    """Reverse the rows: the recognition reads upside-down words correctly, but returns the rows in reverse order."""
    return sorted((row.rotate_180() for row in rows), key=lambda row: (row.top, row.left))


def _has_upside_down_mrz(rows: Sequence[TextRow]) -> bool:
    """Return whether a machine-readable zone was read upside down: its fillers then point the other way."""
    return any(row.text.count(">") >= _MIN_FILLERS for row in rows)


def _parse_rows(rows: Sequence[TextRow]) -> DocumentReading | None:
    return read_mrz([row.text for row in rows]) or read_id_card(rows)


@dataclass
class Consensus:
    """Accepts a reading when two pictures agree: one in eleven wrong numbers passes its check digit."""

    _previous: DocumentReading | None = None

    def add(self, reading: DocumentReading) -> DocumentReading | None:
        """Return the reading if the one before had the same number; the name from whichever was legible."""
        previous, self._previous = self._previous, reading
        if previous is None or previous.number != reading.number:
            return None
        return reading if reading.name else previous
