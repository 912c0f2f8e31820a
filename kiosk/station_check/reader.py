"""The card reader: opened, asked how it is, and whether a card lies on it. What is on the card is not looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hardware.identity.reader import CardReader, ReaderProblem
from kiosk.station_check.line import Level, Line, from_problem, line

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
