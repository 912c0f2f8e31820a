"""Checks of the identification: text recognition of documents, card reader and code scanner."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.document_reader.api import DocumentProblem
from config.document_reader.ocr import TextRow
from config.id_number import make_number
from hardware.barcodes.api import ScannerProblem
from hardware.barcodes.serial_scanner import SerialScanner
from hardware.card_reader.api import CardReader, ReaderProblem
from kiosk.diagnostics.report import CheckResult, Level, check_result, result_from_problem

ReadText = Callable[[Pixels], Sequence[TextRow]]
_TEST_NUMBER: Final = make_number("990101", date(2000, 1, 1), 12)  # an area code that does not exist


def documents(enabled: bool, read: ReadText) -> Iterator[CheckResult]:
    """Check the text recognition; `read` is TextReader.read. A failure is a warning: cards and codes need none."""
    if not enabled:
        yield check_result("documents", Level.OK, "not_enabled")
        return
    began = time.perf_counter()
    try:
        rows = read(_draw_number(_TEST_NUMBER))
    except DocumentProblem as problem:
        yield result_from_problem("documents", Level.WARNING, problem)
        return
    except (ImportError, OSError, RuntimeError) as error:  # a library or a model that this processor cannot run
        yield check_result("documents", Level.WARNING, "broken", (repr(error),))
        return
    seconds = time.perf_counter() - began
    texts = [row.text.replace(" ", "") for row in rows]
    if texts != [_TEST_NUMBER]:
        yield check_result("documents", Level.WARNING, "misread", (f"drawn {_TEST_NUMBER}, read {texts}",))
        return
    yield check_result("documents", Level.OK, "ok", seconds=f"{seconds:.1f}")


def _draw_number(number: str) -> Pixels:
    """Draw dark text on light ground, in a font of OpenCV."""
    from config.opencv import cv2

    paper = np.full((500, 800, 3), 235, np.uint8)
    cv2.putText(paper, number, (40, 260), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (20, 20, 20), 2, cv2.LINE_AA)
    return paper


_CARD_ERRORS = frozenset({"reader.card_moved", "reader.card_refused", "reader.garbled"})


def reader(port: str, open_reader: Callable[[], CardReader]) -> Iterator[CheckResult]:
    if not port:
        yield check_result("reader", Level.WARNING, "not_set")
        return
    driver = open_reader()
    try:
        driver.open()
        card = driver.read()
    except ReaderProblem as problem:
        level = Level.WARNING if problem.key in _CARD_ERRORS else Level.FAILURE
        yield result_from_problem("reader", level, problem)
        return
    finally:
        driver.close()
    yield check_result("reader", Level.OK, "ok" if card is None else "read", port=port)


_OPEN_TIMEOUT_S: Final = 5.0  # seconds for a port to open


def scanner(port: str, baud: int) -> Iterator[CheckResult]:
    """Check that the scanner's port opens. A failure is a warning: the camera reads codes too, and cards need none."""
    if not port:
        return
    reported, problems = threading.Event(), list[ScannerProblem | None]()

    def on_problem(problem: ScannerProblem | None) -> None:
        problems.append(problem)
        reported.set()

    driver = SerialScanner(port, lambda scan: None, on_problem, baud)
    driver.start()
    reported.wait(_OPEN_TIMEOUT_S)
    driver.stop()
    problem = problems[0] if problems else ScannerProblem("scanner.absent", port=port)
    if problem is not None:
        yield result_from_problem("scanner", Level.WARNING, problem)
    else:
        yield check_result("scanner", Level.OK, "ok", port=port)
