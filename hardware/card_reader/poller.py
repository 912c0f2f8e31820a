"""Background polling of a card reader; each card is reported once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from config.background_loop import BackgroundLoop
from hardware.card_reader.api import CardReader, CardReading, ReaderProblem

log = logging.getLogger(__name__)

CARD_PROBLEMS: Final = frozenset({"reader.card_moved", "reader.card_refused", "reader.garbled"})
"""Problems of a card. All others are problems of the reader, which is then closed and opened again."""
_JOIN_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True)
class PollIntervals:
    """Seconds. A lost reader is reopened after `min_reopen`; the delay doubles up to `max_reopen`."""

    poll: float = 0.2
    min_reopen: float = 0.5
    max_reopen: float = 5.0


class CardPoller:
    """Calls `on_card` once each time a card is placed, `on_problem` with each problem and with None when it is over.

    A problem of the reader is over when the reader answers again. A problem of a card is over when the next card is
    read, because its message must stay on screen longer than the card on the reader. Both callbacks run on the polling
    thread. `wait` pauses for `seconds` seconds and returns whether the poller was stopped meanwhile.
    """

    def __init__(
        self,
        open_reader: Callable[[], CardReader],
        on_card: Callable[[CardReading], None],
        on_problem: Callable[[ReaderProblem | None], None],
        intervals: PollIntervals | None = None,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._open_reader = open_reader
        self._on_card = on_card
        self._on_problem = on_problem
        self._intervals = intervals or PollIntervals()
        self._reader: CardReader | None = None
        self._present_card: CardReading | None = None
        self._problem: ReaderProblem | None = None
        self._reported_card_key = ""
        self._reopen_delay = self._intervals.min_reopen
        self._loop = BackgroundLoop(
            "card-poller", self._poll, on_end=self._close_reader, wait=wait, join_timeout=_JOIN_TIMEOUT_S
        )

    def start(self) -> CardPoller:
        self._loop.start()
        return self

    def stop(self) -> None:
        """Stop polling and close the reader; wait at most for one command of the reader."""
        self._loop.stop()

    def _poll(self) -> float:
        """Poll the reader once; return the seconds until the next poll."""
        try:
            reading = self._open_if_needed().read()
        except ReaderProblem as problem:
            return self._on_error(problem)
        self._reopen_delay = self._intervals.min_reopen
        if self._problem is not None and self._problem.key not in CARD_PROBLEMS:
            self._report(None)
        self._on_reading(reading)
        return self._intervals.poll

    def _on_reading(self, reading: CardReading | None) -> None:
        previous, self._present_card = self._present_card, reading
        self._reported_card_key = ""
        if reading is None:
            return
        if self._problem is not None:
            self._report(None)
        if reading != previous:
            self._on_card(reading)

    def _on_error(self, problem: ReaderProblem) -> float:
        if problem.key in CARD_PROBLEMS:
            if problem.key != self._reported_card_key:
                self._reported_card_key = problem.key
                self._report(problem)
            return self._intervals.poll
        self._close_reader()
        self._present_card, self._reported_card_key = None, ""
        if self._problem is None or self._problem.key != problem.key:
            log.warning("The card reader: %s", problem)
            self._report(problem)
        delay, self._reopen_delay = self._reopen_delay, min(self._reopen_delay * 2, self._intervals.max_reopen)
        return delay

    def _report(self, problem: ReaderProblem | None) -> None:
        self._problem = problem
        self._on_problem(problem)

    def _open_if_needed(self) -> CardReader:
        if self._reader is None:
            reader = self._open_reader()
            reader.open()
            self._reader = reader
        return self._reader

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
