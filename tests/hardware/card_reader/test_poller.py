"""The poller reports each card once and each problem once, and finds a lost reader again."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from config.i18n import LANGUAGES, translations
from config.id_number import make_number
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.discovery import ReaderDiscovery
from hardware.card_reader.poller import CardPoller, PollIntervals
from hardware.card_reader.samv_driver import SamvReader
from hardware.card_reader.samv_protocol import Command
from hardware.simulators.card_reader import ReaderFaults, SimulatedCardReader
from tests.hardware.card_reader.ports import port_info, present_ports
from tests.waiting import scale_timeout

TIMEOUT_S = 10.0
WANG = CardReading("王小明", make_number("990101", date(2003, 5, 9), 12), "mainland")
LI = CardReading("李雷", make_number("990101", date(2002, 1, 31), 7), "mainland")
PollResult = CardReading | ReaderProblem | None


class ScriptedReader:
    """A CardReader with scripted results; `opened` and `closed` count."""

    def __init__(self, results: list[PollResult]) -> None:
        self.results = results
        self.opened = 0
        self.closed = 0

    def open(self) -> None:
        self.opened += 1

    def read(self) -> CardReading | None:
        result = self.results.pop(0) if self.results else None
        if isinstance(result, ReaderProblem):
            raise result
        return result

    def close(self) -> None:
        self.closed += 1


def run_script(reader: ScriptedReader, intervals: PollIntervals | None = None) -> tuple[list[object], list[float]]:
    """Run the whole script; return the poller's reports and pauses."""
    reported: list[object] = []
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return not reader.results

    poller = CardPoller(lambda: reader, reported.append, lambda p: reported.append(p and p.key), intervals, wait)
    poller._loop.run()
    return reported, pauses


def test_a_card_is_reported_once_per_placing() -> None:
    reported, _ = run_script(ScriptedReader([None, WANG, WANG, WANG, None, WANG, None]))
    assert reported == [WANG, WANG]


def test_two_cards_one_after_the_other_are_two() -> None:
    reported, _ = run_script(ScriptedReader([WANG, LI, LI]))
    assert reported == [WANG, LI]


def test_a_moved_card_is_reported_until_the_next_is_read() -> None:
    moved = ReaderProblem("reader.card_moved")
    reported, _ = run_script(ScriptedReader([moved, moved, None, None, moved, WANG]))
    assert reported == ["reader.card_moved", "reader.card_moved", None, WANG]


def test_the_problem_of_a_card_does_not_reopen_the_reader() -> None:
    reader = ScriptedReader([ReaderProblem("reader.card_refused", code="31"), None, WANG])
    run_script(reader)
    assert (reader.opened, reader.closed) == (1, 1)


@pytest.mark.parametrize("reason", ["lost", "silent", "absent", "internal_error"])
def test_a_problem_of_the_reader_is_reported_once_and_is_over_when_it_responds(reason: str) -> None:
    problem = ReaderProblem(f"reader.{reason}", port="x", code="66")
    reader = ScriptedReader([None, problem, problem, problem, None, WANG])
    reported, _ = run_script(reader)
    assert reported == [problem.key, None, WANG]
    assert (reader.opened, reader.closed) == (4, 4)


def test_a_card_that_stays_while_the_reader_is_lost_is_reported_again() -> None:
    """The station may have missed events meanwhile; a second report is harmless, a lost card is not."""
    reported, _ = run_script(ScriptedReader([WANG, ReaderProblem("reader.lost", port="x"), WANG]))
    assert reported == [WANG, "reader.lost", None, WANG]


def test_the_pause_before_a_retry_grows_to_its_limit_and_starts_again() -> None:
    lost = ReaderProblem("reader.lost", port="x")
    script: list[PollResult] = [lost, lost, lost, lost, None, lost, None]
    _, pauses = run_script(ScriptedReader(script), PollIntervals(poll=0.2, min_reopen=1, max_reopen=5))
    assert pauses == [1, 2, 4, 5, 0.2, 1, 0.2]


@contextmanager
def polling(module: SimulatedCardReader) -> Iterator[Callable[[], object]]:
    reported: queue.Queue[object] = queue.Queue()
    intervals = PollIntervals(poll=0.005, min_reopen=0.01, max_reopen=0.02)
    poller = CardPoller(
        lambda: SamvReader(module.port), reported.put, lambda p: reported.put(p and p.key), intervals
    ).start()
    try:
        yield lambda: reported.get(timeout=scale_timeout(TIMEOUT_S))
    finally:
        poller.stop()
        assert not [thread for thread in threading.enumerate() if thread.name == "card-poller"]


def test_driver_and_poller_together() -> None:
    with SimulatedCardReader() as module, polling(module) as next_report:
        module.place_card(WANG.name, WANG.number)
        assert next_report() == WANG
        module.take_card()
        module.set_faults(ReaderFaults(card_leaves_at=Command.READ))
        module.place_card(LI.name, LI.number)
        assert next_report() == "reader.card_moved"
        module.set_faults(ReaderFaults())
        module.place_card(LI.name, LI.number)
        assert [next_report(), next_report()] == [None, LI]


def test_the_cable_unplugged_and_plugged_in_again() -> None:
    with SimulatedCardReader() as module, polling(module) as next_report:
        module.place_card(WANG.name, WANG.number)
        assert next_report() == WANG
        module.unplug()
        assert next_report() == "reader.lost"
        assert next_report() == "reader.absent"
        module.plug()
        assert [next_report(), next_report()] == [None, WANG]


def test_a_reader_plugged_in_under_another_name_is_found_automatically() -> None:
    reported: queue.Queue[object] = queue.Queue()
    intervals = PollIntervals(poll=0.005, min_reopen=0.01, max_reopen=0.02)
    with SimulatedCardReader() as module:
        search = ReaderDiscovery(ports=lambda: present_ports(port_info(module.port)))
        poller = CardPoller(search.lazy_reader, reported.put, lambda p: reported.put(p and p.key), intervals).start()
        module.place_card(WANG.name, WANG.number)
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == WANG
        module.unplug()
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "reader.lost"
        assert reported.get(timeout=scale_timeout(TIMEOUT_S)) == "reader.not_found"
        module.plug("another")
        assert [reported.get(timeout=scale_timeout(TIMEOUT_S)) for _ in range(2)] == [None, WANG]
        poller.stop()


def test_stopping_from_within_a_callback_does_not_wait_for_itself() -> None:
    stopped = threading.Event()
    reader = ScriptedReader([WANG])
    poller: CardPoller

    def on_card(reading: CardReading) -> None:
        poller.stop()
        stopped.set()

    poller = CardPoller(lambda: reader, on_card, lambda problem: None)
    poller.start()
    assert stopped.wait(scale_timeout(TIMEOUT_S))
    poller.stop()
    assert reader.closed == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "reason",
    [
        "absent",
        "not_found",
        "not_allowed",
        "taken",
        "lost",
        "silent",
        "garbled",
        "card_moved",
        "card_refused",
        "internal_error",
    ],
)
def test_every_problem_has_a_sentence(language: str, reason: str) -> None:
    assert translations(language).has(f"reader.{reason}")
    sentence = ReaderProblem(f"reader.{reason}", port="/dev/ttyUSB0", code="31").in_language(language)
    assert "{" not in sentence
