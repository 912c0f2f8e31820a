"""A sitter who poses while a device of the fault table fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar, cast

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import Frame
from hardware.cameras.registry import open_driver
from hardware.cameras.timeouts import Timeouts
from hardware.card_reader.discovery import ReaderDiscovery
from kiosk.guidance.coaching.advice import Advice
from kiosk.ui.widgets.sentences import first_sentence
from kiosk.visit.step import Step
from tests.soak.studio import NAME, SoakStation

TIMEOUT_S: Final = 40.0  # for a fault to be reported, and for the station to recover
MAX_CLARIFY_S: Final = 6.0  # from the first message about a fault to the expected one
FAULT_DURATION_S: Final = 1.0  # from the report of a fault to the removal of its cause
MAX_RECOVERY_S: Final = 5.0
STATION_TIMEOUTS: Final = Timeouts(heartbeat=4.0, open=40.0, shot=20.0)  # as config/settings/station.toml has it
READY: Final = Advice("hint.hold", ready=True, steady_for=9.0)


class Device(Protocol):
    """A device with faults; `spec` is its camera driver, empty for the scripted camera that the other devices need."""

    name: str
    spec: str
    stage: Stage
    faults: ClassVar[tuple[Fault[Any], ...]]

    def search(self, port: str) -> ReaderDiscovery: ...


FaultyDevice = TypeVar("FaultyDevice", contravariant=True)


@dataclass(frozen=True)
class Fault(Generic[FaultyDevice]):
    """A fault: `provoke` causes it, `repair` ends it; without `repair`, the station ends it after detecting it.

    `expected` is the id of the message. `at` is when the fault takes effect: "view" (in live view), "shot" (at the next
    one) or "card" (when one is placed).
    """

    name: str
    provoke: Callable[[FaultyDevice], object]
    repair: Callable[[FaultyDevice], object] | None
    expected: str
    at: str = "view"


@dataclass(frozen=True)
class Row:
    """One row of the table. `reported_after` and `recovered_after` in seconds, None: never. `is_ok`: reported as
    expected, recovered in time, and nothing lost."""

    sentence: str
    reported_after: float
    recovered_after: float | None
    preserved: str
    is_ok: bool


class Stage:
    """One station with one device; the first sitter has one original before the first fault."""

    def __init__(self, folder: Path, device: Device) -> None:
        self.device = device
        device.stage = self
        if device.spec:
            self.studio = SoakStation(folder, 3, device.spec, open_driver, STATION_TIMEOUTS, device.search)
        else:
            self.studio = SoakStation(folder, 3, search=device.search)
        self._pause = threading.Event()
        self.students = iter(self.studio.numbers)
        self.student = next(self.students)
        self.studio.scene.put("sitter", self.student)
        self.studio.start()
        self._until(lambda: self.studio.camera.state.kind == "live", "the camera does not go live")
        self._identify()
        self._take_shot()

    def close(self) -> None:
        self.studio.close()

    def play(self, fault: Fault[Any]) -> Row:
        """Cause one fault, end it, and return its row."""
        if fault.at == "card":
            return self._play_card_fault(fault)
        before = self._stored_hashes()
        started = time.monotonic()
        fault.provoke(self.device)
        if fault.at == "shot":
            self._pose_until(lambda: self.visit.step is Step.SHOOT)
        message, delay = self._wait_for_message(lambda: self.visit.notice, fault.expected, started)
        repaired_at = started + delay
        if fault.repair is not None:
            self._wait(FAULT_DURATION_S)
            fault.repair(self.device)
            repaired_at = time.monotonic()
        recovered = self._recovery_time(self._is_posing, repaired_at)
        is_preserved = self._is_sitter_preserved(before)
        if recovered is not None:
            self._take_shot()
        return self._row(fault, message, delay, recovered, is_preserved)

    def _play_card_fault(self, fault: Fault[Any]) -> Row:
        """Do the same for a fault at a card: the sitter leaves, and the next one places a card."""
        before, started = self._stored_hashes(), time.monotonic()
        self.studio.controller.leave()
        fault.provoke(self.device)
        self._place_card()
        message, delay = self._wait_for_message(
            lambda: _message_of(self.studio.reader_problem), fault.expected, started
        )
        self._wait(FAULT_DURATION_S)
        if fault.repair is not None:
            fault.repair(self.device)
        self._place_card()
        recovered = self._recovery_time(lambda: self.visit.step is Step.CONSENT, time.monotonic())
        is_preserved = before <= self._stored_hashes()
        self.studio.reader.take_card()
        self.studio.controller.leave()
        self._wait(FAULT_DURATION_S)  # the station must detect the removal; otherwise the next card is the same card
        return self._row(fault, message, delay, recovered, is_preserved)

    @property
    def visit(self):  # type: ignore[no-untyped-def]
        return self.studio.controller.state

    # ------------------------------------------------------------------ the sitter

    def _place_card(self) -> None:
        self.studio.reader.place_card(NAME, self.studio.numbers[self.student])

    def _identify(self) -> None:
        self._place_card()
        self._until(lambda: self.visit.step is Step.CONSENT, "the card is not read")
        self.studio.reader.take_card()
        self.studio.controller.consent()

    def _take_shot(self) -> None:
        """Take a shot, review it, and pose again."""
        self._pose_until(lambda: self.visit.step is Step.REVIEW)
        self.studio.controller.retake()
        self._until(self._is_posing, "live view does not come back after a shot")

    def _is_posing(self) -> bool:
        state = self.studio.camera.state
        frame = self.studio.camera.newest()
        return self.visit.step is Step.POSE and state.kind == "live" and state.problem is None and frame is not None

    def _pose_until(self, condition: Callable[[], bool]) -> None:
        def pose() -> None:
            if self.visit.step is Step.POSE:
                self.studio.controller.on_advice(READY, cast(Frame, None))

        self._until(condition, "no shot is taken", pose)

    # ------------------------------------------------------------------ detection of a fault

    def _wait_for_message(
        self, current_message: Callable[[], Message | None], expected: str, since: float
    ) -> tuple[Message | None, float]:
        """Return the message and its delay. A lost device is first reported as lost, then with the reason."""
        first: Message | None = None
        delay, until = TIMEOUT_S, since + TIMEOUT_S
        while time.monotonic() < until:
            message = current_message()
            if message is not None and first is None:
                first, delay = message, time.monotonic() - since
                until = time.monotonic() + MAX_CLARIFY_S
            if message is not None and message.key == expected:
                return message, delay
            self._tick()
        return first, delay

    def _recovery_time(self, condition: Callable[[], bool], since: float) -> float | None:
        until = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > until:
                return None
            self._tick()
        return time.monotonic() - since

    def _stored_hashes(self) -> set[str]:
        return {shot.original.sha256 for item in self.studio.stored_visits() for shot in item.shots}

    def _is_sitter_preserved(self, before: set[str]) -> bool:
        """Return whether the sitter is the same, at the same step, with every earlier original."""
        sitter = self.visit.sitter
        return sitter is not None and sitter.student == self.student and before <= self._stored_hashes()

    def _row(
        self, fault: Fault[Any], message: Message | None, delay: float, recovered: float | None, is_preserved: bool
    ) -> Row:
        key = message.key if message else ""
        sentence = first_sentence(Problem(message.key, **message.values).in_language()) if message else "(nothing)"
        if key != fault.expected:
            sentence += f"  [{key}, not {fault.expected}]"
        who = "the sitter, " if fault.at != "card" else ""
        count = len(self._stored_hashes())
        preserved = f"{who}{count} original{'s' if count > 1 else ''}" if is_preserved else "NOT everything"
        is_ok = is_preserved and key == fault.expected and recovered is not None and recovered <= MAX_RECOVERY_S
        return Row(sentence, delay, recovered, preserved, is_ok)

    # ------------------------------------------------------------------ time

    def _tick(self) -> None:
        self.studio.controller.process_events()
        self._pause.wait(0.01)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._tick()

    def _until(self, condition: Callable[[], bool], error: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        until = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"{error}: {self.visit}, {self.studio.camera.state}")
            meanwhile()
            self._tick()


def _message_of(problem: Problem | None) -> Message | None:
    return Message(problem.key, problem.values) if problem else None
