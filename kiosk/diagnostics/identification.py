"""Documents by camera: whether the text recognition is there, and whether it reads a number that we draw for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np

from hardware.barcodes.api import ScannerProblem
from hardware.barcodes.serial_scanner import SerialScanner
from hardware.card_reader.api import CardReader, ReaderProblem
from hardware.card_reader.card_number import make_number
from hardware.document_reader.api import DocumentProblem
from hardware.document_reader.ocr import Pixels, TextRow
from kiosk.diagnostics.report import Level, Line, from_problem, line

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


_OF_THE_CARD = frozenset({"reader.card_moved", "reader.card_refused", "reader.garbled"})


def reader(port: str, opened: Callable[[], CardReader]) -> Iterator[Line]:
    if not port:
        yield line("reader", Level.WARNING, "not_set")
        return
    driver = opened()
    try:
        driver.open()
        card = driver.read()
    except ReaderProblem as problem:
        level = Level.WARNING if problem.key in _OF_THE_CARD else Level.FAILURE
        yield from_problem("reader", level, problem)
        return
    finally:
        driver.close()
    yield line("reader", Level.OK, "ok" if card is None else "read", port=port)


_OPENED_BY: Final = 5.0  # seconds for a port to open


def scanner(port: str, baud: int) -> Iterator[Line]:
    """A warning at most: the camera reads codes too, and cards need none."""
    if not port:
        return
    told, heard = threading.Event(), list[ScannerProblem | None]()

    def hear(problem: ScannerProblem | None) -> None:
        heard.append(problem)
        told.set()

    driver = SerialScanner(port, lambda scan: None, hear, baud)
    driver.start()
    told.wait(_OPENED_BY)
    driver.stop()
    problem = heard[0] if heard else ScannerProblem("scanner.absent", port=port)
    if problem is not None:
        yield from_problem("scanner", Level.WARNING, problem)
    else:
        yield line("scanner", Level.OK, "ok", port=port)
