"""Watches a card reader from a thread of its own and tells each card once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hardware.card_reader.api import CardReader, CardReading, ReaderProblem

log = logging.getLogger(__name__)

OF_THE_CARD: Final = frozenset({"reader.card_moved", "reader.card_refused", "reader.garbled"})
"""Problems with this card, this time. All others are the reader's own: it is closed and opened anew."""
_JOIN_S: Final = 5.0


@dataclass(frozen=True)
class WatchPace:
    """Seconds. A lost reader is looked for after `reopen_first`, then twice that and so on up to `reopen_most`."""

    poll: float = 0.2
    reopen_first: float = 0.5
    reopen_most: float = 5.0


class ReaderWatch:
    """Calls `on_card` once per placing of a card; `on_problem` when something goes wrong, with None when it is over.

    A problem of the reader is over when the reader answers again; a problem of a card is over when the next card is
    read, because its sentence must stay on screen longer than the card on the reader. Both are called from the watching
    thread. `wait` pauses for so many seconds and says whether the watch was stopped meanwhile.
    """

    def __init__(
        self,
        open_reader: Callable[[], CardReader],
        on_card: Callable[[CardReading], None],
        on_problem: Callable[[ReaderProblem | None], None],
        pace: WatchPace | None = None,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._open_reader = open_reader
        self._on_card = on_card
        self._on_problem = on_problem
        self._pace = pace or WatchPace()
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._reader: CardReader | None = None
        self._lying: CardReading | None = None
        self._trouble: ReaderProblem | None = None
        self._told_of_card = ""
        self._delay = self._pace.reopen_first
        self._thread = threading.Thread(target=self._run, name="reader-watch", daemon=True)

    def start(self) -> ReaderWatch:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the watch and closes the reader; waits at most as long as one command of the reader may take."""
        self._stopped.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                if self._wait(self._look()):
                    break
        finally:
            self._drop_reader()

    def _look(self) -> float:
        """One look at the reader; returns how long to wait before the next."""
        try:
            reading = self._opened().read()
        except ReaderProblem as problem:
            return self._troubled(problem)
        self._delay = self._pace.reopen_first
        if self._trouble is not None and self._trouble.key not in OF_THE_CARD:
            self._tell(None)
        self._noticed(reading)
        return self._pace.poll

    def _noticed(self, reading: CardReading | None) -> None:
        before, self._lying = self._lying, reading
        self._told_of_card = ""
        if reading is None:
            return
        if self._trouble is not None:
            self._tell(None)
        if reading != before:
            self._on_card(reading)

    def _troubled(self, problem: ReaderProblem) -> float:
        if problem.key in OF_THE_CARD:
            if problem.key != self._told_of_card:
                self._told_of_card = problem.key
                self._tell(problem)
            return self._pace.poll
        self._drop_reader()
        self._lying, self._told_of_card = None, ""
        if self._trouble is None or self._trouble.key != problem.key:
            log.warning("The card reader: %s", problem)
            self._tell(problem)
        delay, self._delay = self._delay, min(self._delay * 2, self._pace.reopen_most)
        return delay

    def _tell(self, problem: ReaderProblem | None) -> None:
        self._trouble = problem
        self._on_problem(problem)

    def _opened(self) -> CardReader:
        if self._reader is None:
            reader = self._open_reader()
            reader.open()
            self._reader = reader
        return self._reader

    def _drop_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
