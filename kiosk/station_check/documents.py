"""Documents by camera: whether the text recognition is there, and whether it reads a number that we draw for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np

from hardware.identity.documents.document import DocumentProblem
from hardware.identity.documents.text_reader import Pixels
from hardware.identity.documents.text_row import TextRow
from hardware.identity.id_number import make_number
from kiosk.station_check.line import Level, Line, from_problem, line

Read = Callable[[Pixels], Sequence[TextRow]]
_NUMBER: Final = make_number("990101", date(2000, 1, 1), 12)  # of an area that does not exist


def documents(offered: bool, read: Read) -> Iterator[Line]:
    """`read` is TextReader.read. A warning at most: cards and codes identify without it."""
    if not offered:
        yield line("documents", Level.OK, "not_offered")
        return
    began = time.perf_counter()
    try:
        rows = read(_drawn(_NUMBER))
    except DocumentProblem as problem:
        yield from_problem("documents", Level.WARNING, problem)
        return
    except (ImportError, OSError, RuntimeError) as error:  # a wheel or a model that this processor cannot run
        yield line("documents", Level.WARNING, "broken", (repr(error),))
        return
    took = time.perf_counter() - began
    said = [row.text.replace(" ", "") for row in rows]
    if said != [_NUMBER]:
        yield line("documents", Level.WARNING, "misread", (f"drawn {_NUMBER}, read {said}",))
        return
    yield line("documents", Level.OK, "ok", seconds=f"{took:.1f}")


def _drawn(number: str) -> Pixels:
    """Dark on light, in a letter that OpenCV brings along."""
    from config.opencv import cv2

    paper = np.full((500, 800, 3), 235, np.uint8)
    cv2.putText(paper, number, (40, 260), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (20, 20, 20), 2, cv2.LINE_AA)
    return paper
