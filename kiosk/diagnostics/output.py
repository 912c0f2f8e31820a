"""Checks of the printers and the lamps. Nothing is printed; the operator page has a button for a test page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from config.errors import Problem
from hardware.lights.api import LightsProblem
from hardware.printers.api import Printer, PrinterProblem
from kiosk.diagnostics.report import CheckResult, Level, check_result, result_from_problem
from kiosk.studio.lights import StudioLamps


def printer(spec: str, open_driver: Callable[[], Printer]) -> Iterator[CheckResult]:
    """Check the receipt printer. A failure is a warning: the QR code on the last screen is also a receipt."""
    if not spec.strip():
        yield check_result("printer", Level.OK, "not_set")
        return
    try:
        name = open_driver().check()
    except PrinterProblem as problem:
        yield result_from_problem("printer", Level.WARNING, problem, (spec,))
        return
    yield check_result("printer", Level.OK, "ok", (spec,), printer=name)


def sheet_queues(queues: Iterable[str], open_queue: Callable[[str], Printer]) -> Iterator[CheckResult]:
    """Check each printer queue for sheets of photos. A failure is a warning; there is no result if no queue is set."""
    for queue in sorted(set(queues)):
        try:
            open_queue(queue).check()
        except PrinterProblem as problem:
            sheet_problem = Problem(f"photo_sheets.printer.{problem.reason}", **problem.values)
            yield result_from_problem("sheets", Level.WARNING, sheet_problem, (queue,))
        else:
            yield check_result("sheets", Level.OK, "ok", (queue,), queue=queue)


def lights(lamps: StudioLamps | None, port: str) -> Iterator[CheckResult]:
    """Check the lamps. A failure is a warning: without a dimmer they keep their level. No result without lamps."""
    if lamps is None:
        return
    try:
        lamps.start()
    except LightsProblem as problem:
        yield result_from_problem("lights", Level.WARNING, problem)
        return
    finally:
        lamps.close()
    yield check_result("lights", Level.OK, "ok", port=port)
