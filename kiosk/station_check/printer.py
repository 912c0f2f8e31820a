"""The receipt printer: asked how it is. Nothing is printed; the operator's page has a button for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hardware.printers.printer import Printer, PrinterProblem
from kiosk.station_check.line import Level, Line, from_problem, line


def printer(spec: str, opened: Callable[[], Printer]) -> Iterator[Line]:
    """A warning at most: without paper the code on the last screen is the receipt."""
    if not spec.strip():
        yield line("printer", Level.OK, "not_set")
        return
    try:
        name = opened().check()
    except PrinterProblem as problem:
        yield from_problem("printer", Level.WARNING, problem, (spec,))
        return
    yield line("printer", Level.OK, "ok", (spec,), printer=name)
