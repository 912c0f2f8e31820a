"""The receipt printer: asked how it is. Nothing is printed; the operator's page has a button for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hardware.lights.api import LightsProblem
from hardware.printers.api import Printer, PrinterProblem
from kiosk.diagnostics.report import Level, Line, from_problem, line
from kiosk.studio.lights import StudioLamps


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


def lights(lamps: StudioLamps | None, port: str) -> Iterator[Line]:
    """A warning at most: lamps that nobody dims shine as they were left. No line where none are set."""
    if lamps is None:
        return
    try:
        lamps.start()
    except LightsProblem as problem:
        yield from_problem("lights", Level.WARNING, problem)
        return
    finally:
        lamps.close()
    yield line("lights", Level.OK, "ok", port=port)
